"""What a denial's message may and may not say."""

import pytest

from trailmin.catalog import load_catalog
from trailmin.usage.denial import read_denial

CATALOG = load_catalog()
WHO = "arn:aws:sts::111122223333:assumed-role/app/session"
KEY = "arn:aws:s3:::photos/a.txt"


@pytest.mark.parametrize(
    ("message", "action", "resource"),
    [
        (f"User: {WHO} is not authorized to perform: s3:GetObject on resource: {KEY}", "s3:GetObject", KEY),
        (
            f'User: {WHO} is not authorized to perform: s3:GetObject on resource: "{KEY}" with an explicit deny in x',
            "s3:GetObject",
            KEY,
        ),
        (
            f"User: {WHO} is not authorized to perform: s3:getobject on resource: {KEY} because x because y",
            "s3:GetObject",
            KEY + " because x",
        ),
        (f"{WHO} is not authorized to perform: sns:ListTopics", "sns:ListTopics", None),
        (f"User: {WHO} is not authorized to perform: ec2:DescribeVpcs on resource: *", "ec2:DescribeVpcs", "*"),
        (
            f"User: {WHO} is not authorized to perform: dynamodb:GetItem on resource: {KEY}",
            "dynamodb:GetItem",
            None,
        ),
        (
            f"User: {WHO} is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::photos/a*",
            "s3:GetObject",
            "arn:aws:s3:::photos/a${*}",
        ),
    ],
)
def test_action_and_resource_are_read(message: str, action: str, resource: str | None) -> None:
    named = read_denial(message, CATALOG, {})
    assert named is not None
    assert (named.action.full_name, named.resource) == (action, resource)


@pytest.mark.parametrize(
    "message",
    [
        None,
        "",
        "Access Denied",
        f"User: {WHO} is not authorized to perform: s3:MakeCoffee on resource: {KEY}",
        "Value 'User: x is not authorized to perform: iam:PassRole on resource: *' at 'name' failed",
        "User: two words is not authorized to perform: iam:PassRole on resource: *",
        "You are not authorized to perform this operation. Encoded authorization failure message: abc",
    ],
)
def test_other_messages_prove_nothing(message: str | None) -> None:
    assert read_denial(message, CATALOG, {}) is None
