"""How much tighter policies became."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from trailmin.policy import glob
from trailmin.policy.document import Policy, Statement
from trailmin.policy.pattern import Pattern, resource_pattern, widest
from trailmin.policy.selection import statement_actions

ARN_LENGTH = 64
"""Characters up to which ARNs are counted, unless told otherwise."""
_CHARACTERS = 95
"""Printable ASCII, of which the counted ARNs are made."""
_STATE_CAP = 2_000


class LeveledAction(Protocol):
    """An action of the catalog."""

    @property
    def full_name(self) -> str:
        """As a policy writes it: `s3:GetObject`."""
        ...

    @property
    def access_level(self) -> str:
        """`List`, `Read`, `Write`, `Tagging`, `Permissions management`, or several joined by `, `."""
        ...


class LevelCatalog(Protocol):
    """What measuring asks of a catalog."""

    def services(self) -> Iterable[str]:
        """The service prefixes."""
        ...

    def actions(self, prefix: str) -> Iterable[LeveledAction]:
        """All actions of a service."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Breadth:
    """How much policies allow."""

    actions: Mapping[str, int]
    """Today's actions that some Allow matches, by access level."""
    grants: int
    """Pairs of such an action and a resource pattern."""
    arn_bits: float
    """The binary logarithm of the number of ARNs up to a length that some Allow matches; -inf for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tightening:
    """Before and after."""

    before: Breadth
    after: Breadth

    @property
    def arn_bits_saved(self) -> float:
        """By how many bits the matching ARNs became fewer: each bit halves them."""
        if self.before.arn_bits == self.after.arn_bits:
            return 0.0
        return self.before.arn_bits - self.after.arn_bits


def measure_tightening(
    old: Sequence[Policy], new: Sequence[Policy], catalog: LevelCatalog, *, length: int = ARN_LENGTH
) -> Tightening:
    """How much old and new policies allow, Denies and conditions aside."""
    return Tightening(before=measure(old, catalog, length=length), after=measure(new, catalog, length=length))


def measure(policies: Sequence[Policy], catalog: LevelCatalog, *, length: int = ARN_LENGTH) -> Breadth:
    """How much policies allow, Denies and conditions aside."""
    allows = [found for policy in policies for found in policy.statements if found.is_allow]
    levels: Counter[str] = Counter()
    grants = 0
    for prefix in sorted(catalog.services()):
        near = [found for found in allows if _may_name(found, prefix)]
        for action in catalog.actions(prefix) if near else ():
            name = action.full_name.lower()
            granting = [found for found in near if statement_actions(found).matches(name)]
            levels[action.access_level] += bool(granting)
            grants += sum(len(found.resources) or 1 for found in granting)
    bits = arn_bits([pattern for found in allows for pattern in _patterns(found)], length=length)
    return Breadth(
        actions={level: count for level, count in sorted(levels.items()) if count}, grants=grants, arn_bits=bits
    )


def arn_bits(patterns: Iterable[Pattern], *, length: int = ARN_LENGTH) -> float:
    """The binary logarithm of the number of texts up to a length that one of the patterns matches; -inf for none.

    Policy variables count as any text. Where the patterns overlap in too many ways to count, the sum over all of them.
    """
    union = tuple(dict.fromkeys(map(widest, patterns)))
    counted = _count(union, length)
    if counted is None:
        counted = sum(_count((pattern,), length) or 0 for pattern in union)
    return math.log2(counted) if counted else -math.inf


def _may_name(statement: Statement, prefix: str) -> bool:
    if statement.not_actions:
        return True
    return any(text == "*" or text.lower().startswith(f"{prefix}:") for text in statement.actions)


def _patterns(statement: Statement) -> list[Pattern]:
    if not statement.resources:
        return [resource_pattern("*")]
    return [resource_pattern(text, variables=statement.variables) for text in statement.resources]


def _count(patterns: tuple[Pattern, ...], length: int) -> int | None:
    """The texts that one of the patterns matches; None where the states are too many."""
    automaton = glob.automaton_of(patterns)
    others = _CHARACTERS - (len(automaton.alphabet) - 1)
    counts, total = {automaton.start: 1}, 0
    for left in range(length, -1, -1):
        following: Counter[int] = Counter()
        for states, count in counts.items():
            if states & automaton.universal:
                total += count * sum(_CHARACTERS**more for more in range(left + 1))
                continue
            total += count if states & automaton.accepting else 0
            for symbol in automaton.alphabet:
                reached = automaton.step(states, symbol)
                if reached:
                    following[reached] += count * (others if symbol == glob.OTHER else 1)
        if len(following) > _STATE_CAP:
            return None
        counts = dict(following)
    return total
