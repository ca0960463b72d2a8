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

resource "aws_iam_role" "worker" {
  name = "shop-worker"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

data "aws_iam_policy_document" "work" {
  # Uploads, in and out.
  statement {
    sid       = "Uploads"
    effect    = "Allow"
    actions   = ["s3:*"]
    resources = ["*"]
  }

  # Orders.
  statement {
    effect = "Allow"

    actions = [
      "dynamodb:GetItem", # read
      "dynamodb:PutItem",
      "dynamodb:DeleteItem", # nobody remembers
    ]

    resources = [
      aws_dynamodb_table.orders.arn,
      "${aws_dynamodb_table.orders.arn}/index/*",
    ]
  }
}

resource "aws_iam_role_policy" "work" {
  name   = "work"
  role   = aws_iam_role.worker.id
  policy = data.aws_iam_policy_document.work.json
}

output "role" {
  value = aws_iam_role.worker.arn
}
