variable "instance" {
  type = string
}

resource "aws_ssoadmin_permission_set" "readers" {
  name             = "Readers"
  instance_arn     = var.instance
  session_duration = "PT8H"
}

resource "aws_ssoadmin_managed_policy_attachment" "readers" {
  instance_arn       = var.instance
  managed_policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
  permission_set_arn = aws_ssoadmin_permission_set.readers.arn
}

resource "aws_ssoadmin_permission_set" "text" {
  name         = "Text"
  instance_arn = var.instance
}

resource "aws_ssoadmin_permission_set_inline_policy" "text" {
  instance_arn       = var.instance
  permission_set_arn = aws_ssoadmin_permission_set.text.arn
  inline_policy      = <<-EOT
    {
      "Version": "2012-10-17",
      "Statement": [{ "Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*" }]
    }
  EOT
}

resource "aws_ssoadmin_managed_policy_attachment" "text" {
  instance_arn       = var.instance
  managed_policy_arn = "arn:aws:iam::aws:policy/SecurityAudit"
  permission_set_arn = aws_ssoadmin_permission_set.text.arn
}

data "aws_ssoadmin_permission_set" "elsewhere" {
  name         = "Elsewhere"
  instance_arn = var.instance
}

resource "aws_ssoadmin_managed_policy_attachment" "elsewhere" {
  instance_arn       = var.instance
  managed_policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
  permission_set_arn = data.aws_ssoadmin_permission_set.elsewhere.arn
}

resource "aws_ssoadmin_permission_set" "computed" {
  name         = "Computed"
  instance_arn = var.instance
}

resource "aws_ssoadmin_permission_set_inline_policy" "computed" {
  instance_arn       = var.instance
  permission_set_arn = aws_ssoadmin_permission_set.computed.arn
  inline_policy      = templatefile("${path.module}/policy.tftpl", { name = "x" })
}

resource "aws_ssoadmin_managed_policy_attachment" "computed" {
  instance_arn       = var.instance
  managed_policy_arn = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
  permission_set_arn = aws_ssoadmin_permission_set.computed.arn
}
