"""The laws of inclusion on policies with principals: bucket policies, key policies, trust policies."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.boundaries import requests
from tests.policy.inclusion.strategies import CALLERS, policies, resource_policies
from trailmin.policy import (
    AccessRequest,
    DecisionKind,
    Effect,
    Layers,
    Policy,
    Proven,
    Refuted,
    Statement,
    evaluate,
    included,
    layers_of,
    parse_caller,
    policy_of,
)
from trailmin.policy.evaluation import CallerKind
from trailmin.policy.pattern import resource_pattern

EXAMPLES = 2000
ACCOUNT = "111122223333"
ALL = policy_of([Statement(index=0, effect=Effect.ALLOW, actions=("*",), resources=("*",))])


def is_allowed(request: AccessRequest, layers: Layers) -> bool:
    return evaluate(request, layers).decision is DecisionKind.ALLOWED


def asked(found: Sequence[Policy], seed: int, count: int, caller: str) -> list[AccessRequest]:
    return [
        AccessRequest(
            action=one.action,
            resource="*" if one.resource == "*" else "".join(resource_pattern(one.resource).tokens),
            caller=parse_caller(caller),
            account=ACCOUNT,
            context=one.context,
        )
        for one in requests(found, seed, count)
    ]


@settings(max_examples=EXAMPLES)
@given(resource_policies(2), policies(2, 0), st.sampled_from(CALLERS), st.integers(0, 2**32))
def test_proven_holds_for_every_caller_whatever_limits_them(
    pair: tuple[Policy, ...], other: Policy, caller: str, seed: int
) -> None:
    new, old = pair
    if included([new], [old]) != Proven():
        return
    if parse_caller(caller).kind is CallerKind.ROOT:
        return
    # An identity policy is not among them, nor the rights of a root user: what those allow beside is not the resource
    # policy's doing.
    for limits in ({}, {"boundary": [other]}, {"session": other}):
        before, after = (layers_of(resource=one, **limits) for one in (old, new))
        for request in asked([new, old], seed, 5, caller):
            assert not is_allowed(request, after) or is_allowed(request, before), request


@settings(max_examples=EXAMPLES)
@given(resource_policies(2))
def test_a_witness_is_somebody_whom_only_the_new_policy_allows(pair: tuple[Policy, ...]) -> None:
    new, old = pair
    outcome = included([new], [old])
    if not isinstance(outcome, Refuted):
        return
    assert outcome.principal is not None
    resource = outcome.witness.resource
    request = AccessRequest(
        action=outcome.witness.action,
        resource="*" if resource == "*" else "".join(resource_pattern(resource).tokens),
        caller=parse_caller(outcome.principal),
        account=ACCOUNT,
        context=outcome.witness.context,
    )
    # No boundary: a Deny with NotPrincipal denies whoever has one.
    anything = {"identity": [ALL], "session": ALL}
    assert is_allowed(request, layers_of(resource=new, **anything))  # type: ignore[arg-type]


@settings(max_examples=EXAMPLES)
@given(resource_policies(3))
def test_inclusion_is_reflexive_and_transitive(found: tuple[Policy, ...]) -> None:
    a, b, c = found
    assert included([a], [a]) == Proven()
    if included([a], [b]) == Proven() and included([b], [c]) == Proven():
        assert included([a], [c]) == Proven()


@settings(max_examples=EXAMPLES)
@given(resource_policies(2), st.data())
def test_a_further_deny_and_a_removed_allow_never_add(pair: tuple[Policy, ...], data: st.DataObject) -> None:
    found, other = pair
    denies = [one for one in other.statements if not one.is_allow]
    with_deny = policy_of([*found.statements, *denies], version=found.version)
    assert included([with_deny], [found]) == Proven()
    kept = [one for one in found.statements if not one.is_allow or data.draw(st.booleans())]
    if kept:
        assert included([policy_of(kept, version=found.version)], [found]) == Proven()
