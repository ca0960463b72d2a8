import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trailmin.policy.arn import Arn
from trailmin.policy.match import (
    action_included,
    action_matches,
    actions_intersect,
    is_action_pattern,
    resource_included,
    resource_included_in_union,
    resource_matches,
    resource_meet,
    resources_intersect,
)
from trailmin.policy.pattern import escape_literal, glob_pattern, resource_pattern

TABLE = "arn:aws:dynamodb:us-east-1:111122223333:table/Books"


def test_an_arn_has_six_segments_and_the_resource_keeps_its_colons() -> None:
    text = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/f:*"
    arn = Arn.parse(text)
    assert arn is not None
    assert arn.resource == "log-group:/aws/lambda/f:*"
    assert (arn.service, arn.region, arn.account) == ("logs", "eu-west-1", "111122223333")
    assert str(arn) == text


@pytest.mark.parametrize("text", ["*", "", "arn:aws:s3:::".removesuffix(":"), "urn:aws:s3:::b", "bucket/key"])
def test_what_is_not_an_arn_is_none(text: str) -> None:
    assert Arn.parse(text) is None


def test_a_colon_in_a_policy_variable_does_not_end_a_segment() -> None:
    arn = Arn.parse("arn:aws:iam::${aws:PrincipalAccount}:user/${aws:username}")
    assert arn is not None
    assert arn.account == "${aws:PrincipalAccount}"
    assert arn.resource == "user/${aws:username}"


def test_actions_match_without_case_and_with_wildcards() -> None:
    assert action_matches("S3:get*", "s3:GetObject")
    assert action_matches("*", "iam:PassRole")
    assert action_matches("ec2:Describe?olumes", "ec2:DescribeVolumes")
    assert not action_matches("s3:Get", "s3:GetObject")
    assert action_included("s3:GetObject", "S3:*")
    assert not action_included("s3:*", "s3:?")
    assert actions_intersect("s3:*Object", "s3:Get*")
    assert not actions_intersect("s3:*", "sns:*")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*", True),
        ("s3:*", True),
        ("s3:Get?bject", True),
        ("s*:Get", False),
        ("s3", False),
        ("", False),
        ("*:*", False),
    ],
)
def test_a_service_prefix_holds_no_wildcards(text: str, *, expected: bool) -> None:
    assert is_action_pattern(text) is expected


@pytest.mark.parametrize(
    ("pattern", "arn", "expected"),
    [
        ("*", TABLE, True),
        ("arn:aws:dynamodb:*:*:table/*", TABLE, True),
        ("arn:aws:dynamodb:*:111122223333:table/Book?", TABLE, True),
        ("arn:aws:dynamodb:*", TABLE, True),
        ("arn:aws:dynamodb:*:table/*", TABLE, False),
        ("arn:aws:dynamodb:us-east-1:*:table/books", TABLE, False),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/2024/a:b/c", True),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b", False),
        ("arn:aws:s3:*:*:b/*", "arn:aws:s3:::b/x", True),
        ("*", "*", True),
        ("arn:aws:s3:::b/*", "*", False),
    ],
)
def test_resources_match_segment_by_segment(pattern: str, arn: str, *, expected: bool) -> None:
    assert resource_matches(pattern, arn) is expected


def test_what_a_star_covers_where_segments_are_missing_is_left_open() -> None:
    assert not resource_matches("arn:aws:dynamodb:*:table/*", TABLE)
    assert resources_intersect("arn:aws:dynamodb:*:table/*", TABLE)


def test_an_unknown_part_of_a_resource_is_a_pattern() -> None:
    row = "arn:aws:ec2:us-east-1:111122223333:volume/*"
    assert resource_included(row, "arn:aws:ec2:*:*:volume/*")
    assert not resource_included(row, "arn:aws:ec2:*:*:volume/vol-1*")
    assert resources_intersect(row, "arn:aws:ec2:*:*:volume/vol-1*")
    assert not resources_intersect(row, "arn:aws:ec2:*:*:snapshot/*")
    assert not resources_intersect(row, "arn:aws:ec2:eu-west-1:*:volume/*")
    assert resource_included_in_union(row, ["arn:aws:ec2:us-*:*:volume/*", "arn:aws:ec2:*:*:instance/*"])


def test_resources_meet_segment_by_segment() -> None:
    row = "arn:aws:ec2:us-east-1:111122223333:volume/*"
    assert resource_meet(row, "arn:aws:ec2:*:*:volume/vol-1*") == "arn:aws:ec2:us-east-1:111122223333:volume/vol-1*"
    assert resource_meet(row, "*") == row
    assert resource_meet("*", row) == row
    assert resource_meet("arn:aws:s3:::a/*", "arn:aws:s3:::b/*") is None


SEGMENT = st.text(alphabet="ab*?", max_size=3)
ARNS = st.builds(
    "arn:{}:{}:{}:{}:{}".format, SEGMENT, SEGMENT, SEGMENT, SEGMENT, st.text(alphabet="ab/:*?", max_size=5)
)
RESOURCES = ARNS | st.sampled_from(["*", "arn:*", "arn:a:b:*"])


@settings(max_examples=2000)
@given(RESOURCES, RESOURCES, RESOURCES)
def test_a_meet_is_within_b_and_holds_whatever_is_within_both(a: str, b: str, within: str) -> None:
    met = resource_meet(a, b)
    if met is None:
        assert not resources_intersect(a, b)
        return
    assert resource_included(met, b)
    if resource_included(within, a) and resource_included(within, b):
        assert resource_included(within, met)


def test_escaped_values_of_a_2008_policy_have_no_escapes() -> None:
    assert escape_literal("a*b$c", variables=False) == "a?b$c"
    assert escape_literal("a*b${c}é☃") == "a${*}b${$}{c}é?"
    assert escape_literal("function:f:$LATEST") == "function:f:$LATEST"
    assert glob_pattern("${*}", variables=False).tokens == ("$", "{", "**", "}")
    assert resource_pattern("arn:aws:s3:::${*}").is_literal
