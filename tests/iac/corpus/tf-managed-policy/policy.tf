# Übersicht: alles, was der Arbeiter darf.
data "aws_iam_policy_document" "work" {
  statement {
    sid       = "Uploads"
    actions   = ["s3:*"]
    resources = ["*"]
  }

  /* Bestellungen */
  statement {
    sid     = "Orders"
    actions = ["dynamodb:GetItem", "dynamodb:Scan"]

    resources = [aws_dynamodb_table.orders.arn]
  }
}
