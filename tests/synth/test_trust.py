import json
from typing import Any

import pytest

from trailmin.policy import parse_policy
from trailmin.synth.trust import may_assume


def trust(**statement: Any) -> bool:
    given = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"} | statement
    document = {"Version": "2012-10-17", "Statement": [{k: v for k, v in given.items() if v is not None}]}
    return may_assume(parse_policy(json.dumps(document), kind="trust"), "s3.amazonaws.com")


@pytest.mark.parametrize(
    "statement",
    [
        {},
        {"Principal": {"Service": ["ec2.amazonaws.com", "s3.amazonaws.com"]}},
        {"Principal": "*"},
        {"Principal": {"AWS": "*"}},
        {"Principal": None, "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"}},
        {"Action": "sts:*"},
        {"Action": None, "NotAction": "sts:TagSession"},
        {"Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}},
    ],
)
def test_a_service_that_is_let_in_or_may_be(statement: dict[str, Any]) -> None:
    assert trust(**statement)


@pytest.mark.parametrize(
    "statement",
    [
        {"Principal": {"Service": "ec2.amazonaws.com"}},
        {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}},
        {"Action": "sts:TagSession"},
        {"Action": None, "NotAction": "sts:*"},
        {"Effect": "Deny"},
    ],
)
def test_a_service_that_is_not_let_in(statement: dict[str, Any]) -> None:
    assert not trust(**statement)
