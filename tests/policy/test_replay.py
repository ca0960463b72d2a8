from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.strategies import ACTIONS, CONTEXTS, RESOURCES, policies
from tests.policy.test_evaluate import policy
from trailmin.policy import replay
from trailmin.policy.document import Policy
from trailmin.policy.evaluate import DecisionKind, decide
from trailmin.policy.replay import Kept, Lost, NotGranted, StillAllowed, still_allowed
from trailmin.policy.request import Request

VPCE = {"Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}}
MFA = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}


def replayed(
    old: list[dict[str, Any]], new: list[dict[str, Any]], resource: str = "arn:aws:s3:::b/x", **context: str
) -> StillAllowed:
    keys = {name.replace("_", ":"): (value,) for name, value in context.items()}
    request = Request(action="s3:GetObject", resource=resource, context=keys)
    return still_allowed([policy(*old)], [policy(*new)], request)


def test_an_unknown_condition_that_both_carry_is_kept() -> None:
    assert replayed([VPCE], [{**VPCE, "Action": "s3:GetObject"}]) == Kept()


def test_a_condition_that_only_the_new_policy_has_loses_the_call_unless_it_is_known_to_hold() -> None:
    lost = replayed([{}], [{"Sid": "New", **VPCE}])
    assert isinstance(lost, Lost)
    assert lost.reason == (
        "Statement[0] of policy 0 allows s3:GetObject, no new statement allows it, "
        "where stringequals aws:sourcevpce does not hold"
    )
    assert replayed([{}], [VPCE], aws_SourceVpce="vpce-1") == Kept()


def test_a_new_deny_loses_the_call_and_is_named() -> None:
    lost = replayed([{}], [{}, {"Effect": "Deny", "Sid": "Stop", **MFA}])
    assert isinstance(lost, Lost)
    assert str(lost.denied_by) == "Statement[1] (Stop) of policy 0"
    assert replayed([{}, {"Effect": "Deny", **MFA}], [{}, {"Effect": "Deny", **MFA}]) == Kept()


def test_a_call_that_no_statement_can_have_allowed_was_granted_elsewhere() -> None:
    assert replayed([{"Resource": "arn:aws:s3:::other"}], [{}]) == NotGranted()
    assert replayed([{**VPCE}], [{}], aws_SourceVpce="vpce-2") == NotGranted()
    assert isinstance(replayed([VPCE], [{"Action": "s3:PutObject"}]), Lost)


def test_two_statements_that_cover_all_cases_together_keep_the_call() -> None:
    absent = {"Condition": {"Null": {"aws:SourceVpce": "true"}}}
    denied = [{}, {"Effect": "Deny", **absent}]
    assert replayed([*denied, VPCE], denied) == Kept()
    assert isinstance(replayed([{}], [VPCE, absent]), Lost), "atoms on one key are not related to each other"


def test_cases_are_tried_where_single_statements_do_not_tell() -> None:
    # Old: the endpoint, unless denied for it. So whatever holds, old never allows.
    assert replayed([VPCE, {"Effect": "Deny", **VPCE}], [{"Action": "s3:PutObject"}]) == Kept()


def test_above_the_cap_the_call_is_not_claimed_to_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "ATOM_CAP", 0)
    assert isinstance(replayed([VPCE, {"Effect": "Deny", **VPCE}], [{"Action": "s3:PutObject"}]), Lost)
    assert replayed([VPCE], [VPCE]) == Kept()


def test_unknown_parts_of_a_resource_are_kept_where_the_new_pattern_holds_all_that_the_old_one_did() -> None:
    row = "arn:aws:s3:::b/*/2024"
    assert replayed([{"Resource": "arn:aws:s3:::*/2024"}], [{"Resource": "arn:aws:s3:::b/*"}], row) == Kept()
    assert replayed([{"Resource": "arn:aws:s3:::b/x*"}], [{"Resource": "arn:aws:s3:::b/x*"}], row) == Kept()
    assert replayed([{"Resource": "arn:*:s3:::b/x*"}], [{"Resource": "arn:aws:s3:::b/x*"}], row) == Kept()
    assert isinstance(replayed([{"Resource": "arn:aws:s3:::b/x*"}], [{"Resource": "arn:aws:s3:::b/xy*"}], row), Lost)
    assert isinstance(replayed([{}], [{"Resource": "arn:aws:s3:::b/x*"}], row), Lost)
    denied = {"Effect": "Deny", "Resource": "arn:aws:s3:::b/x*"}
    assert replayed([{}, denied], [{"NotResource": "arn:aws:s3:::b/x*"}], row) == Kept()


@given(policies(), ACTIONS, RESOURCES, CONTEXTS)
def test_unchanged_policies_keep_every_call(
    found: Policy, action: str, resource: str, context: dict[str, tuple[str, ...]]
) -> None:
    outcome = still_allowed([found], [found], Request(action=action, resource=resource, context=context))
    assert not isinstance(outcome, Lost)


@settings(max_examples=2000)
@given(policies(), policies(), ACTIONS, RESOURCES, CONTEXTS, st.lists(CONTEXTS, min_size=4, max_size=4))
def test_a_kept_call_is_allowed_by_new_wherever_old_allows_it(
    old: Policy,
    new: Policy,
    action: str,
    resource: str,
    known: dict[str, tuple[str, ...]],
    completions: list[dict[str, tuple[str, ...]]],
) -> None:
    outcome = still_allowed([old], [new], Request(action=action, resource=resource, context=known))
    for others in completions:
        whole = Request(action=action, resource=resource, context={**others, **known}, other_keys="absent")
        before, after = (decide([found], whole).decision for found in (old, new))
        if isinstance(outcome, NotGranted):
            assert before not in {DecisionKind.ALLOWED, DecisionKind.UNDETERMINED}
        if isinstance(outcome, Kept) and before is DecisionKind.ALLOWED:
            assert after in {DecisionKind.ALLOWED, DecisionKind.UNDETERMINED}
