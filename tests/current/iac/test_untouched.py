"""An edit leaves all that it is not about as it was, however the source is laid out."""

from pathlib import Path

import pytest

from tests.iac.case import policy_called, read_source
from tests.iac.parsers import parse
from trailmin.current import SourceChange, SourceChangeKind
from trailmin.current.iac.registry import edit_source
from trailmin.policy import ReplaceStatement, StatementSpec

REDEFINED = """Metadata:
  Shared: &actions ["s3:*"]
Resources:
  Worker:
    Type: AWS::IAM::Role
    Properties:
      RoleName: worker
      AssumeRolePolicyDocument: {}
      Policies:
        - PolicyName: goes
          PolicyDocument:
            Version: "2012-10-17"
            Statement: [{Effect: Allow, Action: &actions [s3:GetObject], Resource: "*"}]
        - PolicyName: stays
          PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: sqs:*, Resource: "*"}]}
"""
OTHER_ROLE = """  Other:
    Type: AWS::IAM::Role
    Properties:
      RoleName: other
      AssumeRolePolicyDocument: {}
      Policies:
        - PolicyName: own
          PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: *actions, Resource: "*"}]}
"""
NO_ROLE = """  Topic:
    Type: AWS::SNS::Topic
    Properties: {Tags: *actions}
"""


def test_an_anchor_that_goes_gives_no_one_else_what_its_name_meant_before(tmp_path: Path) -> None:
    for elsewhere in (OTHER_ROLE, NO_ROLE):
        path = tmp_path / "template.yaml"
        path.write_text(REDEFINED + elsewhere, encoding="utf-8")
        policy = policy_called(read_source(path), "worker", "goes")
        result = edit_source(
            policy.source.file if policy.source else None,  # type: ignore[arg-type]
            [SourceChange(kind=SourceChangeKind.REMOVE, policy=policy)],
        )
        assert [refusal.reason for refusal in result.refusals] == [
            "edited, other places of the file would say something else"
        ]
        assert result.text == REDEFINED + elsewhere


LAYOUTS = {
    "wide dashes": """            -   Effect: Allow
                Action: ["s3:GetObject", "s3:PutObject"]
                Resource: "*"
""",
    "brackets over lines": """            - { Effect: Allow, Action: "s3:*",
                Resource: "*"
              }
""",
    "Sid over lines": """            - Sid: >-
                Old
              Effect: Allow
              Action: "s3:*"
              Resource: |-
                *
""",
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_statement_is_split_however_it_is_laid_out(tmp_path: Path, layout: str) -> None:
    start = REDEFINED.partition("          PolicyDocument:")[0].replace("goes", "work")
    head = "          PolicyDocument:\n            Version: '2012-10-17'\n            Statement:\n"
    text = start + head + LAYOUTS[layout]
    path = tmp_path / "template.yaml"
    path.write_text(text, encoding="utf-8")
    policy = policy_called(read_source(path), "worker", "work")
    parts = (
        StatementSpec(sid="Read", actions=("s3:GetObject",), resources=("arn:aws:s3:::a/*", "arn:aws:s3:::b/*")),
        StatementSpec(sid="Write", actions=("s3:PutObject",)),
    )
    assert policy.source is not None
    change = SourceChange(kind=SourceChangeKind.EDIT, policy=policy, edits=(ReplaceStatement(index=0, parts=parts),))
    result = edit_source(policy.source.file, [change])
    assert not result.refusals
    parse(path, policy.source.file.format, result.text)
    path.write_text(result.text, encoding="utf-8")
    read, write = policy_called(read_source(path), "worker", "work").policy.statements
    assert (read.sid, read.actions, read.resources) == ("Read", ("s3:GetObject",), parts[0].resources)
    assert (write.sid, write.actions, write.resources) == ("Write", ("s3:PutObject",), ("*",))
