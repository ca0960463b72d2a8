"""The back-test: policies made from the first days, tried on the others."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.synth.situation import CATALOG, DAYS, SINCE, UNTIL, allow, coverage_of, inline, managed, role, usage_of, use
from trailmin.current import Role, StateInForce
from trailmin.synth import Evidence, Options, Proposal, Status, propose
from trailmin.synth.backtest import Attempt, Fold, attempt, role_key, split_window, tried, with_confidence
from trailmin.synth.confidence import Backtest, Confidence
from trailmin.synth.model import Window
from trailmin.usage import Outcome, PrincipalUsage, Use

WINDOW = Window(since=SINCE, until=UNTIL)


def on(day: date, action: str, resource: str = "*", **more: object) -> Use:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return use(action, resource, first_seen=noon, last_seen=noon, **{"count": 1, **more})


def between(uses: Iterable[Use], first: date, last: date, name: str = "worker") -> PrincipalUsage:
    days = tuple(day for day in DAYS if first <= day <= last)
    return usage_of([u for u in uses if first <= u.first_seen.date() <= last], name, dates=days)


def assessed(uses: Sequence[Use], *roles: Role, **options: object) -> dict[str, Proposal]:
    """The proposals for roles that all do the same, with their confidence."""
    state = StateInForce(roles=roles or (role(inline(allow(["s3:*", "sqs:*", "ec2:DescribeInstances"]))),))
    settings = Options(minimum_active_days=1, **options)  # type: ignore[arg-type]
    names = [one.name for one in state.roles]

    def evidence(last: date) -> Evidence:
        cut = replace(coverage_of(dates=frozenset(d for d in DAYS if d <= last)), until=last)
        return Evidence(usage=[between(uses, SINCE, last, name) for name in names], coverage=cut)

    whole = evidence(UNTIL)
    folds = [
        Fold(
            known=evidence(window.since - timedelta(days=1)),
            held_out=[between(uses, window.since, window.until, name) for name in names],
            window=window,
        )
        for window in split_window(WINDOW)
    ]
    proposals = propose(state, whole, CATALOG, settings)
    found = with_confidence(proposals, state, whole.usage, attempts(proposals, state, folds, settings))
    return {p.role.name: p for p in found}


def attempts(
    proposals: Sequence[Proposal], state: StateInForce, folds: Sequence[Fold], settings: Options
) -> list[Attempt]:
    """All roles at once; each by itself tells the same, whatever policies they share."""
    changed = tried(proposals)
    keys = sorted(role_key(proposal) for proposal in changed)
    found = [one for fold in folds for one in attempt(changed, keys, state, fold, CATALOG, settings)]
    alone = [one for k in keys for fold in folds for one in attempt(changed, {k}, state, fold, CATALOG, settings)]
    assert sorted(found, key=lambda one: one[0]) == alone
    return found


def confidence_of(uses: Sequence[Use]) -> Confidence:
    found = assessed(uses)["worker"].confidence
    assert found is not None
    return found


OBJECTS = [on(day, "s3:GetObject", "arn:aws:s3:::photos/a.jpg") for day in DAYS]


def test_the_last_three_fifths_of_the_window_are_held_out_one_by_one() -> None:
    splits = split_window(WINDOW)
    assert [(s.since - SINCE).days for s in splits] == [18, 27, 36]
    assert [s.days for s in splits] == [9, 9, 9]
    assert splits[-1].until == UNTIL


def test_a_window_of_four_days_is_not_split() -> None:
    assert split_window(Window(since=SINCE, until=SINCE + timedelta(days=3))) == ()


@given(days=st.integers(min_value=5, max_value=400))
def test_splits_follow_each_other_within_the_window_and_leave_days_to_learn_from(days: int) -> None:
    window = Window(since=SINCE, until=SINCE + timedelta(days=days - 1))
    splits = split_window(window)
    assert splits[0].since > window.since
    assert splits[-1].until == window.until
    assert all(a.until + timedelta(days=1) == b.since for a, b in pairwise(splits))


def test_what_a_role_does_every_day_would_not_have_been_denied() -> None:
    found = confidence_of(OBJECTS)
    assert [(t.calls, t.denied_calls) for t in found.backtests] == [(9, 0)] * 3
    assert found.sentences[0] == (
        "on the last 9 of 45 days 0 of 9 calls would have been denied by policies made from the days before"
    )


def test_what_comes_only_in_the_last_days_would_have_been_denied() -> None:
    late = [on(DAYS[40], "sqs:SendMessage", "arn:aws:sqs:us-east-1:111122223333:jobs", count=4)]
    last = confidence_of([*OBJECTS, *late]).backtests[-1]
    assert (last.calls, last.denied_calls) == (13, 4)
    assert (last.authorizations, last.denied_authorizations) == (2, 1)
    assert last.denied_actions == ("sqs:SendMessage",)
    assert last.false_deny_rate == 4 / 13
    assert last.false_deny_rate_of_authorizations == 1 / 2


def test_calls_that_the_old_policy_did_not_allow_do_not_count() -> None:
    elsewhere = [on(DAYS[40], "dynamodb:PutItem", "arn:aws:dynamodb:us-east-1:111122223333:table/T")]
    last = confidence_of([*OBJECTS, *elsewhere]).backtests[-1]
    assert (last.calls, last.denied_calls) == (9, 0)


def test_refused_and_uncertain_calls_do_not_count() -> None:
    queue = "arn:aws:sqs:us-east-1:111122223333:jobs"
    others = [
        on(DAYS[40], "sqs:SendMessage", queue, outcome=Outcome.DENIED),
        on(DAYS[40], "sqs:SendMessage", queue, outcome=Outcome.UNDETERMINED),
        on(DAYS[40], "sqs:SendMessage", queue, required=False),
    ]
    assert confidence_of([*OBJECTS, *others]).backtests[-1].calls == 9


def test_days_before_the_role_did_anything_are_nothing_to_learn_from() -> None:
    uses = [on(day, "s3:GetObject", "arn:aws:s3:::photos/a.jpg") for day in DAYS[30:]]
    held = inline(allow("s3:*"))
    state = StateInForce(roles=(role(held),))
    settings = Options(minimum_active_days=1)
    usage = [usage_of(uses, dates=DAYS[30:])]
    whole = Evidence(usage=usage, coverage=coverage_of())
    early = replace(coverage_of(dates=frozenset(DAYS[:18])), until=DAYS[17])
    fold = Fold(known=Evidence(usage=[], coverage=early), held_out=usage, window=Window(since=DAYS[18], until=DAYS[26]))
    proposals = propose(state, whole, CATALOG, settings)
    (found,) = with_confidence(proposals, state, usage, attempts(proposals, state, [fold], settings))
    assert found.confidence is not None
    assert found.confidence.backtests == ()
    assert found.confidence.sentences[0].startswith("not back-tested")


def test_a_role_without_changes_has_no_confidence_and_is_not_tried() -> None:
    state = StateInForce(roles=(role(inline(allow("ec2:DescribeInstances"))),))
    usage = [usage_of([use("ec2:DescribeInstances")])]
    proposals = propose(state, Evidence(usage=usage, coverage=coverage_of()), CATALOG, Options())
    assert proposals[0].status is Status.UNCHANGED
    assert tried(proposals) == ()
    assert with_confidence(proposals, state, usage, ()) == proposals


def test_a_shared_policy_is_tried_with_the_use_of_all_its_holders() -> None:
    arns = tuple(f"arn:aws:iam::111122223333:role/{name}" for name in ("one", "two"))
    shared = managed(allow("s3:*"), attached_to=arns)
    found = assessed(OBJECTS, role(shared, name="one"), role(shared, name="two"))
    assert {n: p.confidence.backtests[-1].denied_calls for n, p in found.items() if p.confidence} == {
        "one": 0,
        "two": 0,
    }


def test_the_chance_of_something_new_is_the_share_of_calls_that_are_the_only_one_of_a_kind() -> None:
    found = confidence_of([*OBJECTS, on(DAYS[3], "ec2:DescribeInstances")])
    assert (found.singletons, found.calls) == (1, 46)
    assert found.chance_of_new == 1 / 46
    assert "about 2.17 percent (1 of 46 calls was the only one of a kind)" in found.sentences[-2]


def test_objects_of_a_bucket_are_one_kind() -> None:
    found = confidence_of([on(day, "s3:GetObject", f"arn:aws:s3:::photos/{day}.jpg") for day in DAYS])
    assert (found.singletons, found.saturation) == (0, ((SINCE, 1),))


def test_saturation_tells_when_the_last_new_kind_came() -> None:
    found = confidence_of([*OBJECTS, on(DAYS[3], "ec2:DescribeInstances"), on(DAYS[7], "s3:ListAllMyBuckets")])
    assert found.saturation == ((DAYS[0], 1), (DAYS[3], 2), (DAYS[7], 3))
    assert found.sentences[-1] == "3 kinds of calls were seen, the last new one on day 8 of 45"


def test_without_calls_nothing_is_claimed() -> None:
    nothing = Confidence(since=SINCE, until=UNTIL, backtests=(), calls=0, singletons=0, saturation=())
    assert nothing.chance_of_new == 1
    test = Backtest(
        trained_since=SINCE, since=SINCE, until=UNTIL, calls=0, denied_calls=0, authorizations=0,
        denied_authorizations=0,
    )  # fmt: skip
    assert (test.false_deny_rate, test.false_deny_rate_of_authorizations) == (0, 0)
