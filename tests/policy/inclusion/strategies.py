"""Policies with conditions of every family, on few keys, so that they meet."""

from dataclasses import replace
from random import Random

from hypothesis import strategies as st

from tests.policy.strategies import ACTION_TEXTS, EFFECTS, RESOURCE_TEXTS, by_key, distinct, seeded, some
from trailmin.policy.document import (
    VERSION_2008,
    VERSION_2012,
    Condition,
    Effect,
    Policy,
    Principals,
    Statement,
    policy_of,
)

TEXTS = ["a", "A", "ab", "a*", "*b", "?", "*", "", "true", "b${*}", "${aws:username}", "${aws:userid,'a'}"]
ARNS = ["arn:aws:iam::1:role/*", "arn:aws:iam::1:role/a", "arn:*:iam::*:role/?", "*", "a"]
NUMBERS = ["5", "10", "7.5", "-1", "x"]
DATES = ["2024-01-01T00:00:00Z", "2024-06-01T00:00:00Z", "1704067200"]
NETWORKS = ["10.0.0.0/8", "10.0.0.0/24", "10.0.0.1", "10.0.0.128/25", "2001:db8::/32", "bad"]
BYTES = ["YQ==", "YWI=", "!"]
FAMILIES: list[tuple[list[str], list[str], list[str]]] = [
    (
        ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase"],
        TEXTS,
        ["aws:PrincipalTag/t", "aws:TagKeys"],
    ),
    (["ArnLike", "ArnNotEquals", "StringLike"], ARNS, ["aws:PrincipalArn"]),
    (["NumericLessThan", "NumericEquals", "NumericNotEquals", "NumericGreaterThanEquals"], NUMBERS, ["s3:max-keys"]),
    (["DateLessThan", "DateGreaterThanEquals", "DateNotEquals"], DATES, ["aws:CurrentTime"]),
    (["IpAddress", "NotIpAddress"], NETWORKS, ["aws:SourceIp", "x:Networks"]),
    (["Bool", "StringEquals"], ["true", "false", "TRUE"], ["aws:SecureTransport"]),
    (["BinaryEquals"], BYTES, ["x:Bytes"]),
    (["NoSuchOperator"], ["1"], ["x:Odd"]),
]


def _condition(rng: Random) -> Condition:
    operators, values, keys = rng.choice(FAMILIES)
    key = rng.choice(keys)
    if rng.random() < 1 / 7:
        return Condition(operator="Null", key=key, values=(rng.choice(["true", "false"]),))
    return _condition_on(rng, operators, values, key)


def _condition_on(rng: Random, operators: list[str], values: list[str], key: str) -> Condition:
    prefix = rng.choice(["", "", "", "ForAllValues:", "ForAnyValue:"])
    suffix = rng.choice(["", "", "", "IfExists"])
    return Condition(operator=f"{prefix}{rng.choice(operators)}{suffix}", key=key, values=distinct(rng, values, 1, 3))


def _statement(rng: Random, max_conditions: int) -> Statement:
    actions, resources = some(rng, ACTION_TEXTS, 2), some(rng, RESOURCE_TEXTS, 2)
    not_action, not_resource = (rng.random() < 1 / 8 for _ in range(2))
    return Statement(
        index=0,
        effect=rng.choice(EFFECTS),
        actions=() if not_action else actions,
        not_actions=actions if not_action else (),
        resources=() if not_resource else resources,
        not_resources=resources if not_resource else (),
        conditions=by_key([_condition(rng) for _ in range(rng.randint(0, max_conditions))]),
    )


def statements(max_conditions: int = 2) -> st.SearchStrategy[Statement]:
    return seeded(lambda rng: _statement(rng, max_conditions))


def policies(max_statements: int = 3, max_conditions: int = 2) -> st.SearchStrategy[Policy]:
    return st.builds(
        lambda found, version: policy_of(found, version=version),
        st.lists(statements(max_conditions), min_size=1, max_size=max_statements),
        st.sampled_from([VERSION_2012, VERSION_2012, VERSION_2012, VERSION_2008]),
    )


ACCOUNT = "111122223333"
ROLE, SESSION = f"arn:aws:iam::{ACCOUNT}:role/one", f"arn:aws:sts::{ACCOUNT}:assumed-role/one/s"
NAMED = [ROLE, SESSION, f"arn:aws:iam::{ACCOUNT}:role/two", f"arn:aws:iam::{ACCOUNT}:user/u", ACCOUNT, "*"]
NAMED += [f"arn:aws:iam::{ACCOUNT}:root", "arn:aws:iam::444455556666:role/one", "444455556666"]
CALLERS = [
    SESSION, ROLE, f"arn:aws:sts::{ACCOUNT}:assumed-role/one/t", f"arn:aws:sts::{ACCOUNT}:assumed-role/two/s",
    f"arn:aws:iam::{ACCOUNT}:user/u", f"arn:aws:iam::{ACCOUNT}:user/v", ACCOUNT,
    "arn:aws:sts::444455556666:assumed-role/one/s", "444455556666", "sns.amazonaws.com", "lambda.amazonaws.com", "*",
    "Federated:accounts.google.com",
]  # fmt: skip
"""Whom the principals below name, and others beside them."""
POOLS = {"AWS": NAMED, "Service": ["sns.amazonaws.com", "lambda.amazonaws.com"], "Federated": ["accounts.google.com"]}


def _principals(rng: Random) -> tuple[Principals, ...]:
    if rng.random() < 1 / 6:
        return (Principals(kind="*", values=("*",)),)
    kinds = rng.choice([("AWS",), ("AWS",), ("AWS", "Service"), ("Service",), ("Federated",)])
    return tuple(Principals(kind=kind, values=distinct(rng, POOLS[kind], 1, 3)) for kind in kinds)


def _resource_statement(rng: Random) -> Statement:
    """A statement of a resource policy, with few conditions: what is asked is whom it names."""
    found, named = _statement(rng, 1), _principals(rng)
    excepted = rng.random() < 1 / 6
    return replace(found, principals=() if excepted else named, not_principals=named if excepted else ())


def resource_policies(count: int) -> st.SearchStrategy[tuple[Policy, ...]]:
    """Resource policies whose statements are of one small pool."""
    return seeded(lambda rng: _of_one_pool(rng, [_resource_statement(rng) for _ in range(rng.randint(2, 4))], count))


def related_policies(count: int) -> st.SearchStrategy[tuple[Policy, ...]]:
    """Policies whose statements are of one small pool, so that one is often within another."""
    return seeded(lambda rng: _of_one_pool(rng, [_statement(rng, 2) for _ in range(rng.randint(2, 4))], count))


def _of_one_pool(rng: Random, pool: list[Statement], count: int) -> tuple[Policy, ...]:
    version = rng.choice([VERSION_2012, VERSION_2008])
    return tuple(policy_of(distinct(rng, pool, 1, 3), version=version) for _ in range(count))


def condition_pairs() -> st.SearchStrategy[tuple[Policy, Policy]]:
    """Two policies that differ in their conditions alone, several on one key."""
    return seeded(_condition_pair)


def _condition_pair(rng: Random) -> tuple[Policy, Policy]:
    operators, values, keys = rng.choice(FAMILIES)
    key = rng.choice(keys)

    def condition() -> Condition:
        if rng.random() < 1 / 6:
            return Condition(operator="Null", key=key, values=(rng.choice(["true", "false"]),))
        return _condition_on(rng, operators, values, key)

    def policy() -> Policy:
        return policy_of(
            Statement(
                index=0,
                effect=rng.choice(EFFECTS) if number else Effect.ALLOW,
                actions=("s3:GetObject",),
                resources=("*",),
                conditions=by_key([condition() for _ in range(rng.randint(0, 2))]),
            )
            for number in range(rng.randint(1, 3))
        )

    return policy(), policy()
