"""Policies and requests for the property tests, over alphabets small enough that patterns meet.

Each statement, condition and context is made of one drawn number: drawing them part by part took most of the tests'
time. A failing example still shrinks to few statements.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

from hypothesis import strategies as st

from trailmin.policy.document import VERSION_2008, VERSION_2012, Condition, Effect, Policy, Statement, policy_of

_T = TypeVar("_T")

ACTION_TEXTS = ["*", "s3:*", "s3:Get*", "s3:GetObject", "s3:PutObject", "s3:?utObject", "sns:Publish", "S3:getobject"]
ACTIONS = st.sampled_from(["s3:GetObject", "s3:GetObjectAcl", "s3:PutObject", "sns:Publish", "iam:PassRole"])
RESOURCE_TEXTS = [
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::a",
    "arn:aws:s3:::a/*",
    "arn:aws:s3:::a/x?",
    "arn:aws:s3:::a/x1",
    "arn:aws:s3:::${aws:username}/*",
    "arn:aws:s3:*",
    "arn:*:sns:*:1:t",
]
RESOURCE_PATTERNS = st.sampled_from(RESOURCE_TEXTS)
RESOURCES = st.sampled_from(
    ["*", "arn:aws:s3:::a", "arn:aws:s3:::a/x1", "arn:aws:s3:::a/x12", "arn:aws:s3:::bob/x", "arn:aws:sns:r:1:t"]
)
OPERATORS = [
    "StringEquals",
    "StringNotEquals",
    "StringLikeIfExists",
    "ForAllValues:StringEquals",
    "ForAnyValue:StringLike",
    "Null",
    "Bool",
    "NumericLessThan",
]
KEYS = ["aws:username", "aws:SecureTransport", "s3:max-keys"]
VALUES = ["true", "false", "bob", "b*", "10", "${aws:username}"]
EFFECTS = [Effect.ALLOW, Effect.ALLOW, Effect.DENY]


def seeded(make: Callable[[Random], _T]) -> st.SearchStrategy[_T]:
    """What `make` makes of one drawn number."""
    return st.integers(0, 2**32 - 1).map(lambda seed: make(Random(seed)))


def some(rng: Random, pool: Sequence[_T], most: int) -> tuple[_T, ...]:
    """One to `most` of a pool, each as often as it comes."""
    return tuple(rng.choice(pool) for _ in range(rng.randint(1, most)))


def distinct(rng: Random, pool: Sequence[_T], least: int, most: int) -> tuple[_T, ...]:
    """So many of a pool, each once."""
    return tuple(rng.sample(pool, min(len(pool), rng.randint(least, most))))


def by_key(conditions: Sequence[Condition]) -> tuple[Condition, ...]:
    """One condition for each operator and key."""
    return tuple({(one.operator, one.key): one for one in conditions}.values())


def _condition(rng: Random) -> Condition:
    return Condition(operator=rng.choice(OPERATORS), key=rng.choice(KEYS), values=distinct(rng, VALUES, 1, 2))


def _context(rng: Random) -> dict[str, tuple[str, ...]]:
    values = [one for one in VALUES if "$" not in one]
    return {key: some(rng, values, 2) if rng.random() < 0.8 else () for key in distinct(rng, KEYS, 0, 3)}


def _statement(rng: Random) -> Statement:
    actions, resources = some(rng, ACTION_TEXTS, 3), some(rng, RESOURCE_TEXTS, 3)
    not_action, not_resource = (rng.random() < 1 / 6 for _ in range(2))
    return Statement(
        index=0,
        effect=rng.choice(EFFECTS),
        actions=() if not_action else actions,
        not_actions=actions if not_action else (),
        resources=() if not_resource else resources,
        not_resources=resources if not_resource else (),
        conditions=by_key([_condition(rng) for _ in range(rng.randint(0, 2))]),
    )


CONTEXTS = seeded(_context)


def policies(max_statements: int = 3) -> st.SearchStrategy[Policy]:
    return st.builds(
        lambda found, version: policy_of(found, version=version),
        st.lists(seeded(_statement), min_size=1, max_size=max_statements),
        st.sampled_from([VERSION_2012, VERSION_2012, VERSION_2012, VERSION_2008, None]),
    )
