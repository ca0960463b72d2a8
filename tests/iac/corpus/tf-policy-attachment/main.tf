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

resource "aws_iam_role" "other" {
  name               = "shop-other"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_policy" "work" {
  name = "work"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }]
  })
}

resource "aws_iam_policy_attachment" "work" {
  name       = "work"
  policy_arn = aws_iam_policy.work.arn
  roles      = [aws_iam_role.worker.name, aws_iam_role.other.name]
}
