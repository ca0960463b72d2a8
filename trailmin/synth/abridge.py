"""A list of actions that is too long for a policy, in as few characters as there is room for.

Wildcards stand for whole branches of what a service calls its actions, word by word. Each lets some actions stay that
would go; which of them to take is a matter of weight against characters. Every wildcard stays inside the old grant.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from trailmin.policy import Statement, action_included, actions_intersect

_WORD_END = re.compile(r"(?<=:)|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|\Z")
_QUOTES_AND_COMMA = 3
_STEPS = 40
"""Of bisection: from then on the price changes no choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Abridged:
    """Action patterns in place of a list of actions."""

    patterns: tuple[str, ...]
    stays: frozenset[str]
    """Actions that they match beside the list."""


@dataclass(slots=True)
class _Branch:
    """The actions of a statement that begin alike."""

    prefix: str
    may_cover: bool
    """Whether a wildcard behind the prefix stays inside the old grant."""
    name: str | None = None
    """The action that ends here."""
    is_kept: bool = False
    kept: int = 0
    weight: float = 0.0
    """Of the actions that would go."""
    branches: dict[str, "_Branch"] = field(default_factory=dict)
    covers: bool = False
    """Whether the wildcard is taken, at the price that was asked for last."""

    def names(self) -> Iterator[str]:
        if self.name is not None and not self.is_kept:
            yield self.name
        for branch in self.branches.values():
            yield from branch.names()

    def chosen(self) -> Iterator["_Branch"]:
        """What is taken for all that is kept: branches that cover, and single actions."""
        if self.covers or self.is_kept:
            yield self
        if not self.covers:
            for branch in self.branches.values():
                if branch.kept:
                    yield from branch.chosen()


def abridge(
    kept: Iterable[str], gone: Iterable[str], statement: Statement, room: int, *, weight_of: Callable[[str], float]
) -> Abridged:
    """Return patterns that match all actions to keep within a number of characters, or the shortest where none do.

    Args:
        kept: Actions of the statement that stay.
        gone: All its other actions that the catalog knows.
        statement: The old grant.
        room: Characters, quotation marks and commas counted.
        weight_of: How much it matters that an action goes.
    """
    trees = [tree for tree in _trees(kept, gone, statement, weight_of) if tree.kept]
    low, high = 0.0, float(room)
    for _ in range(_STEPS):
        price = (low + high) / 2
        low, high = (price, high) if _characters(trees, price) <= room else (low, price)
    _characters(trees, low)
    chosen = [branch for tree in trees for branch in tree.chosen()]
    return Abridged(
        patterns=tuple(sorted(f"{branch.prefix}*" if branch.covers else branch.prefix for branch in chosen)),
        stays=frozenset(name for branch in chosen if branch.covers for name in branch.names()),
    )


def _trees(
    kept: Iterable[str], gone: Iterable[str], statement: Statement, weight_of: Callable[[str], float]
) -> list[_Branch]:
    trees: dict[str, _Branch] = {}
    weights = {name: weight_of(name) for name in gone}
    names = sorted({*kept, *weights}, key=lambda text: (text.lower(), text))
    ends = {name[: end.end()].lower() for name in names for end in _WORD_END.finditer(name)}
    for name in names:
        # `ListQueues` is one of those that begin with `ListQueue`.
        prefixes = [name[:n] for n in range(name.index(":") + 1, len(name) + 1) if name[:n].lower() in ends]
        _plant(trees, prefixes, weights.get(name), statement)
    return list(trees.values())


def _plant(trees: dict[str, _Branch], prefixes: Sequence[str], weight: float | None, statement: Statement) -> None:
    """Add the action that the last prefix is; one without a weight is kept."""
    level, may_cover = trees, False
    for prefix in prefixes:
        branch = level.get(prefix.lower())
        if branch is None:
            may_cover = may_cover or is_inside(f"{prefix}*", statement)
            branch = level[prefix.lower()] = _Branch(prefix, may_cover)
        may_cover = branch.may_cover
        branch.kept += weight is None
        branch.weight += weight or 0.0
        level = branch.branches
        if prefix is prefixes[-1]:
            branch.name, branch.is_kept = prefix, weight is None


def is_inside(pattern: str, statement: Statement) -> bool:
    """Whether a statement grants all actions that a pattern matches, future ones too."""
    if statement.not_actions:
        return not any(actions_intersect(pattern, excluded) for excluded in statement.not_actions)
    return any(action_included(pattern, granted) for granted in statement.actions)


def _characters(trees: Iterable[_Branch], price: float) -> int:
    return sum(_cheapest(tree, price)[0] for tree in trees)


def _cheapest(branch: _Branch, price: float) -> tuple[int, float]:
    """Choose the patterns for what is kept of a branch, at a price in characters for the weight that stays with them.

    Returns their characters, and that weight.
    """
    whole = len(branch.prefix) + 1 + _QUOTES_AND_COMMA
    characters, weight = (whole - 1 if branch.is_kept else 0), 0.0
    # Below a branch of which nothing goes there is nothing to choose.
    branch.covers = branch.may_cover and not branch.weight and bool(branch.branches)
    if branch.covers:
        return whole, 0.0
    for below in branch.branches.values():
        if below.kept:
            more, heavier = _cheapest(below, price)
            characters, weight = characters + more, weight + heavier
    branch.covers = branch.may_cover and whole + price * branch.weight < characters + price * weight
    return (whole, branch.weight) if branch.covers else (characters, weight)
