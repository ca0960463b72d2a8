from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trailmin.usage.summing import DaySums, Sums, UsageKey, bucket, container, summarised

DAY = datetime(2026, 9, 1, tzinfo=UTC)
PLAIN: dict[str, Any] = dict.fromkeys(UsageKey._fields) | {
    "principal_kind": "role", "principal_arn": "r", "event_source": "s3.amazonaws.com", "event_name": "GetObject",
    "outcome": "allowed", "required": True, "action": "s3:GetObject",
}  # fmt: skip


def key(**changes: Any) -> UsageKey:
    return UsageKey(**PLAIN | changes)


EVENTS = st.lists(
    st.tuples(
        st.integers(0, 5).map(lambda n: f"arn:aws:s3:::b{n % 2}/{'d/' * (n % 3)}k{n}"),
        st.sampled_from([None, "", "f", "g", "h"]),
        st.sampled_from(["s3:GetObject", "s3:PutObject", None]),
        st.integers(0, 50),
    ),
    max_size=25,
)


def summed(events: Sequence[tuple[str, str | None, str | None, int]], **bounds: int) -> list[tuple[UsageKey, Sums]]:
    sums = DaySums(**bounds)
    for resource, workload, action, second in events:
        sums.add(
            key(resource=resource if action else None, workload=workload, action=action),
            DAY + timedelta(seconds=second),
            f"e-{second}",
            calls=1,
        )
    return list(sums.rows())


@settings(max_examples=60, deadline=None)
@given(EVENTS, st.randoms(use_true_random=False), st.sampled_from([{}, {"resource_bound": 2, "workload_bound": 1}]))
def test_the_order_of_events_does_not_matter_past_the_bounds_either(
    events: list[tuple[str, str | None, str | None, int]], order: Any, bounds: dict[str, int]
) -> None:
    shuffled = list(events)
    order.shuffle(shuffled)
    rows = summed(events, **bounds)
    assert summed(shuffled, **bounds) == rows
    assert sum(row.calls for _, row in rows) == len(events)
    assert sum(row.count for _, row in rows) == len(events)


def test_a_row_has_count_times_and_the_earliest_examples() -> None:
    rows = summed([("arn:aws:s3:::b/k", "f", "s3:GetObject", second) for second in (9, 3, 7, 1, 3)])
    ((_, row),) = rows
    assert (row.count, row.first_seen, row.last_seen) == (5, DAY + timedelta(seconds=1), DAY + timedelta(seconds=9))
    assert [event_id for _, event_id in row.examples] == ["e-1", "e-3", "e-7"]


def test_past_the_bound_resources_become_those_of_their_containers() -> None:
    events = [(f"arn:aws:s3:::b/k{n}", "f", "s3:GetObject", n) for n in range(4)]
    assert len(summed(events, resource_bound=4)) == 4
    assert [k.resource for k, _ in summed(events, resource_bound=3)] == ["arn:aws:s3:::b/*"]


def test_past_the_bound_folders_are_kept_as_deep_as_the_bound_allows() -> None:
    events = [(f"arn:aws:s3:::b/{n % 2}/{n % 3}/k{n}", "f", "s3:GetObject", n) for n in range(9)]
    found = {bound: [k.resource for k, _ in summed(events, resource_bound=bound)] for bound in (9, 8, 5, 1)}
    assert [len(found[bound]) for bound in (9, 8, 5, 1)] == [9, 6, 2, 1]
    assert found[8][0] == "arn:aws:s3:::b/0/0/*"
    assert found[5] == ["arn:aws:s3:::b/0/*", "arn:aws:s3:::b/1/*"]
    assert found[1] == ["arn:aws:s3:::b/*"]


@given(st.lists(st.sampled_from(["a", "b:", "", "*", "é"]), max_size=16).map("/".join), st.integers(0, 6))
def test_each_level_is_a_function_of_the_one_before(path: str, level: int) -> None:
    resource = f"arn:aws:s3:::b{path}"
    for higher in range(level, 7):
        assert summarised(summarised(resource, level), higher) == summarised(resource, higher)


def test_past_the_bound_session_names_become_buckets() -> None:
    events = [("arn:aws:s3:::b/k", f"session-{n}", "s3:GetObject", n) for n in range(4)]
    names = {k.workload for k, _ in summed(events, workload_bound=3)}
    assert all(str(name).startswith("bucket-") for name in names)


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("arn:aws:s3:::b/2026/k", "arn:aws:s3:::b/*"),
        ("arn:aws:s3:::b", "arn:aws:s3:::b"),
        ("arn:aws:sqs:r:1:q", "arn:aws:sqs:r:1:q"),
        ("*", "*"),
    ],
)
def test_a_container_is_what_comes_before_the_first_slash(resource: str, expected: str) -> None:
    assert container(resource) == expected
    assert container(expected) == expected


def test_a_bucket_is_its_own() -> None:
    assert bucket(bucket("session")) == bucket("session")
    assert len(bucket("\udc80")) == len("bucket-00")


@given(EVENTS, st.lists(st.integers(0, 2), min_size=25, max_size=25), st.integers(1, 6), st.integers(1, 4))
@settings(deadline=None)
def test_sums_of_parts_joined_are_the_sums_of_all(
    events: list[tuple[str, str | None, str | None, int]], parts: list[int], resources: int, workloads: int
) -> None:
    bounds = {"resource_bound": resources, "workload_bound": workloads}
    joined = DaySums(**bounds)
    for part in range(3):
        sums = DaySums(**bounds)
        for (resource, workload, action, second), of_part in zip(events, parts, strict=False):
            if of_part == part:
                row = key(resource=resource if action else None, workload=workload, action=action)
                sums.add(row, DAY + timedelta(seconds=second), f"e-{second}", calls=1)
        for partial in sums.split(lambda principal: len(principal or "")).values():
            joined.merge(partial)
    assert list(joined.rows()) == summed(events, **bounds)
