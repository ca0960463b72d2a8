import json
from typing import Any

import pytest
from hypothesis import given, settings

from tests.policy.strategies import policies
from trailmin.errors import PolicyError
from trailmin.policy.document import Condition, Effect, Policy, Principals, Statement, policy_of, print_policy, to_json
from trailmin.policy.parse import PolicyKind, parse_policy

READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::b/*"]}


def document(*statements: dict[str, Any], **others: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", **others, "Statement": list(statements)}


@settings(max_examples=2000)
@given(policies())
def test_parsing_what_is_printed_gives_the_same_policy(policy: Policy) -> None:
    assert parse_policy(print_policy(policy)) == policy == parse_policy(to_json(policy))
    assert parse_policy(print_policy(policy, indent=None)) == policy


def test_printing_keeps_single_values_single_and_lists_lists() -> None:
    source = {
        "Version": "2012-10-17",
        "Id": "id",
        "Statement": {
            "Sid": "A1",
            "Effect": "Deny",
            "NotAction": "iam:*",
            "Resource": ["*"],
            "Condition": {"StringLike": {"aws:userid": "AROA*"}, "Null": {"aws:x": ["true"]}},
        },
    }
    assert to_json(parse_policy(source)) == source
    assert print_policy(parse_policy(source)) == json.dumps(source, indent=2) + "\n"


def test_the_model_holds_every_element() -> None:
    policy = parse_policy(
        document({**READ, "Condition": {"NumericLessThan": {"s3:max-keys": 10}, "Bool": {"aws:SecureTransport": True}}})
    )
    assert policy.statements[0] == Statement(
        index=0,
        effect=Effect.ALLOW,
        actions=("s3:GetObject",),
        resources=("arn:aws:s3:::b/*",),
        conditions=(
            Condition(operator="NumericLessThan", key="s3:max-keys", values=("10",)),
            Condition(operator="Bool", key="aws:SecureTransport", values=("true",)),
        ),
    )


def test_a_trust_policy_has_principals_and_no_resource() -> None:
    trust = document({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"})
    policy = parse_policy(trust, kind="trust")
    assert policy.statements[0].principals == (Principals(kind="Service", values=("ec2.amazonaws.com",)),)
    assert to_json(policy) == trust
    with pytest.raises(PolicyError, match=r"Statement\[0\]\.Principal: a policy of kind identity cannot have it"):
        parse_policy(trust)
    public = document({**READ, "Principal": "*"})
    assert to_json(parse_policy(public, kind=PolicyKind.RESOURCE)) == public


def test_variables_are_plain_text_without_version_2012() -> None:
    old = parse_policy({"Version": "2008-10-17", "Statement": [READ]})
    assert not old.statements[0].variables
    assert not parse_policy({"Statement": [READ]}).has_variables
    assert parse_policy(document(READ)).statements[0].variables


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ({"Action": "s3:*", "Resource": "*"}, r"Statement\[1\]: the element Effect is missing"),
        ({**READ, "Effect": "allow"}, r"Statement\[1\]\.Effect: must be 'Allow' or 'Deny'"),
        ({**READ, "NotAction": "s3:*"}, r"Statement\[1\]: has both Action and NotAction"),
        ({**READ, "NotResource": "*"}, r"Statement\[1\]: has both Resource and NotResource"),
        ({"Effect": "Allow", "Resource": "*"}, r"Statement\[1\]: needs Action or NotAction"),
        ({"Effect": "Allow", "Action": "s3:*"}, r"Statement\[1\]: needs Resource or NotResource"),
        ({**READ, "Action": []}, r"Statement\[1\]\.Action: is an empty list"),
        ({**READ, "Action": ["s3:*", "s*:Get"]}, r'Statement\[1\]\.Action: "s\*:Get" is not'),
        ({**READ, "Action": ["s3:*", 1]}, r"Statement\[1\]\.Action\[1\]: must be a string"),
        ({**READ, "effect": "Allow"}, r"Statement\[1\]\.effect: unknown element; did you mean 'Effect'\?"),
        ({**READ, "Comment": "x"}, r"Statement\[1\]\.Comment: unknown element"),
        ({**READ, "Sid": "a b"}, r"Statement\[1\]\.Sid: a Sid may hold ASCII letters and digits only"),
        ({**READ, "Sid": "First"}, r'the Sid "First" is used twice'),
        ({**READ, "Resource": "arn:aws:s3:::☃"}, r"Resource: holds the character U\+2603"),
        ({**READ, "Condition": []}, r"Statement\[1\]\.Condition: must be an object"),
        ({**READ, "Condition": {"Bool": {"a:b": {}}}}, r"Condition\.Bool\.a:b: must be a string"),
        ({**READ, "Condition": {"Bool": {"a:b": "x", "A:b": "y"}}}, "duplicate key, differing in case"),
        ("x", r"Statement\[1\]: must be an object"),
    ],
)
def test_what_is_wrong_is_told_with_its_path_and_place(statement: Any, message: str) -> None:
    wrong = document({**READ, "Sid": "First"}, statement)
    with pytest.raises(PolicyError, match=message) as caught:
        parse_policy(wrong)
    assert "line" not in caught.value.message
    with pytest.raises(PolicyError, match=message + r".* \(line \d+, column \d+\)"):
        parse_policy(json.dumps(wrong, indent=1))
    with pytest.raises(PolicyError, match=r"^role\.json: "):
        parse_policy(wrong, origin="role.json")


@pytest.mark.parametrize("wrong", [{}, {"Statement": []}, {"Version": "2020-01-01", "Statement": [READ]}, {"X": 1}])
def test_a_document_needs_statements_and_a_known_version(wrong: dict[str, Any]) -> None:
    with pytest.raises(PolicyError):
        parse_policy(wrong)


def test_the_line_of_a_wrong_effect_is_the_line_of_its_value() -> None:
    text = '{\r\n  "Statement": {\r\n    "Effect": "No", "Action": "*", "Resource": "*"}}'
    with pytest.raises(PolicyError, match=r"Statement\[0\]\.Effect: must be .* \(line 3, column 15\)"):
        parse_policy(text)


def test_a_statement_cannot_be_made_without_actions_or_for_another_place() -> None:
    with pytest.raises(PolicyError, match="either Action or NotAction"):
        Statement(index=0, effect=Effect.ALLOW, resources=("*",))
    statement = Statement(index=3, effect=Effect.ALLOW, actions=("*",), resources=("*",))
    with pytest.raises(PolicyError, match="another place"):
        Policy(statements=(statement,))
    assert policy_of([statement, statement]).statements[1].index == 1
