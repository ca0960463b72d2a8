"""Names from logs are put into sources as data, whatever they hold."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.iac.case import CORPUS, policy_called, read_source, source_file
from trailmin.current import PolicyInForce, SourceChange, SourceChangeKind
from trailmin.current.iac.registry import READERS, edit_source
from trailmin.policy import ReplaceStatement, Statement, StatementSpec, parse_policy

YAML_PIECES = [
    "&a",
    "*a",
    "- ",
    ": ",
    " #",
    "'",
    '"',
    "\\",
    "\n",
    "\t",
    "[",
    "]",
    ",",
    "|",
    ">",
    "%",
    "@",
    "`",
    "~",
    "null",
]
PIECES = [
    *YAML_PIECES,
    *("${", "}", "${!", "!Sub ", "!Ref x", "*", "?", "{{", "}}", "Fn::Sub", "AWS::Region", "self:custom.x"),
    *("é", "ÿ", "a", "/", "=="),
    *("%{", "&{", "$", "$${", "\nEOF\n", '${file("x")}', "~}", "<<EOF"),
]

NAMES = st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join)

SOURCES = {
    "cfn-comments.yaml": ("shop-Worker-1X2Y3Z4W5V6U", "work"),
    "cfn-flow-style.yaml": ("shop-Worker-1X2Y3Z4W5V6U", "work"),
    "cfn-json.json": ("shop-Worker-1X2Y3Z4W5V6U", "work"),
    "sam-crud-template.yaml": ("shop-ResizeRole-1X2Y3Z4W5V6U", "ResizeRolePolicy0"),
    "serverless-statements.yml": ("shop-prod-eu-west-1-lambdaRole", "shop-prod-lambda"),
    "tf-document/main.tf": ("shop-worker", "work"),
    "tf-heredoc/main.tf": ("shop-worker", "work"),
    "tf-jsonencode/main.tf": ("shop-worker", "work"),
}


@pytest.mark.parametrize("name", SOURCES)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=NAMES)
def test_a_name_is_read_again_as_it_was_written(name: str, key: str) -> None:
    path = CORPUS / name
    policy = policy_called(read_source(path), *SOURCES[name])
    index = next(s.index for s in policy.policy.statements if s.resources and not s.actions[0].startswith("logs:"))
    resources = (f"arn:aws:s3:::shop-uploads-1x2y3z4w5v6u/{key}/x", f"arn:aws:s3:::{key}")
    spec = StatementSpec(sid=policy.policy.statements[index].sid, resources=resources)
    edits = (ReplaceStatement(index=index, parts=(spec,)),)
    change = SourceChange(kind=SourceChangeKind.EDIT, policy=policy, edits=edits)
    result = edit_source(change.place.file, [change])
    if any("would take for a variable" in refusal.reason for refusal in result.refusals):
        assert name.startswith(("serverless", "tf-document"))
        assert [refusal.paste for refusal in result.refusals] == [None]
    else:
        assert not result.refusals
        assert set(_again(path, policy, result.text)[index].resources) == set(resources)


def _again(path: Path, policy: PolicyInForce, text: str) -> tuple[Statement, ...]:
    assert policy.source is not None
    file = replace(policy.source.file, text=text)
    contents = READERS[file.format].read([replace(file, document=source_file(path).document)])
    found = next(
        p for r in contents.roles for p in r.policies if p.source and p.source.address == policy.source.address
    )
    return parse_policy(found.text).statements
