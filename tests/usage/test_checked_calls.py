"""What events were checked for, a batch at a time, against resolving each of them by itself."""

import gc
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.usage.lakes import CATALOG
from tests.usage.reading import event_of, record
from trailmin.lake.schema import EVENTS
from trailmin.trail import Event, events_of
from trailmin.usage.checked_calls import CHECKED, COLUMNS, checked_calls
from trailmin.usage.resolver import Resolver
from trailmin.usage.usage_keys import SCOPE, TARGET, UsageKeys

SAMPLE = Path(__file__).parent.parent.parent / "sample_logs"
CALLER = {"kind": "principal_kind", "arn": "principal_arn", "account": "principal_account", "name": "principal_name"}
RENAMED = {"source": "event_source", "name": "event_name", "time": "event_time"}
KEY = (*SCOPE, *TARGET, "resource")


def batch_of(events: Sequence[Event]) -> pa.RecordBatch:
    """Events as the lake has them."""
    rows = []
    for event in events:
        row = {RENAMED.get(name, name): getattr(event, name) for name in Event.__slots__ if name != "principal"}
        caller = {column: getattr(event.principal, name) for name, column in CALLER.items()}
        rows.append({**row, **caller, "session_name": event.principal.session_name})
    return pa.RecordBatch.from_pylist(rows, schema=pa.schema([EVENTS.field(name) for name in COLUMNS]))


def found(events: Sequence[Event], size: int = 50_000) -> Counter[tuple[Any, ...]]:
    """Keys of usage with event ids and calls, as `checked_calls` makes them."""
    keys, resolver = UsageKeys(), Resolver(CATALOG)
    rows: Counter[tuple[Any, ...]] = Counter()
    for start in range(0, len(events), size):
        checked = checked_calls(batch_of(events[start : start + size]), resolver, keys)
        assert checked.schema == CHECKED
        scopes, targets = keys.ranked_scopes(), keys.ranked_targets()
        for row in checked.to_pylist():
            scope = scopes.values[scopes.rank_of[row["scope"]]]
            target = targets.values[targets.rank_of[row["target"]]]
            assert (row["count"], row["first_seen"]) == (1, row["last_seen"])
            rows[*scope, *target, row["resource"], row["event_id"], row["shared_event_id"], row["calls"]] += 1
    return rows


def expected(events: Sequence[Event]) -> Counter[tuple[Any, ...]]:
    resolver = Resolver(CATALOG)
    rows: Counter[tuple[Any, ...]] = Counter()
    for event in events:
        who = event.principal
        caller = (who.kind, who.arn, who.account, who.name, who.session_name)
        call = (event.source, event.name, event.category, event.read_only)
        scope = (event.account, *caller, *call, event.region, event.vpc_endpoint, event.invoked_by)
        outcome, authorizations, unmapped = resolver.resolve(event)
        targets = [
            (one.action, outcome, one.required, one.basis, unmapped, one.passed_to, resource)
            for one in authorizations
            for resource in one.resources
        ]
        for place, target in enumerate(targets or [(None, outcome, True, None, unmapped, None, None)]):
            rows[*scope, *target, event.event_id, event.shared_event_id, int(place == 0)] += 1
    return rows


@pytest.fixture(scope="module")
def events() -> list[Event]:
    logs = sorted(SAMPLE.rglob("*.json.gz"))[:60]
    assert logs
    return [event for path in logs for event in events_of(path.read_bytes(), path.name) if isinstance(event, Event)]


@pytest.mark.parametrize("size", [100, 50_000])
def test_the_sample_is_checked_as_each_of_its_events_is(events: list[Event], size: int) -> None:
    assert found(events, size) == expected(events)


def test_requests_that_repeat_in_shape_only_are_told_apart() -> None:
    records = [
        record("s3", name, {"bucketName": f"b{n % 3}", "key": f"k/{n}*"}, eventID=f"e-{name}-{n}", **changes)
        for n in range(12)
        for name in ("GetObject", "PutObject")
        for changes in ({}, {"awsRegion": "eu-west-1"}, {"errorCode": "NoSuchKey"}, {"errorCode": "AccessDenied"})
    ]
    events = [event_of(one) for one in records]
    rows = found(events)
    assert rows == expected(events)
    resources = {row[KEY.index("resource")] for row in rows}
    assert {"arn:aws:s3:::b0/k/0${*}", "arn:aws:s3:::b2/k/11${*}"} <= resources


def test_an_event_that_was_checked_for_nothing_has_a_row() -> None:
    events = [
        event_of(record("sts", "GetCallerIdentity")),
        event_of(record("nosuchservice", "DoIt")),
        event_of(record("signin", "ConsoleLogin", eventType="AwsConsoleSignIn")),
    ]
    rows = found(events)
    assert rows == expected(events)
    assert [row[-1] for row in rows] == [1, 1, 1]
    assert {row[KEY.index("action")] for row in rows} == {None}


def test_no_events_are_no_rows() -> None:
    assert found([]) == Counter()
    assert checked_calls(batch_of([]), Resolver(CATALOG), UsageKeys()).num_rows == 0


def test_the_collector_is_as_it_was() -> None:
    assert gc.isenabled()
    found([event_of(record("s3", "GetObject"))])
    assert gc.isenabled()
    gc.disable()
    try:
        found([event_of(record("s3", "GetObject"))])
        assert not gc.isenabled()
    finally:
        gc.enable()
