"""Policies on resources in templates."""

from pathlib import Path

import pytest

from trailmin.current import StateInForce, load_current
from trailmin.synth.access.halves import HalfState, SidesOf

ACCOUNT = "111122223333"
TEMPLATE = """
Resources:
  Photos:
    Type: AWS::S3::Bucket
    Properties: {BucketName: photos}
  Resize:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: resize, Role: arn:aws:iam::111122223333:role/resize}
  FromBucket:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !GetAtt Resize.Arn
      Principal: s3.amazonaws.com
SOURCE
  Reading:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Photos
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {AWS: arn:aws:iam::444455556666:root}
            Action: s3:GetObject
            Resource: !Sub "${Photos.Arn}/*"
"""


def read(folder: Path, source: str = "") -> StateInForce:
    path = folder / ACCOUNT / "template.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(TEMPLATE.replace("SOURCE\n", source), encoding="utf-8")
    (path.parent / "stack.json").write_text(
        '{"Stacks": [{"StackId": "arn:aws:cloudformation:eu-west-1:111122223333:stack/app/1", "StackName": "app"}]}'
    )
    return load_current([folder / ACCOUNT])


def test_permissions_and_bucket_policies_are_policies_on_their_resources(tmp_path: Path) -> None:
    function, bucket = read(tmp_path).accounts[ACCOUNT].resource_policies or ()
    assert (bucket.service, bucket.resource) == ("s3", "arn:aws:s3:::photos")
    assert bucket.policy.statements[0].resources == ("arn:aws:s3:::photos/*",)
    assert function.resource.endswith(f":{ACCOUNT}:function:resize")
    (statement,) = function.policy.statements
    assert (statement.sid, statement.actions) == ("FromBucket", ("lambda:InvokeFunction",))
    assert [(p.kind, p.values) for p in statement.principals] == [("Service", ("s3.amazonaws.com",))]
    assert statement.conditions == ()


@pytest.mark.parametrize(
    ("source", "keys"),
    [
        ("      SourceArn: !GetAtt Photos.Arn\n", ["aws:SourceArn"]),
        (
            "      SourceArn: !GetAtt Photos.Arn\n      SourceAccount: '111122223333'\n",
            ["aws:SourceArn", "aws:SourceAccount"],
        ),
        ("      SourceAccount: !Ref Unheard\n", []),
    ],
)
def test_a_permission_s_source_is_a_condition_where_it_is_known(tmp_path: Path, source: str, keys: list[str]) -> None:
    policies = read(tmp_path, source).accounts[ACCOUNT].resource_policies or ()
    (statement,) = policies[0].policy.statements
    assert [condition.key for condition in statement.conditions] == keys


def test_code_tells_of_its_own_resources_only(tmp_path: Path) -> None:
    told = read(tmp_path)
    caller, other = "arn:aws:iam::444455556666:role/reader", f"arn:aws:sqs:eu-west-1:{ACCOUNT}:elsewhere"
    sides = SidesOf(told).tell(caller, "sqs:SendMessage", other)
    assert sides is not None
    assert sides.on_resource.state is HalfState.UNKNOWN
