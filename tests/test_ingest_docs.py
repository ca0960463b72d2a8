"""The policies of docs/ingest.md are valid, of real actions on what they are checked on, and what ingest asks for."""

import json
import re
from typing import Any

import pytest

from tests.test_docs import ROOT, blocks
from trailmin.catalog import load_catalog
from trailmin.policy import lint

CATALOG = load_catalog()
POLICIES = blocks(ROOT / "docs" / "ingest.md", "json")
SOURCES = ROOT / "trailmin" / "trail"


def statements() -> list[dict[str, Any]]:
    return [statement for text in POLICIES for statement in json.loads(text)["Statement"]]


def actions(statement: dict[str, Any]) -> list[str]:
    found = statement["Action"]
    return [found] if isinstance(found, str) else found


@pytest.mark.parametrize("text", POLICIES)
def test_policies_are_without_findings(text: str) -> None:
    assert [one.check.name for one in lint(text, kind=None, catalog=CATALOG)] == []


@pytest.mark.parametrize("statement", statements(), ids=lambda statement: statement["Sid"])
def test_each_action_exists_and_is_checked_on_what_stands_there(statement: dict[str, Any]) -> None:
    for name in actions(statement):
        known = CATALOG.action(name)
        assert known is not None
        assert known.full_name == name
        assert known.takes_resources == (statement["Resource"] != "*")


def test_they_are_the_actions_that_the_program_names_when_one_is_missing() -> None:
    named = {
        found
        for path in SOURCES.rglob("*.py")
        for found in re.findall(r'"((?:s3|sqs|cloudtrail|ec2|kms):[A-Z]\w+)', path.read_text(encoding="utf-8"))
    }
    named.discard("s3:TestEvent")  # what a notification is called
    granted = {name for statement in statements() for name in actions(statement)}
    # Renewing the time for which a message is hidden may fail without harm.
    assert named | {"sqs:ChangeMessageVisibility"} == granted
