"""Policies and requests for the property tests, over alphabets small enough that patterns meet."""

from hypothesis import strategies as st

from trailmin.policy.document import VERSION_2008, VERSION_2012, Condition, Effect, Policy, Statement, policy_of

ACTION_PATTERNS = st.sampled_from(
    ["*", "s3:*", "s3:Get*", "s3:GetObject", "s3:PutObject", "s3:?utObject", "sns:Publish", "S3:getobject"]
)
ACTIONS = st.sampled_from(["s3:GetObject", "s3:GetObjectAcl", "s3:PutObject", "sns:Publish", "iam:PassRole"])
RESOURCE_PATTERNS = st.sampled_from(
    [
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
)
RESOURCES = st.sampled_from(
    ["*", "arn:aws:s3:::a", "arn:aws:s3:::a/x1", "arn:aws:s3:::a/x12", "arn:aws:s3:::bob/x", "arn:aws:sns:r:1:t"]
)
OPERATORS = st.sampled_from(
    [
        "StringEquals",
        "StringNotEquals",
        "StringLikeIfExists",
        "ForAllValues:StringEquals",
        "ForAnyValue:StringLike",
        "Null",
        "Bool",
        "NumericLessThan",
    ]
)
KEYS = st.sampled_from(["aws:username", "aws:SecureTransport", "s3:max-keys"])
VALUES = st.sampled_from(["true", "false", "bob", "b*", "10", "${aws:username}"])
CONDITIONS = st.lists(
    st.builds(
        Condition,
        operator=OPERATORS,
        key=KEYS,
        values=st.lists(VALUES, min_size=1, max_size=2, unique=True).map(tuple),
    ),
    max_size=2,
    unique_by=lambda condition: (condition.operator, condition.key),
).map(tuple)
CONTEXTS = st.dictionaries(KEYS, st.lists(VALUES.filter(lambda v: "$" not in v), max_size=2).map(tuple), max_size=3)


def _some(patterns: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(patterns, min_size=1, max_size=3).map(tuple)


@st.composite
def statements(draw: st.DrawFn) -> Statement:
    actions, resources = draw(_some(ACTION_PATTERNS)), draw(_some(RESOURCE_PATTERNS))
    not_action = draw(st.integers(0, 5)) == 0
    not_resource = draw(st.integers(0, 5)) == 0
    return Statement(
        index=0,
        effect=draw(st.sampled_from([Effect.ALLOW, Effect.ALLOW, Effect.DENY])),
        actions=() if not_action else actions,
        not_actions=actions if not_action else (),
        resources=() if not_resource else resources,
        not_resources=resources if not_resource else (),
        conditions=draw(CONDITIONS),
    )


def policies(max_statements: int = 3) -> st.SearchStrategy[Policy]:
    return st.builds(
        lambda found, version: policy_of(found, version=version),
        st.lists(statements(), min_size=1, max_size=max_statements),
        st.sampled_from([VERSION_2012, VERSION_2012, VERSION_2012, VERSION_2008, None]),
    )
