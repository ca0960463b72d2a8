"""The search for a way in which atoms can turn out so that new policies allow and old ones do not.

Atoms on one key are decided together (`keys.py`). Whether a resource is among those of patterns with unknown parts, and
whether the caller is among some principals, are free but for what their texts imply.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from trailmin.policy import glob
from trailmin.policy.inclusion.budget import Budget
from trailmin.policy.inclusion.keys import KeyTheory, KeyValues
from trailmin.policy.pattern import wide_reading
from trailmin.policy.request import ConditionAtom, ResourceAtom

RESOURCE, PRINCIPAL = " resource", " principal"
"""Groups of atoms beside the condition keys, which hold no space at their start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalAtom:
    """Whether a Principal (or NotPrincipal) element is about the caller.

    The two are not each other's negation: a NotPrincipal is about a role's session unless its session, role and
    account are all listed.
    """

    principals: frozenset[tuple[str, str]]
    """Each with its kind."""
    excepted: bool = False
    """Whether it is a NotPrincipal."""


Atom: TypeAlias = ConditionAtom | ResourceAtom | PrincipalAtom
Literal: TypeAlias = tuple[Atom, bool]
Term: TypeAlias = frozenset[Literal]
Model: TypeAlias = Mapping[str, KeyValues]
_State: TypeAlias = dict[str, Term]


class Search:
    """Finds models of conjunctions; remembers what it found of each key."""

    def __init__(self, atoms: Iterable[ConditionAtom], budget: Budget, *, plain_only: bool = False) -> None:
        """With `plain_only`, models of a kind that a request can be made of; that there are none then means nothing."""
        self._budget, self._plain_only = budget, plain_only
        self._atoms: dict[str, list[ConditionAtom]] = {}
        for atom in sorted(set(atoms), key=lambda one: one.sort_key):
            self._atoms.setdefault(atom.key, []).append(atom)
        self._theories: dict[tuple[ConditionAtom, ...], KeyTheory] = {}
        self._solved: dict[tuple[str, Term], KeyValues | None] = {}

    def model(self, held: Iterable[Literal], broken: Iterable[Term]) -> Model | None:
        """Values of the keys with which all of `held` hold and of each of `broken` something does not.

        None where there are none, for certain.

        Raises:
            GaveUpError: the budget does not suffice.
        """
        state: _State = {}
        for literal in held:
            if not self._add(state, literal):
                return None
        clauses = [tuple(sorted(((atom, not wanted) for atom, wanted in term), key=_sort_key)) for term in broken]
        final = self._search(state, sorted(set(clauses), key=len))
        if final is None:
            return None
        return {
            key: found
            for key, literals in final.items()
            if not key.startswith(" ") and (found := self._solve(key, literals)) is not None
        }

    def _search(self, state: _State, clauses: Sequence[tuple[Literal, ...]]) -> _State | None:
        self._budget.spend()
        state = dict(state)
        reduced = self._propagate(state, clauses)
        if reduced is None:
            return None
        if not reduced:
            return state
        shortest = min(reduced, key=len)
        rest = [clause for clause in reduced if clause is not shortest]
        for literal in shortest:
            branch = dict(state)
            if self._add(branch, literal):
                found = self._search(branch, rest)
                if found is not None:
                    return found
            # From here on the literal is known to fail.
            if not self._add(state, (literal[0], not literal[1])):
                return None
        return None

    def _propagate(self, state: _State, clauses: Sequence[tuple[Literal, ...]]) -> list[tuple[Literal, ...]] | None:
        """The clauses that are still open, each with the literals that can still hold; None if one has none."""
        pending = list(clauses)
        changed = True
        while changed:
            changed = False
            still_open: list[tuple[Literal, ...]] = []
            for clause in pending:
                if any(self._is_entailed(state, literal) for literal in clause):
                    continue
                options = tuple(literal for literal in clause if self._can_add(state, literal))
                if not options:
                    return None
                if len(options) == 1:
                    self._add(state, options[0])
                    changed = True
                else:
                    still_open.append(options)
            pending = still_open
        return pending

    def _is_entailed(self, state: _State, literal: Literal) -> bool:
        return not self._can_add(state, (literal[0], not literal[1]))

    def _can_add(self, state: _State, literal: Literal) -> bool:
        group = _group(literal[0])
        return self._is_possible(group, state.get(group, frozenset()) | {literal})

    def _add(self, state: _State, literal: Literal) -> bool:
        group = _group(literal[0])
        state[group] = state.get(group, frozenset()) | {literal}
        return self._is_possible(group, state[group])

    def _is_possible(self, group: str, literals: Term) -> bool:
        if group in {RESOURCE, PRINCIPAL}:
            return not any(
                held and not fails and _implies(atom, other) for atom, held in literals for other, fails in literals
            )
        return self._solve(group, literals) is not None

    def _solve(self, key: str, literals: Term) -> KeyValues | None:
        question = (key, literals)
        if question not in self._solved:
            self._budget.spend()
            asked = [(atom, wanted) for atom, wanted in literals if isinstance(atom, ConditionAtom)]
            is_contradiction = len({atom for atom, _ in asked}) < len(asked)
            self._solved[question] = None if is_contradiction else self._theory(key, asked).solve(asked)
        return self._solved[question]

    def _theory(self, key: str, asked: Iterable[tuple[ConditionAtom, bool]]) -> KeyTheory:
        wanted = {atom for atom, _ in asked}
        # Only the conditions asked about: the classes of all on a busy key would be many.
        atoms = tuple(atom for atom in self._atoms[key] if atom in wanted)
        if atoms not in self._theories:
            self._theories[atoms] = KeyTheory(key, atoms, self._budget, plain_only=self._plain_only)
        return self._theories[atoms]


def _group(atom: Atom) -> str:
    match atom:
        case ConditionAtom():
            return atom.key
        case ResourceAtom():
            return RESOURCE
        case PrincipalAtom():
            return PRINCIPAL


def _implies(atom: Atom, other: Atom) -> bool:
    if isinstance(atom, ResourceAtom) and isinstance(other, ResourceAtom):
        return atom == other or _resources_imply(atom, other)
    if isinstance(atom, PrincipalAtom) and isinstance(other, PrincipalAtom):
        return _principals_imply(atom, other)
    return False


@lru_cache(maxsize=1 << 12)
def _resources_imply(atom: ResourceAtom, other: ResourceAtom) -> bool:
    wide = tuple(map(wide_reading, other.patterns))
    return all(
        glob.included_in_union(pattern, tuple(other.patterns)) and glob.included_in_union(wide_reading(pattern), wide)
        for pattern in atom.patterns
    )


def _principals_imply(atom: PrincipalAtom, other: PrincipalAtom) -> bool:
    if atom.excepted or other.excepted:
        return atom.excepted and other.excepted and other.principals <= atom.principals
    if atom.principals <= other.principals:
        return True
    anyone = {("*", "*"), ("AWS", "*")}
    return bool(anyone & other.principals) and all(kind in {"*", "AWS"} for kind, _ in atom.principals)


def _sort_key(literal: Literal) -> tuple[str, ...]:
    atom, wanted = literal
    if isinstance(atom, PrincipalAtom):
        return ("principal", str(atom.excepted), *(":".join(one) for one in sorted(atom.principals)), str(wanted))
    return (*atom.sort_key, str(wanted))
