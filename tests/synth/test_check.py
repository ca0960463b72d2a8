from typing import Any

import pytest

from trailmin.policy import Policy, parse_policy
from trailmin.synth.check import CASES, CONTAINMENT, prove


def policy(**elements: Any) -> Policy:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **elements}
    return parse_policy({"Version": "2012-10-17", "Statement": [statement]})


def test_narrower_statements_are_proven_by_containment() -> None:
    proof = prove([policy(Resource="arn:aws:s3:::images/*")], [policy(Action="s3:*")])
    assert proof.proven
    assert proof.method == CONTAINMENT


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ({"NumericLessThan": {"s3:max-keys": "5"}}, {"NumericLessThan": {"s3:max-keys": "10"}}),
        ({"IpAddress": {"aws:SourceIp": "10.1.0.0/16"}}, {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
    ],
)
def test_what_containment_does_not_see_is_proven_by_cases(new: dict[str, Any], old: dict[str, Any]) -> None:
    proof = prove([policy(Condition=new)], [policy(Condition=old)])
    assert proof.proven
    assert proof.method == CASES


def test_a_broader_policy_is_refuted_by_a_request_that_is_named() -> None:
    proof = prove([policy(Action="s3:*")], [policy(Action="s3:Get*")])
    assert not proof.proven
    assert proof.reason is not None
    assert "which is not allowed now" in proof.reason


def test_a_deny_that_is_gone_is_refuted() -> None:
    deny = policy(Effect="Deny", Resource="arn:aws:s3:::images/secret")
    assert prove([policy(), deny], [policy(), deny]).proven
    assert not prove([policy()], [policy(), deny]).proven
