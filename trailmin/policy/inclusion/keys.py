"""Can the conditions on one key turn out like this together, and which values make them?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from trailmin.policy.condition import evaluate_condition
from trailmin.policy.context_keys import is_single_valued
from trailmin.policy.document import Condition
from trailmin.policy.inclusion.budget import Budget
from trailmin.policy.inclusion.values import ValueClass, VariableText, family_of, value_classes, wanted_values
from trailmin.policy.operators import operator_of
from trailmin.policy.request import ConditionAtom
from trailmin.policy.truth import Truth


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyValues:
    """What a request has for one key."""

    values: tuple[str, ...]
    """None: the request does not have the key."""
    variables: frozenset[VariableText] = frozenset()
    """Texts with policy variables that are to match the values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Demand:
    """What an outcome of a condition asks of the values of a present key: of each, or of one of them."""

    bit: int
    wanted: bool
    of_each: bool
    skips_empty: bool
    """A ForAllValues does not look at empty values."""

    def is_met(self, found: ValueClass) -> bool:
        if self.skips_empty and found.sample == "":
            return self.of_each
        return bool(found.satisfied >> self.bit & 1) == self.wanted


class KeyTheory:
    """The conditions on one key that a proof is about; the values are cut into classes once for all of them."""

    def __init__(self, key: str, atoms: Iterable[ConditionAtom], budget: Budget, *, plain_only: bool = False) -> None:
        """With `plain_only`, only values of the operators' types that no policy variable equals are looked at."""
        self._is_single = is_single_valued(key)
        self._operators = {atom: operator_of(atom.operator) for atom in atoms}
        families: dict[str, list[ConditionAtom]] = {}
        for atom, operator in self._operators.items():
            if operator is not None and not operator.is_null_check:
                families.setdefault(family_of(operator), []).append(atom)
        self._families = families
        self._classes = {
            name: [one for one in _classes_of(tuple(members), budget) if one.is_plain or not plain_only]
            for name, members in families.items()
        }

    def solve(self, outcomes: Iterable[tuple[ConditionAtom, bool]]) -> KeyValues | None:
        """Values of the key with which each condition has the outcome asked for; None where there are none.

        Conditions that say nothing definite (an operator that IAM does not have) may turn out either way.
        """
        asked = dict(outcomes)
        if all(_outcome_without_key(atom) in {Truth.UNKNOWN, Truth.of(wanted)} for atom, wanted in asked.items()):
            return KeyValues(values=())
        if any(_contradicts_presence(atom, wanted=wanted) for atom, wanted in asked.items()):
            return None
        values: list[str] = []
        variables: frozenset[VariableText] = frozenset()
        for name, members in self._families.items():
            demands = [self._demand(bit, atom, asked[atom]) for bit, atom in enumerate(members) if atom in asked]
            if not demands:
                continue
            chosen = _choose(self._classes[name], demands, is_single=self._is_single)
            if chosen is None:
                return None
            values += [one.sample for one in chosen]
            variables |= frozenset().union(*(one.variables for one in chosen))
        return KeyValues(values=tuple(dict.fromkeys(values)) or ("any",), variables=variables)

    def _demand(self, bit: int, atom: ConditionAtom, wanted: bool) -> _Demand:
        operator = self._operators[atom]
        for_all = operator is not None and operator.quantifier == "forallvalues"
        each = for_all or (operator is not None and operator.quantifier is None and operator.negated)
        # Not each: one that does not. Not one: each does not.
        return _Demand(bit=bit, wanted=wanted, of_each=each == wanted, skips_empty=for_all)


def _classes_of(atoms: tuple[ConditionAtom, ...], budget: Budget) -> tuple[ValueClass, ...]:
    known = [(atom, operator) for atom in atoms if (operator := operator_of(atom.operator)) is not None]
    conditions = [(operator, wanted_values(atom, operator)) for atom, operator in known]
    return value_classes(family_of(known[0][1]), conditions, budget)


def _choose(
    classes: Sequence[ValueClass], demands: Sequence[_Demand], *, is_single: bool
) -> tuple[ValueClass, ...] | None:
    allowed = [found for found in classes if all(d.is_met(found) for d in demands if d.of_each)]
    wanted = [demand for demand in demands if not demand.of_each]
    alone = next((found for found in allowed if all(demand.is_met(found) for demand in wanted)), None)
    if alone is not None:
        return (alone,)
    if is_single or not allowed:
        return None
    several = [next((found for found in allowed if demand.is_met(found)), None) for demand in wanted]
    return tuple(dict.fromkeys(found for found in several if found)) if all(several) else None


@lru_cache(maxsize=1 << 13)
def _outcome_without_key(atom: ConditionAtom) -> Truth:
    return evaluate_condition(_condition(atom), lambda _: (), variables=atom.variables)


@lru_cache(maxsize=1 << 13)
def _contradicts_presence(atom: ConditionAtom, *, wanted: bool) -> bool:
    operator = operator_of(atom.operator)
    if operator is None or not operator.is_null_check:
        return False
    found = evaluate_condition(_condition(atom), lambda _: ("any",), variables=False)
    return found is not Truth.UNKNOWN and found is not Truth.of(wanted)


def _condition(atom: ConditionAtom) -> Condition:
    return Condition(operator=atom.operator, key=atom.key, values=tuple(sorted(atom.values)))
