data "aws_caller_identity" "current" {}

resource "aws_s3_bucket" "photos" {
  bucket = "photos"
}

resource "aws_lambda_function" "resize" {
  function_name = "resize"
  role          = aws_iam_role.worker.arn
}

resource "aws_iam_role" "worker" {
  name = "worker"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Service = ["lambda.amazonaws.com", "ec2.amazonaws.com"]
        AWS     = "arn:aws:iam::444455556666:root"
      }
      Action = "sts:AssumeRole"
    }]
  })
}

# The bucket calls it.
resource "aws_lambda_permission" "s3" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.resize.function_name
  principal     = "s3.amazonaws.com"
}

resource "aws_lambda_permission" "lambda" {
  statement_id  = "partner"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.resize.arn
  principal     = "444455556666" # the partner
}

resource "aws_lambda_permission" "old" {
  action        = "lambda:InvokeFunction"
  function_name = "resize"
  principal     = "sns.amazonaws.com"
}

resource "aws_lambda_permission" "tied" {
  action         = "lambda:InvokeFunction"
  function_name  = "resize"
  principal      = "events.amazonaws.com"
  source_account = var.account
}

data "aws_iam_policy_document" "photos" {
  statement {
    sid       = "Partner"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${aws_s3_bucket.photos.arn}/*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::444455556666:root"]
    }

    principals {
      type        = "Service"
      identifiers = ["logging.s3.amazonaws.com"]
    }
  }

  statement {
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.photos.arn]

    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}

resource "aws_s3_bucket_policy" "photos" {
  bucket = aws_s3_bucket.photos.id
  policy = data.aws_iam_policy_document.photos.json
}

resource "aws_sqs_queue" "jobs" {
  name = "jobs"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Bucket"
        Effect    = "Allow"
        Principal = { Service = "s3.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = "*"
      },
      {
        Effect    = "Allow"
        Principal = "*"
        Action    = "sqs:ReceiveMessage"
        Resource  = "*"
      },
    ]
  })
}

resource "aws_sns_topic" "news" {
  name = "news"
}

resource "aws_sns_topic_policy" "news" {
  arn    = aws_sns_topic.news.arn
  policy = <<-EOT
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "Bucket",
          "Effect": "Allow",
          "Principal": {"Service": "s3.amazonaws.com", "AWS": ["444455556666", "777788889999"]},
          "Action": "sns:Publish",
          "Resource": "${aws_sns_topic.news.arn}"
        },
        {
          "Effect": "Allow",
          "Principal": "*",
          "Action": "sns:Subscribe",
          "Resource": "${aws_sns_topic.news.arn}"
        }
      ]
    }
  EOT
}

resource "aws_ecr_repository" "app" {
  name = "team/app"
}

resource "aws_ecr_repository_policy" "app" {
  repository = aws_ecr_repository.app.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = ["arn:aws:iam::444455556666:root", "arn:aws:iam::777788889999:root"] }
      Action    = ["ecr:BatchGetImage"]
    }]
  })
}

resource "aws_cloudwatch_event_permission" "partner" {
  principal    = "444455556666"
  statement_id = "partner"
}

resource "aws_secretsmanager_secret_policy" "gone" {
  secret_arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:gone-AbCdEf"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "444455556666" }, Action = "secretsmanager:GetSecretValue", Resource = "*" }]
  })
}

variable "account" {}
