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

resource "aws_iam_role_policy" "work" {
  name = "work"
  role = aws_iam_role.worker.id

  policy = <<-EOF
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Effect": "Allow",
          "Action": ["s3:*"],
          "Resource": [
            "${aws_s3_bucket.uploads.arn}",
            "${aws_s3_bucket.uploads.arn}/*",
            "arn:aws:s3:::home/$${aws:username}/*"
          ]
        },
        {
          "Effect": "Allow",
          "Action": ["dynamodb:*"],
          "Resource": "*"
        }
      ]
    }
  EOF
}
