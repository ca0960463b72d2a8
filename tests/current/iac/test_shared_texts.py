"""A text that somebody else's policy is made of too is not changed for a role."""

from pathlib import Path

import pytest

from tests.iac.case import policy_called, read_source
from trailmin.current import EditedSource, SourceChange, SourceChangeKind
from trailmin.current.iac.registry import edit_source
from trailmin.policy import ReplaceStatement, StatementSpec

TEMPLATE = """Parameters: {Further: {Type: String}}
Resources:
  Worker:
    Type: AWS::IAM::Role
    Properties: {RoleName: worker, AssumeRolePolicyDocument: {}}
  Access:
    Type: AWS::IAM::%s
    Properties:
      PolicyName: access
      ManagedPolicyName: access
      Roles: [!Ref Worker]
      PolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Action: ["s3:GetObject", "s3:PutObject"], Resource: "*"}]
"""
USER_BY_DOCUMENT = """data "aws_iam_policy_document" "more" {
  source_policy_documents = [data.aws_iam_policy_document.d.json]
}

resource "aws_iam_user_policy" "u" {
  user   = "u"
  policy = data.aws_iam_policy_document.more.json
}
"""
GROUP = """  Readers:
    Type: AWS::IAM::Group
    Properties: {ManagedPolicyArns: [!Ref Access]}
"""
MODULE = """resource "aws_iam_role" "w" {
  name               = "worker"
  assume_role_policy = "{}"
}

data "aws_iam_policy_document" "d" {
  statement {
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "p" {
  name   = "access"
  role   = aws_iam_role.w.id
  policy = data.aws_iam_policy_document.d.json
}
"""
DOCUMENT = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], '
    '"Resource": "*"}]}'
)


def narrowed(path: Path, text: str) -> EditedSource:
    path.write_text(text, encoding="utf-8")
    policy = policy_called(read_source(path), "worker", "access")
    assert policy.source is not None
    edit = ReplaceStatement(index=0, parts=(StatementSpec(sid=None, actions=("s3:GetObject",)),))
    return edit_source(policy.source.file, [SourceChange(kind=SourceChangeKind.EDIT, policy=policy, edits=(edit,))])


@pytest.mark.parametrize("kind", ["Policy", "ManagedPolicy"])
@pytest.mark.parametrize(
    ("roles", "reason"),
    [
        ("Roles: [!Ref Worker]\n      Groups: [readers]", "users or groups hold it too (Groups)"),
        ("Roles: [!Ref Worker]\n      Users: [!Ref Further]", "users or groups hold it too (Users)"),
        ("Roles: [!Ref Worker, !Ref Further]", "a role that is not known holds it too"),
    ],
)
def test_a_policy_of_a_template_that_others_hold_stays(tmp_path: Path, kind: str, roles: str, reason: str) -> None:
    text = TEMPLATE % kind
    assert narrowed(tmp_path / "template.yaml", text).text == text.replace(', "s3:PutObject"', "")
    text = text.replace("Roles: [!Ref Worker]", roles)
    result = narrowed(tmp_path / "template.yaml", text)
    assert (result.text, [refusal.reason for refusal in result.refusals]) == (text, [reason])


def test_a_managed_policy_that_a_group_of_the_template_holds_stays(tmp_path: Path) -> None:
    text = TEMPLATE % "ManagedPolicy" + GROUP
    result = narrowed(tmp_path / "template.yaml", text)
    assert [refusal.reason for refusal in result.refusals] == ["users or groups hold it too (Readers)"]


@pytest.mark.parametrize(
    "reader",
    [
        'resource "aws_iam_group_policy" "g" {\n  group  = "g"\n  policy = data.aws_iam_policy_document.d.json\n}\n',
        'module "other" {\n  source = "./other"\n  policy = data.aws_iam_policy_document.d.json\n}\n',
        'output "policy" {\n  value = aws_iam_role_policy.p.policy\n}\n',
        'locals {\n  all = [data.aws_iam_policy_document.d.json]\n}\n\noutput "all" {\n  value = local.all\n}\n',
        USER_BY_DOCUMENT,
    ],
    ids=["group", "module", "resource", "local", "document"],
)
def test_a_document_of_a_module_that_something_else_uses_stays(tmp_path: Path, reader: str) -> None:
    path = tmp_path / "main.tf"
    assert narrowed(path, MODULE).text == MODULE.replace(', "s3:PutObject"', "")
    unused = "locals {\n  unused = data.aws_iam_policy_document.d.json\n}\n"
    assert not narrowed(path, f"{MODULE}\n{unused}").refusals
    result = narrowed(path, f"{MODULE}\n{reader}")
    assert result.text == f"{MODULE}\n{reader}"
    (refusal,) = result.refusals
    assert refusal.reason.startswith("its statements are used elsewhere too (main.tf:")
    assert refusal.paste


def test_a_file_that_something_else_of_a_module_reads_stays(tmp_path: Path) -> None:
    (tmp_path / "access.json").write_text(DOCUMENT, encoding="utf-8")
    text = MODULE.replace("data.aws_iam_policy_document.d.json", 'file("${path.module}/access.json")')
    assert not narrowed(tmp_path / "main.tf", text).refusals
    reader = 'resource "aws_iam_user_policy" "u" {\n  user   = "u"\n  policy = file("./access.json")\n}\n'
    (refusal,) = narrowed(tmp_path / "main.tf", f"{text}\n{reader}").refusals
    assert refusal.reason.startswith("its statements are used elsewhere too (main.tf:")
