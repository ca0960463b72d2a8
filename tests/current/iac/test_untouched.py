"""An edit leaves all that it is not about as it was, whatever holds it together with what changes."""

from pathlib import Path

from tests.iac.case import policy_called, read_source
from trailmin.current import SourceChange, SourceChangeKind
from trailmin.current.iac.registry import edit_source

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
