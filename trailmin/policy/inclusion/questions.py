"""What is to be asked of conditions, for one new Allow, at actions where the same rules match.

A request of a cell refutes the inclusion where the Allow's conditions hold, those of no new Deny do, and those of an
old Deny do or of no old Allow.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trailmin.policy.inclusion.budget import Budget
from trailmin.policy.inclusion.cells import Cell, cells, or_of
from trailmin.policy.inclusion.rules import Rule, is_certain
from trailmin.policy.inclusion.search import Term
from trailmin.policy.match import NO_RESOURCE
from trailmin.policy.pattern import Pattern, glob_pattern, widest
from trailmin.policy.request import ResourceAtom

_EVERYTHING = glob_pattern("*", variables=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Whether `held` can hold with something of each of `new_denies` failing, and old not allowing."""

    held: Term
    new_denies: frozenset[Term]
    old_denies: frozenset[Term]
    old_allows: frozenset[Term]
    resource: str
    """A text of the cell."""
    base: Pattern
    """The Allow's pattern that the cell is part of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The rules beside one new Allow whose actions match as well."""

    new_denies: tuple[Rule, ...]
    old_denies: tuple[Rule, ...]
    old_allows: tuple[Rule, ...]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All of them."""
        return (*self.new_denies, *self.old_denies, *self.old_allows)


def group_of(rules: Sequence[Rule]) -> Group:
    """The rules by side and effect, without old Denies that a new one repeats."""
    new_denies = tuple(rule for rule in rules if rule.is_new and not rule.statement.is_allow)
    repeated = {rule.meaning for rule in new_denies}
    old = [rule for rule in rules if not rule.is_new]
    return Group(
        new_denies=new_denies,
        old_denies=tuple(rule for rule in old if not rule.statement.is_allow and rule.meaning not in repeated),
        old_allows=tuple(rule for rule in old if rule.statement.is_allow),
    )


def questions(allow: Rule, group: Group, budget: Budget) -> Iterator[Question]:
    """The questions about one new Allow; none where it is plain that an old one allows all of it.

    Raises:
        GaveUpError: there are too many cells.
    """
    if not group.old_denies and any(_holds_all(rule, allow) for rule in group.old_allows):
        return
    cutter = _Cutter(allow, group, budget)
    asked: set[tuple[object, ...]] = set()
    bases = (_EVERYTHING,) if allow.negated else allow.resources
    for base in bases:
        for cell in cutter.cells(base):
            question = cutter.question(base, cell)
            if question is None:
                continue
            key = (question.held, question.new_denies, question.old_denies, question.old_allows)
            if key not in asked:
                asked.add(key)
                yield question


def _holds_all(rule: Rule, allow: Rule) -> bool:
    if not rule.given <= allow.given:
        return False
    if rule.negated:
        return not rule.resources or (allow.negated and set(rule.resources) <= set(allow.resources))
    if any(pattern.is_universal for pattern in rule.resources):
        return True
    return not allow.negated and set(allow.resources) <= set(rule.resources)


class _Cutter:
    """Cuts resources along the patterns of a group, each pattern in the narrowest and the widest of its readings.

    What tells cells apart is which rules match for certain (their own bits), and which patterns may match (bits above).
    """

    def __init__(self, allow: Rule, group: Group, budget: Budget) -> None:
        self._allow, self._group, self._budget = allow, group, budget
        self._labels: dict[Pattern, int] = {}
        self._possible: dict[Pattern, int] = {}
        rules = (*((allow,) if allow.negated else ()), *group.rules)
        self._bit = max((rule.bit for rule in rules), default=1)
        for rule in rules:
            for pattern in rule.resources:
                self._add(pattern, rule.bit)
        self._settling, self._unsettling = self._prunable()

    def _add(self, pattern: Pattern, bit: int) -> None:
        if not pattern.variables:
            self._labels[pattern] = self._labels.get(pattern, 0) | bit
        if not is_certain(pattern) and pattern not in self._possible:
            self._bit <<= 1
            self._possible[pattern] = self._bit
            wide = widest(pattern)
            self._labels[wide] = self._labels.get(wide, 0) | self._bit

    def _prunable(self) -> tuple[int, int]:
        """What of old Allows leaves no question open, and what of old Denies opens one all the same."""
        if any(rule.negated for rule in self._group.old_denies):
            return 0, -1
        settling = or_of(
            rule.bit for rule in self._group.old_allows if not rule.negated and rule.given <= self._allow.given
        )
        denies = self._group.old_denies
        possible = or_of(self._possible.get(pattern, 0) for rule in denies for pattern in rule.resources)
        return settling, or_of(rule.bit for rule in denies) | possible

    def cells(self, base: Pattern) -> Iterator[Cell]:
        if base.is_universal:
            # What takes no resource: only patterns for everything match.
            everything = or_of(label for pattern, label in self._labels.items() if pattern.is_universal)
            possible = or_of(self._possible.values())
            yield Cell(matched=everything & ~possible, sample=NO_RESOURCE)
        wide = widest(base)
        yield from cells(wide, self._labels, self._budget, settling=self._settling, unsettling=self._unsettling)

    def question(self, base: Pattern, cell: Cell) -> Question | None:
        matching = self._allow_term(base, cell)
        if matching is None:
            return None
        old_allows = self._terms(self._group.old_allows, base, cell)
        old_denies = self._terms(self._group.old_denies, base, cell)
        if not old_denies and any(term <= matching for term in old_allows):
            return None
        return Question(
            held=matching,
            new_denies=self._terms(self._group.new_denies, base, cell),
            old_denies=old_denies,
            old_allows=old_allows,
            resource=cell.sample,
            base=base,
        )

    def _allow_term(self, base: Pattern, cell: Cell) -> Term | None:
        if self._allow.negated:
            return self._term(self._allow, base, cell)
        if is_certain(base):
            return self._allow.given
        return self._allow.given | {(ResourceAtom(patterns=frozenset({base})), True)}

    def _terms(self, rules: Sequence[Rule], base: Pattern, cell: Cell) -> frozenset[Term]:
        found = (self._term(rule, base, cell) for rule in rules)
        return frozenset(term for term in found if term is not None)

    def _term(self, rule: Rule, base: Pattern, cell: Cell) -> Term | None:
        """What it takes for the rule to match in the cell; None where it cannot."""
        match self._among(rule, base, cell):
            case bool(among):
                return rule.given if among != rule.negated else None
            case atom:
                return rule.given | {(atom, not rule.negated)}

    def _among(self, rule: Rule, base: Pattern, cell: Cell) -> bool | ResourceAtom:
        if cell.matched & rule.bit:
            return True
        possible = frozenset(one for one in rule.resources if cell.matched & self._possible.get(one, 0))
        if base in possible:
            return True
        return ResourceAtom(patterns=possible) if possible else False
