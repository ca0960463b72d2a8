"""Every check of Access Analyzer's page that lint makes: found where due, and only there."""

import json
from pathlib import Path
from typing import Any

import pytest

from trailmin.catalog import load_catalog
from trailmin.policy import Finding, lint
from trailmin.policy.lint import checks

TABLE = json.loads((Path(__file__).parent / "checks.json").read_text(encoding="utf-8"))
FOUND = [row for row in TABLE["checks"] if row["type"] != "SUGGESTION"]
SOUND: dict[str, dict[str, Any]] = {
    "identity": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"},
    "resource": {
        "Effect": "Allow",
        "Principal": {"AWS": "111122223333"},
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::b/*",
    },
    "trust": {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"},
    "scp": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"},
    "rcp": {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"BoolIfExists": {"aws:SecureTransport": "false"}},
    },
}


def found(kind: str, overlay: dict[str, Any]) -> tuple[Finding, ...]:
    """The findings on a sound statement with the overlay on it; `@` elements are about the document."""
    document = {name[1:]: value for name, value in overlay.items() if name.startswith("@")}
    elements = {name: value for name, value in overlay.items() if not name.startswith("@")}
    base = SOUND[kind] | elements
    statements = [base | one for one in document.pop("statements", [{}])]
    text = document.pop("text", None)
    written = {"Version": "2012-10-17", "Statement": spelled(statements)} | document
    source = text or json.dumps({name: value for name, value in written.items() if value is not None})
    return lint(source, kind=kind, catalog=load_catalog())


def spelled(value: Any) -> Any:
    """A value without the elements that are None, and with `@repeat` written out."""
    if isinstance(value, list):
        return [spelled(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "@repeat" in value:
        return [value["@repeat"]] * value["@times"]
    return {name: spelled(one) for name, one in value.items() if one is not None}


@pytest.mark.parametrize("row", FOUND, ids=lambda row: row["code"])
def test_a_check_finds_what_it_should_and_nothing_once_that_is_mended(row: dict[str, Any]) -> None:
    findings = {one.check.code: one.check for one in found(row["kind"], row["fails"])}
    assert row["code"] in findings
    assert findings[row["code"]].type.value == row["type"]
    assert found(row["kind"], row["passes"]) == ()


def test_the_checks_are_those_of_the_page_and_no_others() -> None:
    assert {check.code for check in checks()} == {row["code"] for row in FOUND}
    assert {check.code: check.type.value for check in checks()} == {row["code"]: row["type"] for row in FOUND}
    assert len(TABLE["checks"]) == len({row["code"] for row in TABLE["checks"]}) == 152


def test_of_suggestions_lint_is_silent() -> None:
    redundant = {"Action": ["s3:Get*", "s3:GetObject"], "Condition": {}}
    assert found("identity", redundant) == ()
