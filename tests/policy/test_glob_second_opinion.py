"""Globs against `interegular`, which decides regular languages on its own."""

from typing import Any

import interegular
from hypothesis import given, settings
from hypothesis import strategies as st
from interegular.fsm import Alphabet, anything_else

from trailmin.policy.glob import included_in_union, intersects

GLOBS = st.text(alphabet="ab*?", min_size=1, max_size=6)


def automaton(*globs: str) -> Any:
    expression = "|".join(glob.replace("*", "[abc]*").replace("?", "[abc]") for glob in globs)
    return interegular.parse_pattern(expression).to_fsm(alphabet())


def alphabet() -> Any:
    return Alphabet.from_groups({"a"}, {"b"}, {"c"}, {anything_else})  # type: ignore[no-untyped-call]


@settings(max_examples=2000)
@given(GLOBS, st.lists(GLOBS, min_size=1, max_size=3))
def test_inclusion_in_a_union_is_what_interegular_says(one: str, union: list[str]) -> None:
    assert included_in_union(one, union) == automaton(one).issubset(automaton(*union))


@settings(max_examples=2000)
@given(GLOBS, GLOBS)
def test_overlap_is_what_interegular_says(one: str, other: str) -> None:
    assert intersects(one, other) == (not (automaton(one) & automaton(other)).empty())
