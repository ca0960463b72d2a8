resource "aws_s3_bucket" "uploads" {
  bucket_prefix = "shop-uploads-"
}

resource "aws_dynamodb_table" "orders" {
  name         = "orders"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }
}

data "aws_iam_policy_document" "work" {
  statement {
    actions   = ["s3:*"]
    resources = ["${aws_s3_bucket.uploads.arn}/*"]
  }
  statement {
    actions   = ["dynamodb:*"]
    resources = ["arn:aws:dynamodb:*:*:table/*"]
  }
}

resource "aws_iam_role" "worker" {
  name               = "shop-worker"
  assume_role_policy = data.aws_iam_policy_document.trust.json

  inline_policy {
    name   = "work"
    policy = data.aws_iam_policy_document.work.json
  }

  inline_policy {
    name = "old"
    policy = jsonencode({
      Version   = "2012-10-17"
      Statement = [{ Effect = "Allow", Action = "ec2:*", Resource = "*" }]
    })
  }
}
