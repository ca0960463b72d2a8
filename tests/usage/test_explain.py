"""Whole records and the lines that they are explained by, as data: add a case to `cases/<service>.json`."""

import json
from pathlib import Path
from typing import Any

import pytest

from trailmin.catalog import load_catalog
from trailmin.trail import RejectedRecord, events_of
from trailmin.usage.explain import explain
from trailmin.usage.resolver import Resolver

CASES = Path(__file__).parent / "cases"
RESOLVER = Resolver(load_catalog())


def cases() -> list[Any]:
    return [
        pytest.param(case["record"], case["expect"], id=f"{path.stem}: {case['case']}")
        for path in sorted(CASES.glob("*.json"))
        for case in json.loads(path.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize(("record", "expected"), cases())
def test_a_record_is_explained(record: dict[str, Any], expected: dict[str, Any]) -> None:
    [explanation] = explain(events_of(json.dumps([record]).encode(), "case"), RESOLVER)
    assert explanation.to_json() == expected


def test_no_case_is_written_twice() -> None:
    ids = [param.id for param in cases()]
    assert len(ids) == len(set(ids)) >= 150


def test_a_record_that_was_set_aside_keeps_its_place_and_reason() -> None:
    whole = cases()[0].values[0]
    rejected = RejectedRecord(log_object="x", index=0, reason="no eventName")
    records = [rejected, *events_of(json.dumps([whole]).encode(), "x")]
    first, second = (explanation.to_json() for explanation in explain(records, RESOLVER))
    assert first == {
        "event_id": None,
        "event_source": None,
        "event_name": None,
        "principal": None,
        "outcome": "set_aside",
        "authorizations": [],
        "unmapped": "no eventName",
    }
    assert second["outcome"] == "allowed"
    assert list(first) == list(second)
