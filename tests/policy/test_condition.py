import pytest

from trailmin.policy.condition import evaluate_condition
from trailmin.policy.document import Condition
from trailmin.policy.truth import Truth

T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
Found = tuple[str, ...] | None


def truth(
    operator: str, wanted: str | tuple[str, ...], found: Found, *, variables: bool = True, **keys: Found
) -> Truth:
    values = (wanted,) if isinstance(wanted, str) else wanted
    known: dict[str, Found] = {"k": found, **{name.replace("_", ":"): value for name, value in keys.items()}}
    condition = Condition(operator=operator, key="K", values=values)
    return evaluate_condition(condition, lambda key: known.get(key.lower()), variables=variables)


@pytest.mark.parametrize(
    ("operator", "wanted", "found", "expected"),
    [
        ("StringEquals", "a*", "a*", T),
        ("StringEquals", "a*", "ab", F),
        ("StringEquals", "A", "a", F),
        ("stringequals", "a", "a", T),
        ("StringEqualsIgnoreCase", "A", "a", T),
        ("StringNotEqualsIgnoreCase", "A", "a", F),
        ("StringNotEquals", "a", "b", T),
        ("StringNotEquals", ("a", "b"), "b", F),
        ("StringLike", "a*", "abc", T),
        ("StringLike", "a${*}", "abc", F),
        ("StringLike", "a${*}", "a*", T),
        ("StringEquals", "a${*}${$}", "a*$", T),
        ("StringNotLike", ("a*", "b*"), "c", T),
        ("StringNotLike", ("a*", "b*"), "bc", F),
        ("NumericEquals", "10", "10.0", T),
        ("NumericLessThan", "10", "9.99", T),
        ("NumericLessThan", "10", "10", F),
        ("NumericLessThanEquals", "10", "10", T),
        ("NumericGreaterThan", ("100", "5"), "6", T),
        ("NumericGreaterThanEquals", "7", "6", F),
        ("NumericNotEquals", "7", "6", T),
        ("NumericEquals", "7", "seven", U),
        ("DateLessThan", "2020-01-02T00:00:00Z", "2020-01-01T23:00:00-00:30", T),
        ("DateGreaterThan", "2020-01-01", "1577836801", T),
        ("DateEquals", "2020-01-01T00:00:00Z", "1577836800", T),
        ("DateNotEquals", "2020-01-01T00:00:00Z", "2020-01-02", T),
        ("DateGreaterThanEquals", "tomorrow", "2020-01-02", U),
        ("Bool", "true", "True", T),
        ("Bool", "false", "true", F),
        ("Bool", "true", "yes", U),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", T),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ6", F),
        ("BinaryEquals", "QmluYXJ5", "%%", U),
        ("IpAddress", "10.0.0.0/8", "10.1.2.3", T),
        ("IpAddress", ("192.0.2.1", "2001:db8::/32"), "2001:db8::7", T),
        ("IpAddress", "10.0.0.0/8", "2001:db8::7", F),
        ("NotIpAddress", "10.0.0.0/8", "11.1.2.3", T),
        ("NotIpAddress", ("10.0.0.0/8", "11.0.0.0/8"), "11.1.2.3", F),
        ("IpAddress", "10.0.0.0/8", "lambda.amazonaws.com", U),
        ("ArnLike", "arn:aws:s3:::b*", "arn:aws:s3:::bucket", T),
        ("ArnEquals", "arn:aws:iam::*:role/x", "arn:aws:iam::1:role/x", T),
        ("ArnEquals", "arn:aws:iam::*:role/x", "arn:aws:iam::1:2:role/x", F),
        ("ArnNotLike", "arn:aws:s3:::b*", "arn:aws:s3:::other", T),
        ("ArnNotEquals", "arn:aws:s3:::b*", "arn:aws:s3:::b", F),
        ("ArnLike", "*", "not an arn", F),
        ("Null", "true", "x", F),
        ("Null", "false", "x", T),
        ("Null", "maybe", "x", U),
        ("StringMatches", "x", "x", U),
        ("NullIfExists", "true", "x", U),
        ("ForSomeValues:StringEquals", "x", "x", U),
    ],
)
def test_one_value_against_each_operator(
    operator: str, wanted: str | tuple[str, ...], found: str, expected: Truth
) -> None:
    assert truth(operator, wanted, (found,)) is expected


@pytest.mark.parametrize(
    ("operator", "wanted", "expected"),
    [
        ("StringEquals", "a", F),
        ("StringNotEquals", "a", T),
        ("StringNotLike", "*", T),
        ("ArnNotLike", "*", T),
        ("NotIpAddress", "0.0.0.0/0", T),
        ("NumericLessThan", "1", F),
        ("StringEqualsIfExists", "a", T),
        ("StringNotEqualsIfExists", "a", T),
        ("ForAllValues:StringEquals", "a", T),
        ("ForAllValues:StringNotEquals", "a", T),
        ("ForAnyValue:StringEquals", "a", F),
        ("ForAnyValue:StringNotEquals", "a", F),
        ("ForAnyValue:StringEqualsIfExists", "a", T),
        ("Null", "true", T),
        ("Null", "false", F),
    ],
)
def test_a_missing_key(operator: str, wanted: str, expected: Truth) -> None:
    assert truth(operator, wanted, ()) is expected


@pytest.mark.parametrize("operator", ["StringEquals", "StringNotEquals", "Null", "BoolIfExists", "ForAllValues:Bool"])
def test_an_unknown_key_leaves_the_condition_open(operator: str) -> None:
    assert truth(operator, "true", None) is U


@pytest.mark.parametrize(
    ("operator", "wanted", "found", "expected"),
    [
        ("ForAllValues:StringEquals", ("a", "b"), ("a", "b"), T),
        ("ForAllValues:StringEquals", ("a", "b"), ("a", "c"), F),
        ("ForAllValues:StringEquals", ("a",), ("",), T),
        ("ForAnyValue:StringEquals", ("a", "b"), ("c", "b"), T),
        ("ForAnyValue:StringEquals", ("a", "b"), ("c", "d"), F),
        ("ForAllValues:StringNotEquals", ("a", "b"), ("c", "a"), F),
        ("ForAllValues:StringNotEquals", ("a", "b"), ("c", "d"), T),
        ("ForAnyValue:StringNotEquals", ("a", "b"), ("a", "c"), T),
        ("ForAnyValue:StringNotEquals", ("a", "b"), ("a", "b"), F),
        ("ForAllValues:NumericLessThan", ("5",), ("4", "x"), U),
        ("ForAllValues:NumericLessThan", ("5",), ("6", "x"), F),
    ],
)
def test_several_values(operator: str, wanted: tuple[str, ...], found: tuple[str, ...], expected: Truth) -> None:
    assert truth(operator, wanted, found) is expected


def test_variables_take_the_values_of_their_keys_and_are_never_wildcards() -> None:
    assert truth("StringEquals", "${aws:username}", ("bob",), aws_username=("bob",)) is T
    assert truth("StringLike", "home/${aws:username}/*", ("home/bob/x",), aws_username=("bob",)) is T
    assert truth("StringLike", "home/${aws:username}/*", ("home/bob/x",), aws_username=("*",)) is F
    assert truth("StringLike", "home/${aws:username}/*", ("home/*/x",), aws_username=("*",)) is T
    assert truth("StringLike", "home/${aws:username}/*", ("home/$/x",), aws_username=("$",)) is T


def test_variables_without_a_value_match_nothing_or_take_their_default() -> None:
    assert truth("StringEquals", "${aws:username}", ("",), aws_username=()) is F
    assert truth("StringEquals", "${aws:username, 'all'}", ("all",), aws_username=()) is T
    assert truth("StringEquals", "${aws:username}", ("bob",)) is U
    assert truth("StringEquals", ("${aws:username}", "bob"), ("bob",)) is T
    assert truth("StringEquals", "${aws:username}", ("bob",), aws_username=("bob", "eve")) is U


def test_in_an_old_policy_a_variable_is_plain_text() -> None:
    assert truth("StringEquals", "${aws:username}", ("bob",), variables=False, aws_username=("bob",)) is F
    assert truth("StringEquals", "${aws:username}", ("${aws:username}",), variables=False) is T
