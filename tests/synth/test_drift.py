"""A role's story, run by run: proposed, merged, widened, reverted, gone."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.synth.situation import (
    ACCOUNT,
    UNTIL,
    allow,
    coverage_of,
    inline,
    proposals_for,
    role,
    usage_of,
    use,
)
from trailmin.current import AccountSnapshot, PolicyInForce, Role, StateInForce
from trailmin.policy import DecisionKind, decide, parse_policy
from trailmin.synth.drift import find_drift
from trailmin.synth.drift_model import Approval, DriftKind, digest_of, policy_texts
from trailmin.synth.model import Proposal
from trailmin.synth.run_record import Row, remembered, run_id, run_rows
from trailmin.usage import PolicyChangeEvent

WIDE = inline(allow(["sqs:CreateQueue", "sqs:DeleteQueue"]))
NARROW = inline(allow("sqs:CreateQueue", f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"))
WIDENED = inline(allow(["sqs:CreateQueue", "iam:CreateUser"], "*"))
USED = [use("sqs:CreateQueue", f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders", count=30)]
OTHER = role(inline(allow("sns:CreateTopic"), role="other"), name="other")


def state_of(*roles: Role) -> StateInForce:
    return StateInForce(roles=(*roles, OTHER), accounts={ACCOUNT: AccountSnapshot(account=ACCOUNT)})


def proposals(state: StateInForce, day: int, **options: Any) -> tuple[Proposal, ...]:
    coverage = coverage_of(dates=frozenset(UNTIL + timedelta(days=n) for n in range(-60, day + 1)))
    coverage = replace(coverage, until=UNTIL + timedelta(days=day))
    used = [usage_of(USED), usage_of([use("sns:CreateTopic")], name="other")]
    found = proposals_for(state.roles, used, coverage=coverage, accounts=state.accounts, **options)
    return tuple(found[name] for name in sorted(found))


def run_on(
    day: int, state: StateInForce, last: Sequence[Row] = (), changes: Sequence[PolicyChangeEvent] = (), **options: Any
) -> tuple[Row, ...]:
    """The rows of a run some days after UNTIL, as the table gives them back."""
    nothing = dict.fromkeys(
        ("drift", "drift_reason", "drift_since", "detected_days", "remediated_days", "approved", "approved_by",
         "approved_on", "before", "proposed", "proposal_digest")
    )  # fmt: skip
    rows = run_rows(proposals(state, day, **options), state, changes, last)
    return tuple(nothing | dict(row) for row in rows)


def worker(*policies: PolicyInForce, **more: Any) -> StateInForce:
    return state_of(role(*policies, **more))


def proposed_by(rows: Sequence[Row]) -> PolicyInForce:
    """The worker's policy as the run proposes it."""
    (found,) = row_of(rows)["proposed"]
    return inline(*parse_and_list(found["text"]))


def parse_and_list(text: str) -> list[dict[str, Any]]:
    found = json.loads(text)["Statement"]
    return found if isinstance(found, list) else [found]


def row_of(rows: Sequence[Row], name: str = "worker") -> Row:
    (found,) = [row for row in rows if row["role"] == name]
    return found


def kinds(state: StateInForce, rows: Sequence[Row]) -> dict[str, DriftKind]:
    return {drift.role: drift.kind for drift in find_drift(state, remembered(rows)) if drift.role != "other"}


def test_a_proposal_that_nobody_merged_is_told() -> None:
    rows = run_on(0, worker(WIDE))
    assert row_of(rows)["proposed"] is not None
    assert kinds(worker(WIDE), rows) == {"worker": DriftKind.NOT_MERGED}


def test_a_merged_proposal_is_no_drift_and_the_next_run_counts_it() -> None:
    first = run_on(0, worker(WIDE))
    merged = worker(proposed_by(first))
    assert kinds(merged, first) == {}
    second = run_on(5, merged, first)
    assert row_of(second)["is_merged"] is True
    assert row_of(second)["approved_by"] is Approval.MERGED
    assert row_of(second)["approved_on"] == UNTIL + timedelta(days=5)
    assert row_of(second)["revoked"] == [{"days": 5, "grants": 1}]
    third = run_on(6, merged, second)
    assert row_of(third)["is_merged"] is False
    assert row_of(third)["revoked"] == []
    assert kinds(merged, third) == {}


def test_something_narrower_than_the_proposal_counts_as_merged() -> None:
    first = run_on(0, worker(WIDE))
    assert kinds(worker(NARROW), first) == {}
    assert row_of(run_on(1, worker(NARROW), first))["is_merged"] is True


def test_an_older_proposal_that_is_merged_late_is_known_again() -> None:
    first = run_on(0, worker(WIDE), resources="parent")
    second = run_on(1, worker(WIDE), first)
    third = run_on(2, worker(proposed_by(first)), second)
    assert row_of(third)["is_merged"] is True


def test_what_is_wider_than_the_merged_proposal_is_drift_with_a_request_that_shows_it() -> None:
    first = run_on(0, worker(WIDE))
    merged = proposed_by(first)
    second = run_on(1, worker(merged), first)
    (drift,) = [d for d in find_drift(worker(WIDENED), remembered(second)) if d.role == "worker"]
    assert drift.kind is DriftKind.WIDENED
    assert drift.witness is not None
    assert decide([WIDENED.policy], drift.witness).decision is DecisionKind.ALLOWED
    assert decide([merged.policy], drift.witness).decision is not DecisionKind.ALLOWED
    assert "wider than the proposal that was merged by 2026-10-16" in drift.reason


def test_what_was_before_the_merge_is_reverted() -> None:
    first = run_on(0, worker(WIDE))
    second = run_on(1, worker(proposed_by(first)), first)
    assert kinds(worker(WIDE), second) == {"worker": DriftKind.REVERTED}


def test_drift_stays_until_it_is_gone_and_its_times_are_kept() -> None:
    first = run_on(0, worker(WIDE))
    merged = proposed_by(first)
    second = run_on(1, worker(merged), first)
    change = PolicyChangeEvent(
        time=datetime.combine(UNTIL + timedelta(days=3), datetime.min.time(), UTC),
        account=ACCOUNT,
        event_name="PutRolePolicy",
        role_name="worker",
        policy="Access",
        document=None,
    )
    third = run_on(7, worker(WIDENED), second, [change])
    assert row_of(third)["drift"] is DriftKind.WIDENED
    assert row_of(third)["drift_since"] == UNTIL + timedelta(days=7)
    assert row_of(third)["detected_days"] == 4
    fourth = run_on(9, worker(WIDENED), third, [change])
    assert row_of(fourth)["drift_since"] == UNTIL + timedelta(days=7)
    assert row_of(fourth)["detected_days"] is None
    fifth = run_on(12, worker(merged), fourth)
    assert row_of(fifth)["drift"] is None
    assert row_of(fifth)["remediated_days"] == 5
    sixth = run_on(13, worker(merged), fifth)
    assert row_of(sixth)["remediated_days"] is None


def test_the_first_run_approves_what_it_finds_and_tells_what_is_wider_later() -> None:
    first = run_on(0, worker(NARROW))
    assert row_of(first)["approved_by"] is Approval.FIRST_SEEN
    assert kinds(worker(NARROW), first) == {}
    assert kinds(worker(NARROW, inline(allow("iam:*"), name="Extra")), first) == {"worker": DriftKind.WIDENED}


def test_a_role_that_came_after_the_first_run_is_new_until_a_proposal_for_it_is_merged() -> None:
    first = run_on(0, state_of())
    assert kinds(worker(WIDE), first) == {"worker": DriftKind.NEW_ROLE}
    second = run_on(1, worker(WIDE), first)
    assert row_of(second)["drift"] is DriftKind.NEW_ROLE
    assert kinds(worker(WIDE), second) == {"worker": DriftKind.NEW_ROLE}
    third = run_on(2, worker(proposed_by(second)), second)
    assert row_of(third)["drift"] is None


def test_a_wider_policy_is_approved_once_a_run_finds_all_of_it_in_use() -> None:
    first = run_on(0, worker(inline(allow("sqs:CreateQueue", "arn:aws:sqs:*:*:none"))))
    second = run_on(1, worker(NARROW), first)
    assert row_of(second)["status"] == "unchanged"
    assert row_of(second)["approved_by"] is Approval.SETTLED
    assert kinds(worker(NARROW), second) == {}


def test_what_is_too_new_to_tell_is_not_approved() -> None:
    first = run_on(0, worker(inline(allow("sqs:CreateQueue", "arn:aws:sqs:*:*:none"))))
    recent = datetime(2026, 10, 10, tzinfo=UTC)
    second = run_on(1, worker(NARROW, created=recent), first)
    assert row_of(second)["too_new"] == 1
    assert row_of(second)["drift"] is DriftKind.WIDENED


def test_what_need_not_have_shown_is_not_approved_by_a_run_that_leaves_it() -> None:
    first = run_on(0, worker(NARROW))
    hidden = inline(*parse_and_list(NARROW.text), allow("cloudwatch:PutMetricData"))
    second = run_on(1, worker(hidden), first)
    assert (row_of(second)["status"], row_of(second)["not_observable"]) == ("unchanged", 1)
    assert row_of(second)["drift"] is DriftKind.WIDENED


def test_what_need_not_have_shown_and_was_approved_does_not_keep_the_rest_from_being_approved() -> None:
    hidden = allow("cloudwatch:PutMetricData")
    first = run_on(0, worker(inline(hidden)))
    second = run_on(1, worker(inline(hidden, *parse_and_list(NARROW.text))), first)
    assert row_of(second)["drift"] is None
    assert row_of(second)["approved_by"] is Approval.SETTLED


def test_a_role_that_is_gone_is_told_once_and_revokes_what_it_had() -> None:
    first = run_on(0, worker(WIDE))
    assert kinds(state_of(), first) == {"worker": DriftKind.ROLE_GONE}
    second = run_on(4, state_of(), first)
    assert (row_of(second)["status"], row_of(second)["drift"]) == ("gone", DriftKind.ROLE_GONE)
    assert row_of(second)["revoked"] == [{"days": 4, "grants": 1}]
    third = run_on(5, state_of(), second)
    assert [row["status"] for row in third if row["role"] == "worker"] == ["explained"]


def test_a_role_that_comes_back_to_an_account_without_roles_is_not_approved_by_that() -> None:
    accounts = {ACCOUNT: AccountSnapshot(account=ACCOUNT)}
    first = run_on(0, StateInForce(roles=(role(NARROW),), accounts=accounts))
    emptied = run_on(1, StateInForce(accounts=accounts), first)
    assert {row["status"] for row in emptied} == {"gone", "explained"}
    again = row_of(run_on(2, StateInForce(roles=(role(WIDENED),), accounts=accounts), emptied))
    assert (again["approved_by"], again["drift"]) == (None, DriftKind.NEW_ROLE)


def test_a_grant_is_unused_since_the_run_that_said_so_first() -> None:
    first = run_on(0, worker(WIDE))
    second = run_on(3, worker(WIDE), first)
    (since,) = {g["unused_since"] for g in row_of(second)["verdicts"] if g["unused_since"] is not None}
    assert since == UNTIL


def test_the_id_of_a_run_depends_on_what_it_found() -> None:
    assert run_id(proposals(worker(WIDE), 0)) == run_id(proposals(worker(WIDE), 0))
    assert run_id(proposals(worker(WIDE), 0)) != run_id(proposals(worker(NARROW), 0))
    assert run_id(proposals(worker(WIDE), 0)) != run_id(proposals(worker(WIDE), 1))


def test_names_order_and_layout_of_policies_make_no_difference() -> None:
    a, b = WIDE.policy, NARROW.policy
    spaced = parse_policy(NARROW.text.replace("\n", "\n\n"))
    assert digest_of(policy_texts([("x", a), ("y", b)])) == digest_of(policy_texts([("p", spaced), ("q", a)]))


def test_an_account_that_no_run_has_looked_at_is_no_drift() -> None:
    rows = run_on(0, worker(WIDE))
    elsewhere = StateInForce(roles=(role(WIDE, account="999988887777"),))
    assert find_drift(elsewhere, remembered(rows)) == ()
