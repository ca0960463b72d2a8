"""The evaluator against the case files: each file names the AWS page that it comes from."""

import json
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


def test_every_file_names_its_source_and_there_are_many_cases() -> None:
    assert all(json.loads(path.read_text(encoding="utf-8"))["source"].startswith("https://docs.aws.") for path in FILES)
    assert len(cases()) >= 400
