"""How much to widen what is in one container: by description length, on days that the patterns were not made from.

A description is the patterns, and each value as what its pattern leaves open. A held-out value that no pattern
matches would have been denied, and is dear. Rissanen, "Modeling by shortest data description" (1978).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from trailmin.policy import resource_included, resource_matches
from trailmin.synth.patterns.cover import Covered, Place, cover
from trailmin.synth.patterns.labels import Family
from trailmin.synth.patterns.segment import NAMES, Rule, family_pattern, member_rule
from trailmin.synth.patterns.summary import Path

_HELD_OUT = 0.2
"""Share of the time, at its end."""
_SHORTEST = 5
"""Days from which on some can be held out."""
_SAMPLE = 1_000
"""Held-out values that are looked at."""
_BITS_OPEN = 5.0
"""Of a character that the pattern leaves open."""
_BITS_PATTERN = 0.25
"""Of a character of a pattern: it is read once, what it leaves open stays open."""
_BITS_MISS = 4_096.0
"""Of a held-out value that no pattern matches."""
_LISTED = (24, 12, 4)
_FEWEST = 5
"""Values from which on a whole container may stand for them."""

RULES: tuple[Rule | None, ...] = (*map(member_rule, _LISTED), None)
"""From narrow to wide; None is the whole container."""
_DEFAULT = 1
"""Where no days can be held out."""


@dataclass(slots=True)
class Unit:
    """The members of one container, or the names of one kind in one account and region."""

    head: str
    """What all patterns begin with."""
    paths: list[Path]
    place: Place
    level: int = 0
    """Which of the rules."""
    covered: list[Covered] = field(default_factory=list)
    trained: tuple[str, ...] | None = None
    """Patterns from the first days alone; None where no days can be held out."""
    split: int = 0
    """The last of the first days."""

    @property
    def is_of_members(self) -> bool:
        """Whether more than one rule applies."""
        return self.place.depth >= self.place.base

    @property
    def can_widen(self) -> bool:
        """Whether there is a wider rule."""
        return self.is_of_members and self.level + 1 < len(RULES) and len(self.covered) > 1


def choose(unit: Unit) -> None:
    """Cover a unit by the rule with the shortest description."""
    first, last = min(p.leaf.first for p in unit.paths), max(p.leaf.last for p in unit.paths)
    unit.split = last - max(1, round((last - first + 1) * _HELD_OUT))
    train = [p for p in unit.paths if p.leaf.first <= unit.split]
    if not unit.is_of_members:
        apply(unit, 0)
        if last - first + 1 >= _SHORTEST and train:
            unit.trained = tuple(_patterns(unit, train, 0))
        return
    if last - first + 1 < _SHORTEST or not train:
        apply(unit, _DEFAULT)
        return
    held = sorted((p for p in unit.paths if p.leaf.last > unit.split), key=lambda p: p.leaf.hashes)[:_SAMPLE]
    widest = len(RULES) if sum(p.leaf.values for p in unit.paths) >= _FEWEST else len(RULES) - 1
    trained = [tuple(_patterns(unit, train, level)) for level in range(widest)]
    costs = [_cost(patterns, held) for patterns in trained]
    best = min(range(widest), key=lambda level: (costs[level], level))
    unit.trained = trained[best]
    apply(unit, best)


def apply(unit: Unit, level: int) -> None:
    """Cover a unit by one rule."""
    unit.level = level
    unit.covered = list(_covered(unit, unit.paths, level))


def _patterns(unit: Unit, paths: Sequence[Path], level: int) -> Iterator[str]:
    yield from (covered.pattern for covered in _covered(unit, paths, level))


def _covered(unit: Unit, paths: Sequence[Path], level: int) -> list[Covered]:
    rule = RULES[level] if unit.is_of_members else NAMES
    if rule is None:
        return [Covered(unit.head + "*", list(paths))]
    found = cover(paths, unit.place, rule if unit.is_of_members else member_rule(_LISTED[_DEFAULT]))
    return [Covered(unit.head + covered.pattern, covered.paths) for covered in found]


def _cost(patterns: Sequence[str], held: Sequence[Path]) -> float:
    match_of = matcher(patterns)
    total = sum(len(p) for p in patterns) * _BITS_PATTERN
    for path in held:
        pattern = match_of(path)
        if pattern is None:
            total += _BITS_MISS
        else:
            total += _BITS_OPEN * max(0, len(text_of(path)) - _fixed(pattern))
    return total


def _fixed(pattern: str) -> int:
    return sum(c not in "*?" for c in pattern)


def matcher(patterns: Sequence[str]) -> Callable[[Path], str | None]:
    """Return what finds the first pattern, narrow ones first, that matches a path."""
    literal = {p for p in patterns if not is_wild(p)}
    wild = sorted((p for p in patterns if is_wild(p)), key=lambda p: (-_fixed(p), p))

    def find(path: Path) -> str | None:
        text = text_of(path)
        if text in literal:
            return text
        if is_wild(text) or "${" in text:
            return next((p for p in wild if resource_included(text, p)), None)
        return next((p for p in wild if resource_matches(p, text)), None)

    return find


def is_wild(pattern: str) -> bool:
    """Whether a pattern stands for more than one text."""
    return "*" in pattern or "?" in pattern


def text_of(path: Path) -> str:
    """Return a path as a pattern: the value itself where it stands for one."""
    if path.labels and isinstance(path.labels[0], Family):
        return "*"
    return "".join(family_pattern(label) if isinstance(label, Family) else label for label in path.labels)
