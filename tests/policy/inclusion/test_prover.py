"""Named questions: the pitfalls that make provers unsound or useless, and what every reviewer tries first."""

from typing import Any

import pytest

from tests.policy.test_evaluate import policy
from trailmin.policy import (
    DecisionKind,
    NotProven,
    Policy,
    Proven,
    Refuted,
    decide,
    included,
    included_by_containment,
    parse_policy,
)

BUCKET = {"Resource": "arn:aws:s3:::b/*"}


def condition(operator: str, *values: str, key: str = "x:Key") -> dict[str, Any]:
    return {"Condition": {operator: {key: list(values)}}}


def outcome(new: Any, old: Any) -> str:
    policies = [policy(*(one if isinstance(one, list) else [one])) for one in (new, old)]
    found = included([policies[0]], [policies[1]])
    if isinstance(found, Refuted):
        assert decide([policies[0]], found.witness).decision is DecisionKind.ALLOWED
        assert decide([policies[1]], found.witness).decision in {
            DecisionKind.IMPLICITLY_DENIED,
            DecisionKind.EXPLICITLY_DENIED,
        }
    return type(found).__name__


def test_get_star_is_not_within_the_list_of_todays_get_actions() -> None:
    from trailmin.catalog import load_catalog

    today = list(load_catalog().expand("s3:Get*"))
    assert len(today) > 50
    assert outcome({"Action": "s3:Get*"}, {"Action": today}) == "Refuted"
    assert outcome({"Action": today}, {"Action": "s3:Get*"}) == "Proven"


def test_a_star_is_not_within_a_question_mark() -> None:
    assert outcome({"Action": "s3:*"}, {"Action": "s3:?"}) == "Refuted"
    assert outcome({"Action": "s3:?"}, {"Action": "s3:*"}) == "Proven"


def test_a_higher_bound_is_broader_and_a_lower_one_is_not() -> None:
    ten, fifty = (condition("NumericLessThan", bound, key="s3:max-keys") for bound in ("10", "50"))
    assert outcome(fifty, ten) == "Refuted"
    assert outcome(ten, fifty) == "Proven"


def test_a_like_with_a_wildcard_is_not_within_the_equals_that_spells_it() -> None:
    like, equals = condition("StringLike", "a*"), condition("StringEquals", "a*")
    assert outcome(like, equals) == "Refuted"
    assert outcome(equals, like) == "Proven"
    assert outcome(condition("StringEquals", "a"), like) == "Proven"


def test_a_variable_is_not_within_a_question_mark() -> None:
    variable = {"Resource": "arn:aws:s3:::${aws:username}/x"}
    assert outcome(variable, {"Resource": "arn:aws:s3:::?/x"}) == "Refuted"
    assert outcome(variable, {"Resource": "arn:aws:s3:::*/x"}) == "Proven"
    assert outcome(variable, {"Resource": "arn:aws:s3:::${aws:username}/*"}) == "Proven"
    assert outcome({"Resource": "arn:aws:s3:::*/x"}, variable) == "Refuted"


def test_a_deny_with_a_variable_counts_as_much_as_it_must() -> None:
    deny = {"Effect": "Deny", "Resource": "arn:aws:s3:::${aws:username}/*"}
    assert outcome([{}, deny], [{}, deny]) == "Proven"
    assert outcome([{}, {"Effect": "Deny", "Resource": "*"}], [{}, deny]) == "Proven"
    assert outcome([{}], [{}, deny]) in {"Refuted", "NotProven"}
    assert outcome([{}, {**deny, "Resource": "arn:aws:s3:::${aws:userid}/*"}], [{}, deny]) != "Proven"


def test_for_all_values_is_true_of_a_missing_key() -> None:
    all_values, any_value = (condition(f"{one}:StringEquals", "a") for one in ("ForAllValues", "ForAnyValue"))
    assert outcome(all_values, any_value) == "Refuted"
    assert outcome(any_value, all_values) == "Refuted"
    present = {"Condition": {"ForAllValues:StringLike": {"x:Key": "a?"}, "Null": {"x:Key": "false"}}}
    # A key with an empty value only is present, and ForAllValues does not look at it.
    assert outcome(present, condition("ForAnyValue:StringLike", "a*")) == "Refuted"
    assert outcome(present, condition("ForAnyValue:StringLike", "a*", "")) == "Proven"


def test_a_negated_operator_is_true_of_a_missing_key() -> None:
    not_equals = condition("StringNotEquals", "a")
    assert outcome(not_equals, condition("StringLike", "*")) == "Refuted"
    assert outcome(condition("Null", "true"), not_equals) == "Proven"
    deny = {"Effect": "Deny", **condition("StringNotEquals", "a")}
    assert outcome([{}, deny], condition("StringEquals", "a")) == "Proven"
    assert outcome([{}, {"Effect": "Deny", **condition("StringNotEqualsIfExists", "a")}], [{}, deny]) == "Proven"


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        (condition("IpAddress", "10.1.0.0/16"), condition("IpAddress", "10.0.0.0/8"), "Proven"),
        (condition("IpAddress", "10.0.0.0/8"), condition("IpAddress", "10.1.0.0/16"), "Refuted"),
        (condition("IpAddress", "10.0.0.0/8"), condition("IpAddress", "10.0.0.0/9", "10.128.0.0/9"), "Proven"),
        (condition("IpAddress", "10.0.0.0/8"), condition("NotIpAddress", "192.168.0.0/16"), "Refuted"),
        (condition("IpAddress", "2001:db8:1::/48"), condition("IpAddress", "2001:db8::/32"), "Proven"),
        (condition("Null", "false"), condition("StringLike", "*"), "Proven"),
        (condition("Null", "true"), condition("StringEquals", "a"), "Refuted"),
        (condition("StringEquals", "a"), condition("Null", "false"), "Proven"),
        (condition("StringEquals", "a"), condition("StringEqualsIgnoreCase", "A"), "Proven"),
        (condition("StringEqualsIgnoreCase", "a"), condition("StringEquals", "a", "A"), "Proven"),
        (condition("StringEqualsIgnoreCase", "ab"), condition("StringEquals", "ab", "AB"), "Refuted"),
        (condition("ArnLike", "arn:aws:iam::1:role/a*"), condition("ArnLike", "arn:aws:iam::*:role/*"), "Proven"),
        (condition("ArnEquals", "arn:aws:iam::1:role/a"), condition("StringLike", "arn:*"), "Proven"),
        (condition("DateLessThan", "2024-01-01"), condition("DateLessThan", "2024-01-01T00:00:01Z"), "Proven"),
        (condition("DateLessThan", "1704067201"), condition("DateLessThanEquals", "2024-01-01T00:00:00Z"), "Refuted"),
        (condition("NumericEquals", "5"), condition("NumericLessThan", "5.5"), "Proven"),
        (condition("BinaryEquals", "YQ=="), condition("BinaryEquals", "YQ==", "Yg=="), "Proven"),
        ([condition("Bool", "true"), condition("Bool", "false")], condition("Null", "false"), "Proven"),
        (condition("StringEquals", "a"), condition("StringEqualsIfExists", "a"), "Proven"),
        (condition("StringEqualsIfExists", "a"), condition("StringEquals", "a"), "Refuted"),
        ([{}], [{"Action": "s3:Get*"}, {"NotAction": "s3:Get*"}], "Proven"),
        ([BUCKET], [{"NotResource": "arn:aws:s3:::b/x"}, {"Resource": "arn:aws:s3:::b/x"}], "Proven"),
        ([{}, {"Effect": "Deny", "Action": "s3:Put*"}], [{"Action": "s3:?et*"}], "Refuted"),
        ([{}, {"Effect": "Deny", "NotAction": "s3:Get*"}], [{"Action": "s3:Get*"}], "Proven"),
        ([{"Action": "*"}], [{"NotAction": "iam:*"}], "Refuted"),
        ([{"NotAction": "iam:*"}, {"Action": "iam:*"}], [{"Action": "*"}], "Proven"),
        ([{"Action": "*"}], [{"NotAction": "iam:*"}, {"Action": "iam:*"}], "Proven"),
    ],
)
def test_usual_questions_are_decided(new: Any, old: Any, expected: str) -> None:
    assert outcome(new, old) == expected


def test_several_values_count_only_for_keys_that_can_have_them() -> None:
    several, single = "aws:TagKeys", "aws:SourceVpc"
    assert (
        outcome(condition("StringEquals", "a", key=single), condition("StringNotEquals", "b", key=single)) == "Proven"
    )
    assert (
        outcome(condition("StringEquals", "a", key=several), condition("StringNotEquals", "b", key=several))
        == "Refuted"
    )


def test_an_unknown_operator_equals_itself_only() -> None:
    odd = condition("StringNearly", "a")
    assert outcome(odd, odd) == "Proven"
    assert outcome(odd, condition("StringNearly", "b")) == "NotProven"
    assert outcome(odd, {}) == "Proven"


def test_the_witness_of_an_unlisted_service() -> None:
    found = included([policy({"Action": "*"})], [policy({"Action": ["s3:*", "sns:*"]})])
    assert isinstance(found, Refuted)
    assert found.witness.action == "unlisted:action"


def test_principals_are_told_apart_and_the_witness_names_one() -> None:
    def bucket(principal: Any) -> Policy:
        statement = {"Effect": "Allow", "Principal": principal, "Action": "s3:*", "Resource": "*"}
        return parse_policy({"Version": "2012-10-17", "Statement": statement}, kind="resource")

    one, two = "arn:aws:iam::111122223333:role/one", "arn:aws:iam::111122223333:role/two"
    assert included([bucket({"AWS": one})], [bucket({"AWS": [two, one]})]) == Proven()
    assert included([bucket({"AWS": one})], [bucket("*")]) == Proven()
    account, root = "111122223333", "arn:aws:iam::111122223333:root"
    assert included([bucket({"AWS": account})], [bucket({"AWS": root})]) == Proven()
    # A role's session may do more by its own name than by the role's: no boundary limits it.
    session = "arn:aws:sts::111122223333:assumed-role/one/s"
    assert included([bucket({"AWS": session})], [bucket({"AWS": one})]) != Proven()
    found = included([bucket({"AWS": [one, two]})], [bucket({"AWS": one})])
    assert isinstance(found, Refuted)
    assert found.principal == two


def test_a_not_principal_is_not_the_opposite_of_a_principal() -> None:
    role = {"AWS": "arn:aws:iam::111122223333:role/one"}
    allow = {"Effect": "Allow", "Principal": role, "Action": "s3:*", "Resource": "*"}
    deny = {"Effect": "Deny", "NotPrincipal": role, "Action": "s3:*", "Resource": "*"}
    new, old = (
        parse_policy({"Version": "2012-10-17", "Statement": found}, kind="resource")
        for found in ([allow], [allow, deny])
    )
    # The Deny stops the role's sessions too, which it does not list.
    assert not isinstance(included([new], [old]), Proven)
    assert included([old], [old]) == included([old], [new]) == Proven()


def test_too_large_a_question_is_given_up_and_says_so() -> None:
    stars = [{"Resource": f"arn:aws:s3:::*{'?' * 9}{chr(97 + n)}*{chr(98 + n)}*"} for n in range(14)]
    guarded = [{**one, **condition("StringEquals", str(n), key=f"x:{n}")} for n, one in enumerate(stars)]
    found = included([policy({})], [policy(*guarded, {"NotResource": [one["Resource"] for one in stars]})])
    assert isinstance(found, Refuted | NotProven)


def test_what_containment_proves_is_proven() -> None:
    old = [policy({}, {"Effect": "Deny", **BUCKET})]
    new = [policy({"Action": "s3:GetObject"}, {"Effect": "Deny", **BUCKET})]
    assert included_by_containment(new, old) == included(new, old) == Proven()


def test_a_request_without_a_resource_is_part_of_the_question() -> None:
    assert outcome({"NotResource": "arn:aws:s3:::b"}, {"Resource": "arn:*"}) == "Refuted"
