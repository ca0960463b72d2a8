from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.boundaries import requests
from tests.policy.inclusion.strategies import policies
from tests.policy.test_evaluate import policy
from trailmin.errors import PolicyError
from trailmin.policy import (
    AccessRequest,
    CallerKind,
    DecisionKind,
    Policy,
    case_from_json,
    compile_policy,
    decide,
    decision_to_json,
    evaluate,
    layers_of,
    parse_caller,
    parse_policy,
)
from trailmin.policy.pattern import resource_pattern


@settings(max_examples=2000)
@given(policies(3), st.integers(0, 2**32))
def test_a_compiled_policy_decides_as_the_three_valued_one_where_that_is_sure(found: Policy, seed: int) -> None:
    compiled = compile_policy(found)
    for request in requests([found], seed, 20):
        expected = decide([found], request).decision
        if expected is DecisionKind.UNDETERMINED:
            continue
        resource = "*" if request.resource == "*" else "".join(resource_pattern(request.resource).tokens)
        action = request.action.lower()
        if compiled.denied_by(action, resource, request.context):
            seen = DecisionKind.EXPLICITLY_DENIED
        else:
            is_allowed = compiled.allowed_by(action, resource, request.context)
            seen = DecisionKind.ALLOWED if is_allowed else DecisionKind.IMPLICITLY_DENIED
        # Three-valued, an explicit denial without any Allow is an implicit one until it is certain.
        assert seen == expected or (expected is DecisionKind.IMPLICITLY_DENIED and seen is not DecisionKind.ALLOWED)


@settings(max_examples=2000)
@given(policies(3), policies(2), st.integers(0, 2**32))
def test_a_boundary_a_session_policy_and_an_scp_leave_what_both_allow(found: Policy, other: Policy, seed: int) -> None:
    alone, limit = layers_of(identity=[found]), layers_of(identity=[other])
    limited = [
        layers_of(identity=[found], boundary=[other]),
        layers_of(identity=[found], session=other),
        layers_of(identity=[found], service_control=[[other]]),
    ]
    for request in requests([found, other], seed, 10):
        resource = "*" if request.resource == "*" else "".join(resource_pattern(request.resource).tokens)
        asked = AccessRequest(action=request.action, resource=resource, context=request.context)
        is_in_both = all(evaluate(asked, one).decision is DecisionKind.ALLOWED for one in (alone, limit))
        for layers in limited:
            assert (evaluate(asked, layers).decision is DecisionKind.ALLOWED) == is_in_both


def test_a_decision_tells_its_layer_statement_and_element() -> None:
    layers = layers_of(identity=[policy({"Sid": "Read", "Action": "s3:Get*", "Resource": "arn:aws:s3:::b/*"})])
    asked = AccessRequest(action="s3:GetObject", resource="arn:aws:s3:::c/x")
    found = evaluate(asked, layers)
    assert found.why == (
        "identity policy: no statement allows it; nearest is Statement[0] (Read) of policy 0, which fails at Resource"
    )
    assert decision_to_json("one", found)["by"] == {
        "layer": "identity policy",
        "policy": 0,
        "statement": 0,
        "sid": "Read",
        "element": "Resource",
    }


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("arn:aws:sts::111122223333:assumed-role/a/b", CallerKind.ROLE),
        ("arn:aws:iam::111122223333:user/path/bob", CallerKind.USER),
        ("111122223333", CallerKind.ROOT),
        ("ec2.amazonaws.com", CallerKind.SERVICE),
        ("Federated:accounts.google.com", CallerKind.FEDERATED),
        ("*", CallerKind.ANONYMOUS),
    ],
)
def test_callers_are_read_from_their_usual_names(text: str, kind: CallerKind) -> None:
    assert parse_caller(text).kind is kind


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "a case must be a JSON object"),
        ({"id": "x"}, "case 'x': action"),
        ({"action": "s3:*"}, "action"),
        ({"action": "s3:GetObject", "policies": []}, "unknown field 'policies'"),
        ({"action": "s3:GetObject", "principal": "bob"}, "'bob' is not a principal"),
        ({"action": "s3:GetObject", "context": {"a:b": {}}}, "context.a:b"),
        ({"action": "s3:GetObject", "context": {"a:b": "1", "A:B": "2"}}, "stands twice"),
        ({"action": "s3:GetObject", "identity": [{"Statement": []}]}, "identity[0]"),
        ({"action": "s3:GetObject", "scp": ["x"]}, "scp[0]"),
        ({"action": "s3:GetObject", "resourcePolicy": {"Statement": {"Effect": "Allow"}}}, "resourcePolicy"),
    ],
)
def test_what_is_no_case_is_refused_with_its_place(value: Any, message: str) -> None:
    with pytest.raises(PolicyError) as found:
        case_from_json(value)
    assert message in found.value.message


def test_of_several_ways_to_name_a_caller_the_strongest_decides() -> None:
    both = parse_policy(
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", '
        '"Principal": {"AWS": ["111122223333", "*"]}}]}',
        kind="resource",
    )
    request = AccessRequest(
        action="s3:GetObject",
        resource="arn:aws:s3:::a/x",
        caller=parse_caller("arn:aws:sts::111122223333:assumed-role/one/s"),
        account="111122223333",
    )
    assert evaluate(request, layers_of(resource=both)).decision is DecisionKind.ALLOWED
