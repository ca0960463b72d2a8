from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.policy.strategies import ACTIONS, CONTEXTS, RESOURCE_PATTERNS, RESOURCES, policies
from tests.policy.test_evaluate import policy
from trailmin.policy.document import Policy, policy_of
from trailmin.policy.evaluate import DecisionKind, decide
from trailmin.policy.include import NotProven, Proven, included_by_containment
from trailmin.policy.match import resource_meet
from trailmin.policy.parse import parse_policy
from trailmin.policy.request import Request

MFA = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
BUCKET = {"Resource": "arn:aws:s3:::b/*"}
DENY = {"Effect": "Deny", "Action": "s3:Put*", **BUCKET}


def proven(new: list[dict[str, Any]], old: list[dict[str, Any]]) -> bool:
    return included_by_containment([policy(*new)], [policy(*old)]) == Proven()


def condition(operator: str, *values: str, key: str = "aws:PrincipalTag/team") -> dict[str, Any]:
    return {"Condition": {operator: {key: list(values)}}}


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ([{"Action": ["s3:GetObject", "s3:PutObject"], **BUCKET}], [{}]),
        ([{"Action": ["s3:GetObject", "sns:Publish"]}], [{"Action": "sns:*"}, {"Action": "s3:Get*"}]),
        ([{"Resource": ["arn:aws:s3:::a", "arn:aws:s3:::b"]}], [BUCKET, {"Resource": "arn:aws:s3:::?"}]),
        ([{"Action": "s3:GetObject"}], [{"NotAction": "iam:*"}]),
        ([{"NotAction": ["iam:*", "sts:*"]}], [{"NotAction": "iam:Pass*"}]),
        ([{"NotAction": "iam:*"}], [{"Action": "*"}]),
        ([BUCKET], [{"NotResource": "arn:aws:s3:::secret/*"}]),
        ([{"NotResource": ["arn:aws:s3:::a*", "arn:aws:s3:::b"]}], [{"NotResource": "arn:aws:s3:::ab"}]),
        ([{"NotResource": "arn:aws:s3:::a*"}], [{}]),
        ([MFA], [{}]),
        ([MFA], [MFA]),
        ([DENY, {}], [{}, DENY]),
        ([{**DENY, "Action": "s3:*"}, {}], [{}, {**DENY, **MFA}]),
        ([{}, DENY], [{}]),
        ([condition("StringEquals", "a")], [condition("StringEquals", "a", "b")]),
        ([condition("StringEquals", "a")], [condition("stringequalsifexists", "a", "b")]),
        ([condition("StringNotEquals", "a", "b")], [condition("StringNotEquals", "a")]),
        ([condition("ForAllValues:StringLike", "a")], [condition("ForAllValues:StringLike", "b*", "a")]),
        ([{"Resource": "arn:aws:s3:::${aws:username}/x"}], [{"Resource": "arn:aws:s3:::${aws:UserName}/*"}]),
        ([{"Resource": "arn:aws:s3:::${aws:username}/x"}], [{"Resource": "arn:aws:s3:::*/x"}]),
    ],
)
def test_what_is_narrowed_is_proven(new: list[dict[str, Any]], old: list[dict[str, Any]]) -> None:
    assert proven(new, old)


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ([{"Action": "s3:*"}], [{"Action": "s3:?"}]),
        ([{"Action": "s3:Get*"}], [{"Action": ["s3:GetObject", "s3:GetObjectAcl"]}]),
        ([{}], [BUCKET]),
        ([{}], [MFA]),
        ([{"NotAction": "iam:*"}], [{"Action": "s3:*"}]),
        ([{"NotAction": "iam:Pass*"}], [{"NotAction": "iam:*"}]),
        ([{"Action": "iam:PassRole"}], [{"NotAction": "iam:*"}]),
        ([{"NotResource": "arn:aws:s3:::ab"}], [{"NotResource": "arn:aws:s3:::a*"}]),
        ([{"Resource": "arn:aws:s3:::*"}], [{"NotResource": "arn:aws:s3:::secret/*"}]),
        ([{}], [{}, DENY]),
        ([{}, {**DENY, **MFA}], [{}, DENY]),
        ([{}, {**DENY, "Action": "s3:PutObject"}], [{}, DENY]),
        ([condition("StringEquals", "a", "b")], [condition("StringEquals", "a")]),
        ([condition("StringEqualsIfExists", "a")], [condition("StringEquals", "a")]),
        ([condition("StringNotEquals", "a")], [condition("StringNotEquals", "a", "b")]),
        (
            [condition("NumericLessThan", "50", key="s3:max-keys")],
            [condition("NumericLessThan", "10", key="s3:max-keys")],
        ),
        ([condition("Null", "true")], [condition("Null", "false")]),
        ([condition("StringLike", "a*")], [condition("StringEquals", "a*")]),
        ([{"Resource": "arn:aws:s3:::*/x"}], [{"Resource": "arn:aws:s3:::${aws:username}/x"}]),
        ([{"Resource": "arn:aws:s3:::${aws:username}/x"}], [{"Resource": "arn:aws:s3:::?/x"}]),
        ([{"Resource": "arn:aws:s3:::${aws:username}"}], [{"NotResource": "arn:aws:s3:::secret"}]),
    ],
)
def test_what_may_be_broader_is_not_proven(new: list[dict[str, Any]], old: list[dict[str, Any]]) -> None:
    assert not proven(new, old)


def test_a_failed_proof_names_the_statement_and_what_it_allows() -> None:
    outcome = included_by_containment([policy({"Sid": "New"}, BUCKET)], [policy(BUCKET)])
    assert isinstance(outcome, NotProven)
    assert outcome.reason == (
        "Statement[0] (New) of policy 0 allows s3:* on *, which no old statement is seen to allow"
    )
    outcome = included_by_containment([policy({})], [policy({}, {**DENY, "Sid": "Old"})])
    assert isinstance(outcome, NotProven)
    assert outcome.statement is not None
    assert outcome.statement.sid == "Old"


def test_a_variable_in_an_old_policy_is_not_one_in_a_new_policy() -> None:
    with_variable = {"Resource": "arn:aws:s3:::${aws:username}/x"}
    old = policy(with_variable, version="2008-10-17")
    assert isinstance(included_by_containment([policy(with_variable)], [old]), NotProven)
    assert included_by_containment([old], [old]) == Proven()


def test_trust_policies_are_compared_with_their_principals() -> None:
    def trust(service: str) -> Policy:
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        return parse_policy({"Version": "2012-10-17", "Statement": [statement]}, kind="trust")

    ec2, ecs = trust("ec2.amazonaws.com"), trust("ecs.amazonaws.com")
    assert included_by_containment([ec2], [ec2]) == Proven()
    assert isinstance(included_by_containment([ecs], [ec2]), NotProven)


@given(policies())
def test_every_policy_is_within_itself(found: Policy) -> None:
    assert included_by_containment([found], [found]) == Proven()


@given(policies())
def test_a_policy_that_lost_allows_is_within_the_one_it_was_made_of(old: Policy) -> None:
    kept = [found for found in old.statements if not found.is_allow or found.index % 2 == 0]
    assume(kept)
    assert included_by_containment([policy_of(kept, version=old.version)], [old]) == Proven()


@settings(max_examples=2000)
@given(RESOURCE_PATTERNS, RESOURCE_PATTERNS)
def test_a_met_resource_is_within_the_old_grant(observed: str, granted: str) -> None:
    met = resource_meet(observed, granted)
    if met is not None:
        assert proven([{"Action": "s3:GetObject", "Resource": met}], [{"Resource": granted}])


@settings(max_examples=2000)
@given(policies(2), policies(), st.lists(st.tuples(ACTIONS, RESOURCES, CONTEXTS), min_size=6, max_size=6))
def test_what_is_proven_allows_no_request_that_the_old_policy_does_not(
    new: Policy, old: Policy, requests: list[tuple[str, str, dict[str, tuple[str, ...]]]]
) -> None:
    if included_by_containment([new], [old]) != Proven():
        return
    for action, resource, context in requests:
        request = Request(action=action, resource=resource, context=context, other_keys="absent")
        if decide([new], request).decision is DecisionKind.ALLOWED:
            assert decide([old], request).decision in {DecisionKind.ALLOWED, DecisionKind.UNDETERMINED}
