"""What holds for every set of resources: levels include each other, nothing is lost, order does not matter."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.synth.patterns.seen import SEEN, WITHIN, Seen, learned
from trailmin.policy import resource_included_in_union, resources_intersect
from trailmin.synth.patterns import Summary, learn
from trailmin.synth.patterns import summary as module

LAW = settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])


@contextmanager
def bounds(leaves: int, heads: int, fan_out: int, families: int) -> Iterator[None]:
    names = ("LEAVES", "HEADS", "FAN_OUT", "FAMILIES", "_BOUNDS")
    before = [getattr(module, name) for name in names]
    for name, value in zip(names, (leaves, heads, fan_out, families, (fan_out, families, 4)), strict=True):
        setattr(module, name, value)
    try:
        yield
    finally:
        for name, value in zip(names, before, strict=True):
            setattr(module, name, value)


@pytest.fixture(params=[(20_000, 4_096, 1_000, 64), (12, 9, 4, 3), (3, 2, 2, 1)], ids=["exact", "small", "tiny"])
def bounded(request: pytest.FixtureRequest) -> Iterator[None]:
    with bounds(*request.param):
        yield


def told(summary: Summary) -> list[tuple[Any, ...]]:
    return [
        (p.labels, p.leaf.count, p.leaf.first, p.leaf.last, p.leaf.hashes, p.leaf.examples) for p in summary.paths()
    ]


@pytest.mark.usefixtures("bounded")
@LAW
@given(SEEN, st.lists(st.integers(0, 40), min_size=2, max_size=2), st.randoms(use_true_random=False))
def test_merging_in_any_order_gives_the_same(seen: list[Seen], cuts: list[int], order: Any) -> None:
    i, j = sorted(cuts)
    a, b, c = (Summary.of_many(part) for part in (seen[:i], seen[i:j], seen[j:]))
    shuffled = list(seen)
    order.shuffle(shuffled)
    whole = told(Summary.of_many(seen))
    assert told(Summary.of_many(shuffled)) == whole
    assert told(a.merge(b).merge(c)) == whole
    assert told(a.merge(b.merge(c))) == whole
    assert told(c.merge(a).merge(b)) == whole
    assert told(a.merge(Summary())) == told(a)


@pytest.mark.usefixtures("bounded")
@LAW
@given(SEEN, WITHIN)
def test_every_value_is_matched_and_every_pattern_is_inside_the_old_grant(
    seen: list[Seen], within: tuple[str, ...]
) -> None:
    summary = Summary.of_many(seen)
    for level in ("exact", "pattern", "parent"):
        patterns = [p.pattern for p in learn(summary, level=level, within=within)]
        assert all(resource_included_in_union(p, within) for p in patterns)
        for resource, _, _ in seen:
            if resource_included_in_union(resource, within):
                assert resource_included_in_union(resource, patterns), (level, resource, patterns)
            elif not any(resources_intersect(resource, w) for w in within):
                assert resource not in patterns


@pytest.mark.usefixtures("bounded")
@LAW
@given(SEEN, WITHIN)
def test_each_level_matches_what_the_narrower_one_does(seen: list[Seen], within: tuple[str, ...]) -> None:
    summary = Summary.of_many(seen)
    exact, pattern, parent = (
        [p.pattern for p in learn(summary, level=level, within=within)] for level in ("exact", "pattern", "parent")
    )
    assert all(resource_included_in_union(p, pattern) for p in exact)
    assert all(resource_included_in_union(p, parent) for p in pattern)


@LAW
@given(SEEN)
def test_what_patterns_stand_for_adds_up(seen: list[Seen]) -> None:
    patterns = learn(Summary.of_many(seen), level="pattern", within=("*",))
    assert sum(p.calls for p in patterns) == sum(count for _, count, _ in seen)
    assert sum(p.values for p in patterns) == len({resource for resource, _, _ in seen})
    for p in patterns:
        assert len(p.examples) == min(3, p.values)
        assert p.held_out is None or 0 <= p.held_out <= 1


@LAW
@given(SEEN)
def test_the_same_input_gives_the_same_patterns(seen: list[Seen]) -> None:
    assert learned(seen) == learned(list(reversed(seen)))
