from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.policy.boundaries import requests
from tests.policy.inclusion.strategies import condition_pairs, policies, related_policies, statements
from trailmin.policy import Effect, NotProven, Policy, Proven, Refuted, Statement, decide, included, policy_of
from trailmin.policy.evaluate import DecisionKind

ALLOWED = {DecisionKind.ALLOWED}
NOT_ALLOWED = {DecisionKind.IMPLICITLY_DENIED, DecisionKind.EXPLICITLY_DENIED}
SEEDS = st.integers(0, 2**32)
EXAMPLES = 2000


def check(new: Policy, old: Policy, seed: int, count: int) -> None:
    outcome = included([new], [old])
    if isinstance(outcome, Refuted):
        assert decide([new], outcome.witness).decision in ALLOWED
        assert decide([old], outcome.witness).decision in NOT_ALLOWED
    if isinstance(outcome, Proven):
        for request in requests([new, old], seed, count):
            if decide([new], request).decision in ALLOWED:
                assert decide([old], request).decision not in NOT_ALLOWED, request


@settings(max_examples=EXAMPLES)
@given(policies(2), policies(3), SEEDS)
def test_proven_holds_for_every_request_and_a_witness_is_one(new: Policy, old: Policy, seed: int) -> None:
    check(new, old, seed, 60)


@settings(max_examples=EXAMPLES)
@given(condition_pairs(), SEEDS)
def test_proven_holds_for_every_value_of_a_key(pair: tuple[Policy, Policy], seed: int) -> None:
    check(*pair, seed, 40)


@settings(max_examples=EXAMPLES)
@given(policies(3))
def test_inclusion_is_reflexive(found: Policy) -> None:
    assert included([found], [found]) == Proven()


@settings(max_examples=EXAMPLES)
@given(related_policies(3))
def test_inclusion_is_transitive(found: tuple[Policy, ...]) -> None:
    a, b, c = found
    if included([a], [b]) == Proven() and included([b], [c]) == Proven():
        assert included([a], [c]) == Proven()


@settings(max_examples=EXAMPLES)
@given(policies(2), statements(0))
def test_a_policy_cut_to_what_a_statement_covers_is_within_both(found: Policy, cut: Statement) -> None:
    cut = replace(cut, effect=Effect.ALLOW)
    other_actions = replace(
        cut,
        effect=Effect.DENY,
        actions=cut.not_actions,
        not_actions=cut.actions,
        resources=("*",),
        not_resources=(),
    )
    other_resources = replace(
        cut,
        effect=Effect.DENY,
        actions=("*",),
        not_actions=(),
        resources=cut.not_resources,
        not_resources=cut.resources,
    )
    both = policy_of([*found.statements, other_actions, other_resources], version=found.version)
    assert included([both], [found]) == Proven()
    assert included([both], [policy_of([cut], version=found.version)]) == Proven()


@settings(max_examples=EXAMPLES)
@given(policies(3), st.data())
def test_a_further_deny_and_a_removed_allow_never_add(found: Policy, data: st.DataObject) -> None:
    other = data.draw(policies(2))
    denies = [one for one in other.statements if one.effect is Effect.DENY]
    with_deny = policy_of([*found.statements, *denies], version=found.version)
    assert isinstance(included([with_deny], [found]), Proven)
    kept = [one for one in found.statements if one.effect is Effect.DENY or data.draw(st.booleans())]
    assume(kept)
    assert isinstance(included([policy_of(kept, version=found.version)], [found]), Proven)


@settings(max_examples=EXAMPLES)
@given(policies(2, 0), policies(2, 0))
def test_without_conditions_and_variables_every_question_is_decided(new: Policy, old: Policy) -> None:
    assume("${" not in repr((new, old)))
    assert not isinstance(included([new], [old]), NotProven)
