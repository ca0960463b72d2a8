import json
from datetime import UTC, datetime, timedelta

import pytest

from trailmin.usage.policy_changes import in_order, policy_change

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
TEXT = json.dumps({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})


def test_an_inline_policy_is_named_and_a_managed_one_has_an_arn() -> None:
    put = policy_change(NOON, "1", "PutRolePolicy", json.dumps({"roleName": "r", "policyName": "p"}))
    assert (put.role_name, put.policy, put.document) == ("r", "p", None)
    attached = policy_change(NOON, "1", "AttachRolePolicy", json.dumps({"roleName": "r", "policyArn": "arn:p"}))
    assert attached.policy == "arn:p"


def test_the_text_is_read_where_the_event_carries_one() -> None:
    put = policy_change(NOON, "1", "PutRolePolicy", json.dumps({"policyDocument": TEXT}))
    assert put.document is not None
    assert put.document.statements[0].actions == ("*",)


@pytest.mark.parametrize(
    "parameters", [None, "", "null", "[]", "{", '{"roleName": 1, "policyDocument": 2}', '{"policyDocument": "{"}']
)
def test_what_cannot_be_read_is_unknown(parameters: str | None) -> None:
    found = policy_change(NOON, None, "PutRolePolicy", parameters)
    assert (found.role_name, found.policy, found.document) == (None, None, None)


def test_changes_are_in_order_of_time_and_equal_times_keep_theirs() -> None:
    changes = [
        policy_change(NOON + timedelta(days=d), None, "PutRolePolicy", json.dumps({"policyName": n}))
        for d, n in ((1, "c"), (0, "a"), (0, "b"))
    ]
    assert [c.policy for c in in_order(changes)] == ["a", "b", "c"]
