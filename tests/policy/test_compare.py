from typing import Any

import pytest
from hypothesis import given

from tests.policy.strategies import policies
from tests.policy.test_evaluate import policy
from tests.policy.test_pack import Catalog
from trailmin.policy.action_catalog import ActionCatalog
from trailmin.policy.compare import Change, Comparison, compare
from trailmin.policy.document import Effect, Policy, policy_of
from trailmin.policy.include import Proven, included_by_containment
from trailmin.policy.pack import merge_statements
from trailmin.policy.parse import parse_policy

A, B = {"Resource": "arn:aws:s3:::a/*"}, {"Resource": "arn:aws:s3:::b/*"}
MFA = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
DENY = {"Effect": "Deny", "Action": "s3:Put*"}


def compared(old: list[dict[str, Any]], new: list[dict[str, Any]], catalog: ActionCatalog | None = None) -> Comparison:
    return compare([policy(*old)], [policy(*new)], catalog)


def listed(found: Comparison, change: Change, effect: Effect = Effect.ALLOW) -> list[str]:
    return [f"{one.grant.action} on {one.grant.resource}" for one in found.of(change, effect)]


def test_order_and_splitting_of_statements_do_not_matter() -> None:
    old = [{"Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"]}]
    new = [{"Action": action, **on} for on in (B, A) for action in ("s3:PutObject", "S3:getobject")]
    found = compared(old, new)
    assert found.is_same
    assert not found.may_be_broader


def test_what_went_what_shrank_what_stayed_and_what_came() -> None:
    old: list[dict[str, Any]] = [{"Action": ["s3:GetObject", "s3:PutObject", "sns:*"]}, {"Action": "iam:PassRole"}]
    new = [{"Action": "s3:GetObject"}, {"Action": "s3:PutObject", **A}, {"Action": "sns:Publish"}, {"Action": "sqs:*"}]
    found = compared(old, new)
    assert listed(found, Change.KEPT) == ["s3:GetObject on *"]
    assert listed(found, Change.REMOVED) == ["iam:PassRole on *"]
    assert listed(found, Change.NARROWED) == ["s3:PutObject on *", "sns:* on *"]
    assert [one.action for one in found.of(Change.NARROWED)[1].now] == ["sns:Publish"]
    assert listed(found, Change.ADDED) == ["sqs:* on *"]
    assert found.may_be_broader


def test_with_a_catalog_a_wildcard_is_compared_action_by_action() -> None:
    found = compared([{"Action": "s3:Get*"}], [{"Action": ["s3:GetObject", "s3:GetObjectAcl"], **A}], Catalog())
    assert listed(found, Change.REMOVED) == ["s3:GetBucketPolicy on *", "s3:GetBucketPolicyStatus on *"]
    assert listed(found, Change.NARROWED) == ["s3:GetObject on *", "s3:GetObjectAcl on *"]
    assert found.of(Change.NARROWED)[0].now[0].resource == "arn:aws:s3:::a/*"
    excepted = compared([{"NotAction": ["s3:*", "ec2:*"]}], [{"Action": "sns:Publish"}], Catalog())
    assert listed(excepted, Change.REMOVED) == ["sns:PublishBatch on *"]
    assert listed(compared([{"NotAction": "s3:*"}], [{"Action": "sns:*"}]), Change.NARROWED) == ["not s3:* on *"]


def test_a_wider_resource_or_a_lost_condition_is_added() -> None:
    assert listed(compared([A], [{}]), Change.ADDED) == ["s3:* on *"]
    found = compared([MFA], [{}])
    assert listed(found, Change.ADDED) == ["s3:* on *"]
    assert found.of(Change.KEPT)[0].grant.conditions[0].key == "aws:MultiFactorAuthPresent"
    assert listed(compared([{}], [MFA]), Change.NARROWED) == ["s3:* on *"]
    assert not compared([{}], [MFA]).may_be_broader


def test_a_deny_that_went_or_shrank_is_loud_and_a_new_one_is_not() -> None:
    gone = compared([{}, DENY], [{}])
    assert listed(gone, Change.REMOVED, Effect.DENY) == ["s3:Put* on *"]
    assert gone.may_be_broader
    assert compared([{}, DENY], [{}, {**DENY, **A}]).may_be_broader
    new = compared([{}], [{}, DENY])
    assert listed(new, Change.ADDED, Effect.DENY) == ["s3:Put* on *"]
    assert not new.may_be_broader
    assert not new.is_same


def test_another_principal_is_added_however_alike_the_rest_is() -> None:
    def trust(service: str) -> Policy:
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        return parse_policy({"Version": "2012-10-17", "Statement": statement}, kind="trust")

    found = compare([trust("ec2.amazonaws.com")], [trust("ecs.amazonaws.com")])
    assert [(one.change, one.grant.principals[0].values[0]) for one in found.changes] == [
        (Change.REMOVED, "ec2.amazonaws.com"),
        (Change.ADDED, "ecs.amazonaws.com"),
    ]
    assert compare([trust("ec2.amazonaws.com")], [trust("ec2.amazonaws.com")]).is_same


@given(policies())
def test_a_policy_is_the_same_as_itself_and_as_its_merged_form(found: Policy) -> None:
    assert compare([found], [found]).is_same
    assert compare([found], [policy_of(merge_statements(found.statements), version=found.version)]).is_same


@given(policies(2), policies(2))
def test_what_is_proven_within_the_old_is_not_shown_as_broader(new: Policy, old: Policy) -> None:
    if included_by_containment([new], [old]) == Proven():
        assert not compare([old], [new]).of(Change.ADDED)


@pytest.mark.parametrize(
    ("operator", "key", "narrow", "wide"),
    [
        ("NumericLessThan", "s3:max-keys", "5", "10"),
        ("DateLessThan", "aws:CurrentTime", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        ("IpAddress", "aws:SourceIp", "10.1.0.0/16", "10.0.0.0/8"),
        ("StringLike", "aws:PrincipalTag/team", "pay-eu-*", "pay-*"),
    ],
)
def test_a_narrower_value_of_a_condition_is_narrower(operator: str, key: str, narrow: str, wide: str) -> None:
    new, old = ([{"Condition": {operator: {key: value}}}] for value in (narrow, wide))
    assert not compared(old, new).may_be_broader
    assert compared(new, old).may_be_broader


def test_of_denials_the_wider_condition_is_the_tighter() -> None:
    wide, narrow = (
        [{**DENY, "Condition": {"IpAddress": {"aws:SourceIp": one}}}] for one in ("10.0.0.0/8", "10.1.0.0/16")
    )
    assert compared(wide, narrow).may_be_broader
    assert not compared(narrow, wide).may_be_broader
