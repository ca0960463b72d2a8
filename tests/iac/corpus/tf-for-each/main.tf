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
  for_each = toset(["in", "out"])

  name               = "shop-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "work" {
  for_each = toset(["in", "out"])

  name = "work"
  role = aws_iam_role.worker[each.key].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["s3:*"]
      Resource = ["arn:aws:s3:::shop-${each.value}/*"]
    }]
  })
}
