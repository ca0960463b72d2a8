"""The evaluator against the case files: each file names the AWS page that it comes from."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from trailmin.policy.evaluation.case import case_from_json

FOLDER = Path(__file__).parent / "cases"
FILES = sorted(FOLDER.glob("*.json"))


def cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}:{case['id']}")
        for path in FILES
        for case in json.loads(path.read_text(encoding="utf-8"))["cases"]
    ]


@pytest.mark.parametrize("case", cases())
def test_a_case_is_decided_as_documented(case: dict[str, Any]) -> None:
    expected = case["expected"]
    found = case_from_json({key: value for key, value in case.items() if key != "expected"}).evaluate()
    seen = {
        "decision": found.decision.value,
        "layer": found.layer.value,
        "element": found.element,
        "policy": found.by.policy if found.by else None,
        "statement": found.by.statement if found.by else None,
    }
    assert {name: seen[name] for name in expected} == expected, found.why


def test_every_file_names_its_pages_and_when_they_were_read() -> None:
    for path in FILES:
        found = json.loads(path.read_text(encoding="utf-8"))
        assert all(page.startswith("https://docs.aws.") for page in (found["source"], *found.get("also", ())))
        assert date.fromisoformat(found["read"])


def test_there_are_many_cases_each_with_a_name_of_its_own() -> None:
    names = [case.id for case in cases()]
    assert len(names) == len(set(names)) >= 650
