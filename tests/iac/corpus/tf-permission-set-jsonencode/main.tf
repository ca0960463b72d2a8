resource "aws_ssoadmin_permission_set" "operators" {
  name         = "Operators"
  instance_arn = var.instance
}

resource "aws_ssoadmin_permission_set_inline_policy" "operators" {
  instance_arn       = var.instance
  permission_set_arn = aws_ssoadmin_permission_set.operators.arn

  inline_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:DeleteTable"]
        Resource = "*"
      },
      {
        Effect   = "Allow"
        Action   = "sqs:*"
        Resource = "*"
      },
    ]
  })
}

resource "aws_ssoadmin_managed_policy_attachment" "ec2" {
  instance_arn       = var.instance
  permission_set_arn = aws_ssoadmin_permission_set.operators.arn
  managed_policy_arn = "arn:aws:iam::aws:policy/AmazonEC2FullAccess"
}

variable "instance" {
  type = string
}
