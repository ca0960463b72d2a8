"""Laws of the sums: neither the order of events nor how they are dealt out to parts makes a difference."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trailmin.errors import LakeError
from trailmin.lake.read import connect
from trailmin.lake.storage import LocalFolder
from trailmin.usage.checked_calls import CHECKED
from trailmin.usage.partial_sums import PartialSums
from trailmin.usage.summing import DaySums
from trailmin.usage.usage_keys import SCOPE, TARGET

DAY = datetime(2026, 9, 1, tzinfo=UTC)
CALL: dict[str, Any] = {"principal_kind": "role", "event_source": "s3.amazonaws.com", "event_name": "GetObject"}


class Check(NamedTuple):
    """One event under one action and resource."""

    resource: str = "arn:aws:s3:::b/k"
    workload: str | None = "f"
    action: str | None = "s3:GetObject"
    second: int = 0
    shared: str | None = None
    principal: str | None = "r"


CHECKS = st.lists(
    st.builds(
        Check,
        resource=st.integers(0, 5).map(lambda n: f"arn:aws:s3:::b{n % 2}/{'d/' * (n % 3)}k{n}"),
        workload=st.sampled_from([None, "", "f", "g", "h"]),
        action=st.sampled_from(["s3:GetObject", "s3:PutObject", None]),
        second=st.integers(0, 50),
        # Records that have id and time in common are told apart by it.
        shared=st.sampled_from([None, "s", "t"]),
        principal=st.sampled_from(["r", "q"]),
    ),
    max_size=25,
    unique_by=lambda check: (check.second, check.shared),
)
BOUNDS = st.sampled_from([{}, {"resource_bound": 2, "workload_bound": 1}, {"resource_bound": 1}])


def checked(sums: DaySums, checks: Sequence[Check]) -> pa.RecordBatch:
    """Each as a call of its own."""
    rows = []
    for one in checks:
        call = {**CALL, "principal_arn": one.principal, "workload": one.workload}
        target = {"action": one.action, "outcome": "allowed", "required": True}
        time = DAY + timedelta(seconds=one.second)
        rows.append(
            {
                "scope": sums.keys.scope(tuple(call.get(name) for name in SCOPE)),
                "target": sums.keys.target(tuple(target.get(name) for name in TARGET)),
                "resource": one.resource if one.action else None,
                "count": 1,
                "calls": 1,
                "first_seen": time,
                "last_seen": time,
                "event_id": f"e-{one.second:02}",
                "shared_event_id": one.shared,
            }
        )
    return pa.RecordBatch.from_pylist(rows, schema=CHECKED)


@contextmanager
def day_sums(**bounds: int) -> Iterator[DaySums]:
    with connect(LocalFolder(path=Path())) as connection:
        yield DaySums(connection, **bounds)


def rows_of(sums: DaySums) -> list[dict[str, Any]]:
    return [row for batch in sums.rows() for row in batch.to_pylist()]


def summed(checks: Sequence[Check], **bounds: int) -> list[dict[str, Any]]:
    with day_sums(**bounds) as sums:
        sums.add(iter([checked(sums, checks[:7]), checked(sums, checks[7:])]))
        return rows_of(sums)


def resources(checks: Sequence[Check], bound: int) -> list[str]:
    return [row["resource"] for row in summed(checks, resource_bound=bound)]


@settings(max_examples=15)
@given(CHECKS, st.randoms(use_true_random=False), BOUNDS)
def test_the_order_of_events_does_not_matter_past_the_bounds_either(
    checks: list[Check], order: Any, bounds: dict[str, int]
) -> None:
    shuffled = list(checks)
    order.shuffle(shuffled)
    rows = summed(checks, **bounds)
    assert summed(shuffled, **bounds) == rows
    assert sum(row["calls"] for row in rows) == len(checks)
    assert sum(row["count"] for row in rows) == len(checks)


@settings(max_examples=15)
@given(CHECKS, st.lists(st.integers(0, 2), min_size=25, max_size=25), BOUNDS)
def test_sums_of_parts_joined_are_the_sums_of_all(
    checks: list[Check], parts: list[int], bounds: dict[str, int]
) -> None:
    partials: list[PartialSums] = []
    for part in range(3):
        with day_sums(**bounds) as sums:
            chosen = [one for one, of in zip(checks, parts, strict=False) if of == part]
            sums.add(iter([checked(sums, chosen)]))
            partials += sums.split(lambda principal: len(principal or "")).values()
    with day_sums(**bounds) as joined:
        joined.join(partials)
        assert rows_of(joined) == summed(checks, **bounds)


def test_sums_are_dealt_out_by_principal() -> None:
    with day_sums(resource_bound=1, workload_bound=1) as sums:
        chosen = [Check(f"arn:aws:s3:::b/{n}", f"s-{n}", principal="q", second=n) for n in range(3)]
        sums.add(iter([checked(sums, [*chosen, Check(second=9)])]))
        dealt = sums.split(lambda principal: int(principal == "q"))
    assert {part: set(partial.rows.column("principal_arn").to_pylist()) for part, partial in dealt.items()} == {
        0: {"r"},
        1: {"q"},
    }
    assert (dealt[0].bounds.levels, dealt[0].bounds.full_principals) == ({}, set())
    assert (dealt[1].bounds.levels, dealt[1].bounds.full_principals) == ({("q", "s3:GetObject"): 1}, {"q"})


def test_a_row_has_count_times_and_the_earliest_examples() -> None:
    ((row),) = summed([Check(second=second) for second in (9, 3, 7, 1)])
    seen = (row["count"], row["calls"], row["first_seen"], row["last_seen"])
    assert seen == (4, 4, DAY + timedelta(seconds=1), DAY + timedelta(seconds=9))
    assert row["event_ids"] == ["e-01", "e-03", "e-07"]


def test_an_event_in_several_resources_of_a_folder_is_one_example() -> None:
    checks = [Check(f"arn:aws:s3:::b/d/{n}", second=n // 4) for n in range(12)]
    ((row),) = summed(checks, resource_bound=1)
    assert (row["resource"], row["count"], row["event_ids"]) == ("arn:aws:s3:::b/d/*", 12, ["e-00", "e-01", "e-02"])


def test_an_id_that_several_records_have_is_named_once() -> None:
    ((row),) = summed([Check(shared=shared) for shared in ("t", "s", None)])
    assert (row["count"], row["event_ids"]) == (3, ["e-00"])


def test_past_the_bound_resources_become_those_of_their_containers() -> None:
    checks = [Check(f"arn:aws:s3:::b/k{n}", second=n) for n in range(4)]
    assert len(resources(checks, 4)) == 4
    assert resources(checks, 3) == ["arn:aws:s3:::b/*"]


def test_past_the_bound_folders_are_kept_as_deep_as_the_bound_allows() -> None:
    checks = [Check(f"arn:aws:s3:::b/{n % 2}/{n % 3}/k{n}", second=n) for n in range(9)]
    found = {bound: resources(checks, bound) for bound in (9, 8, 5, 1)}
    assert [len(found[bound]) for bound in (9, 8, 5, 1)] == [9, 6, 2, 1]
    assert found[8][0] == "arn:aws:s3:::b/0/0/*"
    assert found[5] == ["arn:aws:s3:::b/0/*", "arn:aws:s3:::b/1/*"]
    assert found[1] == ["arn:aws:s3:::b/*"]


def test_only_what_is_past_the_bound_is_summarised() -> None:
    crowded = [Check(f"arn:aws:s3:::b/k{n}", second=n) for n in range(3)]
    others = [Check(second=8, action="s3:PutObject"), Check(second=9, principal="q")]
    found = {
        (row["principal_arn"], row["action"]): row["resource"] for row in summed(crowded + others, resource_bound=2)
    }
    assert found == {
        ("r", "s3:GetObject"): "arn:aws:s3:::b/*",
        ("r", "s3:PutObject"): "arn:aws:s3:::b/k",
        ("q", "s3:GetObject"): "arn:aws:s3:::b/k",
    }


def test_past_the_bound_session_names_become_buckets() -> None:
    checks = [Check(workload=f"session-{n}", second=n) for n in range(4)]
    assert {row["workload"] for row in summed(checks, workload_bound=4)} == {f"session-{n}" for n in range(4)}
    assert all(str(row["workload"]).startswith("bucket-") for row in summed(checks, workload_bound=3))


@pytest.mark.parametrize("bounds", [{}, {"resource_bound": 5, "workload_bound": 2}])
def test_more_rows_than_are_held_give_the_same(bounds: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    checks = [Check(f"arn:aws:s3:::b/{n % 9}/k", f"f-{n % 4}", second=n % 60, shared=str(n)) for n in range(200)]
    expected = summed(checks, **bounds)
    monkeypatch.setattr("trailmin.usage.summing._ROWS_HELD", 30)
    with day_sums(**bounds) as sums:
        sums.add(checked(sums, checks[start : start + 20]) for start in range(0, 200, 20))
        assert rows_of(sums) == expected


def test_no_events_are_no_rows() -> None:
    assert summed([]) == []


def test_what_fails_while_rows_are_made_is_told_as_it_was() -> None:
    def failing(sums: DaySums) -> Iterator[pa.RecordBatch]:
        yield checked(sums, [Check()])
        raise LakeError("the file is gone", hint="look for it")

    with day_sums() as sums, pytest.raises(LakeError, match="the file is gone"):
        sums.add(failing(sums))
