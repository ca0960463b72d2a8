"""Policies with conditions of every family, on few keys, so that they meet."""

from dataclasses import replace

from hypothesis import strategies as st

from tests.policy.strategies import ACTION_PATTERNS, RESOURCE_PATTERNS
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


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    operators, values, keys = draw(st.sampled_from(FAMILIES))
    key = draw(st.sampled_from(keys))
    if draw(st.integers(0, 6)) == 0:
        return Condition(operator="Null", key=key, values=(draw(st.sampled_from(["true", "false"])),))
    prefix = draw(st.sampled_from(["", "", "", "ForAllValues:", "ForAnyValue:"]))
    suffix = draw(st.sampled_from(["", "", "", "IfExists"]))
    chosen = draw(st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True))
    return Condition(operator=f"{prefix}{draw(st.sampled_from(operators))}{suffix}", key=key, values=tuple(chosen))


@st.composite
def statements(draw: st.DrawFn, max_conditions: int = 2) -> Statement:
    actions = tuple(draw(st.lists(ACTION_PATTERNS, min_size=1, max_size=2)))
    resources = tuple(draw(st.lists(RESOURCE_PATTERNS, min_size=1, max_size=2)))
    not_action, not_resource = (draw(st.integers(0, 7)) == 0 for _ in range(2))
    found = draw(st.lists(conditions(), max_size=max_conditions, unique_by=lambda one: (one.operator, one.key)))
    return Statement(
        index=0,
        effect=draw(st.sampled_from([Effect.ALLOW, Effect.ALLOW, Effect.DENY])),
        actions=() if not_action else actions,
        not_actions=actions if not_action else (),
        resources=() if not_resource else resources,
        not_resources=resources if not_resource else (),
        conditions=tuple(found),
    )


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


@st.composite
def principals(draw: st.DrawFn) -> tuple[Principals, ...]:
    if draw(st.integers(0, 5)) == 0:
        return (Principals(kind="*", values=("*",)),)
    pools = {
        "AWS": NAMED,
        "Service": ["sns.amazonaws.com", "lambda.amazonaws.com"],
        "Federated": ["accounts.google.com"],
    }
    kinds = draw(st.sampled_from([("AWS",), ("AWS",), ("AWS", "Service"), ("Service",), ("Federated",)]))
    return tuple(
        Principals(
            kind=kind, values=tuple(draw(st.lists(st.sampled_from(pools[kind]), min_size=1, max_size=3, unique=True)))
        )
        for kind in kinds
    )


@st.composite
def resource_statements(draw: st.DrawFn) -> Statement:
    """Statements of a resource policy, with few conditions: what is asked is whom they name."""
    found, named = draw(statements(1)), draw(principals())
    excepted = draw(st.integers(0, 5)) == 0
    return replace(found, principals=() if excepted else named, not_principals=named if excepted else ())


@st.composite
def resource_policies(draw: st.DrawFn, count: int) -> tuple[Policy, ...]:
    """Resource policies whose statements are drawn from one small pool."""
    pool = draw(st.lists(resource_statements(), min_size=2, max_size=4))
    chosen = st.lists(st.sampled_from(pool), min_size=1, max_size=3, unique_by=id)
    return tuple(policy_of(draw(chosen)) for _ in range(count))


@st.composite
def related_policies(draw: st.DrawFn, count: int) -> tuple[Policy, ...]:
    """Policies of statements drawn from one small pool, so that one is often within another."""
    pool = draw(st.lists(statements(), min_size=2, max_size=4))
    version = draw(st.sampled_from([VERSION_2012, VERSION_2008]))
    chosen = st.lists(st.sampled_from(pool), min_size=1, max_size=3, unique_by=id)
    return tuple(policy_of(draw(chosen), version=version) for _ in range(count))


@st.composite
def condition_pairs(draw: st.DrawFn) -> tuple[Policy, Policy]:
    """Two policies that differ in their conditions alone, several on one key."""
    operators, values, keys = draw(st.sampled_from(FAMILIES))
    key = draw(st.sampled_from(keys))

    def condition() -> Condition:
        if draw(st.integers(0, 5)) == 0:
            return Condition(operator="Null", key=key, values=(draw(st.sampled_from(["true", "false"])),))
        prefix = draw(st.sampled_from(["", "", "ForAllValues:", "ForAnyValue:"]))
        name = f"{prefix}{draw(st.sampled_from(operators))}{draw(st.sampled_from(['', '', 'IfExists']))}"
        chosen = draw(st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True))
        return Condition(operator=name, key=key, values=tuple(chosen))

    def policy() -> Policy:
        return policy_of(
            Statement(
                index=0,
                effect=draw(st.sampled_from([Effect.ALLOW, Effect.ALLOW, Effect.DENY])) if number else Effect.ALLOW,
                actions=("s3:GetObject",),
                resources=("*",),
                conditions=tuple(
                    {(c.operator, c.key): c for c in (condition() for _ in range(draw(st.integers(0, 2))))}.values()
                ),
            )
            for number in range(draw(st.integers(1, 3)))
        )

    return policy(), policy()
