"""What is read of SAM templates is what SAM's own translator makes of them."""

import json
from pathlib import Path

import pytest

from tests.iac.case import CORPUS, source_file
from tests.iac.parsers import translated
from trailmin.current import PolicyKind, SourceFile
from trailmin.current.iac.cloudformation.build_sam_tables import TABLE, build
from trailmin.current.iac.cloudformation.contents import contents_of
from trailmin.current.iac.cloudformation.reader import deployed
from trailmin.current.iac.normal_form import normal_policy, normal_statements
from trailmin.policy import parse_policy

TEMPLATES = sorted(p for p in CORPUS.glob("sam-*.*") if p.suffix in {".yaml", ".json"} and p.name.count(".") == 1)


def test_the_tables_are_those_of_the_installed_translator() -> None:
    assert json.loads(TABLE.read_text(encoding="utf-8")) == json.loads(build())


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_functions_policies_are_those_that_sam_gives_its_role(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    made = tmp_path / "template.json"
    made.write_text(json.dumps(translated(path)), encoding="utf-8")
    (original,) = deployed(source_file(path))
    plain = source_file(made)
    expected = _policies(
        SourceFile(document=plain.document, format=plain.format, text=plain.text, values=original.values)
    )
    found = _policies(original)
    assert found
    for role, policies in found.items():
        assert {name: policies[name] for name in policies} == {name: expected[role].get(name) for name in policies}
        assert set(expected[role]) == set(policies)


def _policies(file: SourceFile) -> dict[str, dict[str, object]]:
    """Inline policies by logical id of the role and by name."""
    return {
        role.logical_id: {
            policy.name: normal_policy(policy) for policy in role.policies if policy.kind is PolicyKind.INLINE
        }
        for contents in contents_of(file)
        for role in contents.roles
    }


def test_equal_statements_have_one_normal_form() -> None:
    one = {"Effect": "Allow", "Action": ["s3:A", "s3:B"], "Resource": "*"}
    other = {"Effect": "Allow", "Action": ["s3:B", "s3:A", "s3:B"], "Resource": ["*"]}
    forms = [
        normal_statements(parse_policy({"Version": "2012-10-17", "Statement": s}).statements) for s in (one, other)
    ]
    assert forms[0] == forms[1]
