data "aws_ssoadmin_instances" "this" {}

locals {
  instance = tolist(data.aws_ssoadmin_instances.this.arns)[0]
}

# Who is on call.
resource "aws_ssoadmin_permission_set" "operators" {
  name         = "Operators"
  instance_arn = local.instance
}

data "aws_iam_policy_document" "operators" {
  statement {
    sid       = "Run"
    actions   = ["dynamodb:GetItem", "dynamodb:DeleteTable"]
    resources = ["arn:aws:dynamodb:*:*:table/*"]
  }

  statement {
    effect    = "Deny"
    actions   = ["iam:*"]
    resources = ["*"]
  }
}

resource "aws_ssoadmin_permission_set_inline_policy" "operators" {
  instance_arn       = local.instance
  permission_set_arn = aws_ssoadmin_permission_set.operators.arn
  inline_policy      = data.aws_iam_policy_document.operators.json
}

resource "aws_ssoadmin_managed_policy_attachment" "ec2" {
  instance_arn       = local.instance
  managed_policy_arn = "arn:aws:iam::aws:policy/AmazonEC2FullAccess"
  permission_set_arn = aws_ssoadmin_permission_set.operators.arn
}

resource "aws_ssoadmin_customer_managed_policy_attachment" "team" {
  instance_arn       = local.instance
  permission_set_arn = aws_ssoadmin_permission_set.operators.arn

  customer_managed_policy_reference {
    name = "Team"
    path = "/ops/"
  }
}

resource "aws_ssoadmin_permissions_boundary_attachment" "ceiling" {
  instance_arn       = local.instance
  permission_set_arn = aws_ssoadmin_permission_set.operators.arn

  permissions_boundary {
    customer_managed_policy_reference {
      name = "Ceiling"
    }
  }
}
