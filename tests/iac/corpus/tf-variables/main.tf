variable "bucket" {
  type    = string
  default = "shop-uploads-dev"
}

variable "tables" {
  type    = list(string)
  default = ["orders", "carts"]
}

data "aws_caller_identity" "current" {}
data "aws_region" "current" {}
data "aws_partition" "current" {}

locals {
  prefix  = "arn:${data.aws_partition.current.partition}:dynamodb:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:table"
  objects = "arn:aws:s3:::${var.bucket}"
  reads   = ["dynamodb:GetItem", "dynamodb:Query"]
}

resource "aws_iam_role" "worker" {
  name               = "shop-${var.stage}-worker"
  assume_role_policy = "{}"
}

variable "stage" {}

resource "aws_iam_role_policy" "work" {
  name = "work"
  role = aws_iam_role.worker.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:DeleteObject"]
        Resource = "${local.objects}/*"
      },
      {
        Effect   = "Allow"
        Action   = concat(local.reads, ["dynamodb:Scan"])
        Resource = "${local.prefix}/*"
      },
    ]
  })
}
