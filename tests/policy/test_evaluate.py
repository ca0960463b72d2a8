from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.policy.strategies import ACTIONS, CONTEXTS, RESOURCES, policies
from trailmin.policy.document import Policy
from trailmin.policy.evaluate import DecisionKind, decide
from trailmin.policy.parse import parse_policy
from trailmin.policy.request import Request

ALLOWED, DENIED = DecisionKind.ALLOWED, DecisionKind.EXPLICITLY_DENIED
IMPLICIT, OPEN = DecisionKind.IMPLICITLY_DENIED, DecisionKind.UNDETERMINED
KEY = "arn:aws:s3:::b/x"


def policy(*statements: dict[str, Any], version: str = "2012-10-17", origin: str | None = None) -> Policy:
    filled = [{"Effect": "Allow", **found} for found in statements]
    for found in filled:
        if "NotAction" not in found:
            found.setdefault("Action", "s3:*")
        if "NotResource" not in found:
            found.setdefault("Resource", "*")
    return parse_policy({"Version": version, "Statement": filled}, origin=origin)


def decision(resource: str, *found: Policy, action: str = "s3:GetObject", **context: str) -> DecisionKind:
    keys = {name.replace("_", ":"): (value,) for name, value in context.items()}
    return decide(found, Request(action=action, resource=resource, context=keys)).decision


def test_an_explicit_deny_wins_and_is_named() -> None:
    allow, deny = (
        policy({}),
        policy({"Sid": "No", "Effect": "Deny", "Resource": "arn:aws:s3:::b/*"}, origin="deny.json"),
    )
    decided = decide([allow, deny], Request(action="s3:GetObject", resource=KEY))
    assert decided.decision is DENIED
    assert str(decided.by) == "Statement[0] (No) of deny.json"
    assert decision("arn:aws:s3:::c/x", allow, deny) is ALLOWED
    assert decision(KEY, allow, action="sns:Publish") is IMPLICIT


def test_not_action_and_not_resource() -> None:
    found = policy({"Action": "iam:*", "Resource": "*"}, {"Effect": "Allow", "NotResource": "arn:aws:s3:::b/*"})
    assert decision(KEY, found) is IMPLICIT
    assert decision("arn:aws:s3:::c", found) is ALLOWED
    without = parse_policy({"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}})
    assert decision(KEY, without) is ALLOWED
    assert decision("*", without, action="IAM:ListRoles") is IMPLICIT


def test_an_action_without_resources_needs_a_pattern_that_matches_everything() -> None:
    assert decision("*", policy({"Resource": "*"})) is ALLOWED
    assert decision("*", policy({"Resource": "arn:aws:s3:::b/*"})) is IMPLICIT
    assert decision("*", policy({"NotResource": "arn:aws:s3:::b/*"})) is ALLOWED


def test_an_unknown_part_of_the_resource_leaves_the_decision_open() -> None:
    found = policy({"Action": "ec2:*", "Resource": "arn:aws:ec2:*:*:volume/vol-1*"})
    row = "arn:aws:ec2:us-east-1:1:volume/*"
    assert decision(row, found, action="ec2:CreateVolume") is OPEN
    assert decision("arn:aws:ec2:us-east-1:1:volume/vol-1", found, action="ec2:CreateVolume") is ALLOWED
    assert decision("arn:aws:ec2:us-east-1:1:snapshot/*", found, action="ec2:CreateVolume") is IMPLICIT
    assert (
        decision(row, policy({"Effect": "Deny", "Action": "*", "Resource": row}), action="ec2:CreateVolume") is DENIED
    )


def test_unknown_keys_leave_the_decision_open_and_known_ones_close_it() -> None:
    found = policy({"Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}})
    assert decision(KEY, found) is OPEN
    assert decision(KEY, found, aws_SourceVpce="vpce-1") is ALLOWED
    assert decision(KEY, found, AWS_sourcevpce="vpce-2") is IMPLICIT
    denied = policy({}, {"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}})
    assert decision(KEY, denied) is OPEN
    absent = Request(action="s3:GetObject", resource=KEY, other_keys="absent")
    assert decide([denied], absent).decision is ALLOWED
    assert decide([found], absent).decision is IMPLICIT


def test_a_variable_in_a_resource_takes_the_known_value() -> None:
    found = policy({"Resource": "arn:aws:s3:::b/${aws:username}/*"})
    assert decision("arn:aws:s3:::b/bob/x", found) is OPEN
    assert decision("arn:aws:s3:::b/bob/x", found, aws_username="bob") is ALLOWED
    assert decision("arn:aws:s3:::b/bob/x", found, aws_username="*") is IMPLICIT
    assert decision("arn:aws:s3:::c/bob/x", found) is IMPLICIT
    old = policy({"Resource": "arn:aws:s3:::b/${aws:username}/*"}, version="2008-10-17")
    assert decision("arn:aws:s3:::b/bob/x", old, aws_username="bob") is IMPLICIT
    assert decision("arn:aws:s3:::b/${$}{aws:username}/x", old) is ALLOWED


@given(st.lists(policies(), max_size=2), ACTIONS, RESOURCES, CONTEXTS, CONTEXTS)
def test_what_is_decided_without_knowing_all_keys_holds_whatever_they_are(
    found: list[Policy],
    action: str,
    resource: str,
    known: dict[str, tuple[str, ...]],
    others: dict[str, tuple[str, ...]],
) -> None:
    part = decide(found, Request(action=action, resource=resource, context=known)).decision
    whole = decide(
        found, Request(action=action, resource=resource, context={**others, **known}, other_keys="absent")
    ).decision
    if part is IMPLICIT:
        assert whole in {IMPLICIT, DENIED}
    else:
        assert part in {OPEN, whole} or whole is OPEN
