"""What refused calls look like."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from trailmin.usage.denials import DenialKind, judge_denials

FIRST = date(2026, 9, 1)


def days(*actions: dict[str, int]) -> dict[date, dict[str, int]]:
    return {FIRST + timedelta(days=at): found for at, found in enumerate(actions) if found}


DOORS = {f"{service}:{name}": 1 for service in ("iam", "ec2", "kms") for name in ("ListA", "ListB", "ListC")}


def test_many_actions_of_services_that_were_never_used_look_like_probing() -> None:
    found = judge_denials(days(DOORS), {"s3"})
    assert found.kind is DenialKind.PROBING
    assert found.reason == "on 2026-09-01 9 actions of 3 services that it never used were refused"


def test_the_same_doors_of_services_that_it_works_with_do_not() -> None:
    assert judge_denials(days(DOORS), {"iam", "ec2", "kms"}).kind is DenialKind.ISOLATED


def test_the_same_action_day_after_day_looks_like_a_permission_that_is_missing() -> None:
    found = judge_denials(days({"sqs:SendMessage": 4}, {}, {"sqs:SendMessage": 4}, {"sqs:SendMessage": 5}), {"sqs"})
    assert found.kind is DenialKind.MISCONFIGURATION
    assert found.reason == "sqs:SendMessage was refused on 3 days: a permission it may need"
    assert (found.calls, found.actions, found.days) == (13, 1, 3)


def test_a_day_far_above_the_usual_is_a_spike() -> None:
    found = judge_denials(days({"s3:GetObject": 2}, {"s3:GetObject": 3}, {"s3:GetObject": 60}), {"s3"})
    (spike,) = found.spikes
    assert (spike.date, spike.calls, spike.usual) == (date(2026, 9, 3), 60, 2.5)


def test_a_few_calls_are_never_a_spike() -> None:
    assert judge_denials(days({"s3:GetObject": 9}), {"s3"}).spikes == ()


@given(
    st.dictionaries(
        st.dates(date(2026, 1, 1), date(2026, 3, 1)),
        st.dictionaries(st.sampled_from(sorted(DOORS)), st.integers(1, 50), min_size=1),
        min_size=1,
    )
)
def test_nothing_is_counted_twice_or_lost(found: dict[date, dict[str, int]]) -> None:
    judged = judge_denials(found, set())
    assert judged.calls == sum(sum(actions.values()) for actions in found.values())
    assert sum(spike.calls for spike in judged.spikes) <= judged.calls
    assert judged.days == len(found)
