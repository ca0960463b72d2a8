"""A list of actions that is too long for a policy, in as few characters as there is room for.

Wildcards stand for whole branches of what a service calls its actions, word by word. Each lets some actions stay that
would go; which of them to take is a matter of weight against characters. Every wildcard stays inside the old grant.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial

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


@dataclass(slots=True, eq=False)
class _Branch:
    """The actions of a statement that begin alike."""

    prefix: str
    may_cover: bool
    """Whether a wildcard behind the prefix stays inside the old grant."""
    parent: "_Branch | None"
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
    price = _dearest(trees, room)
    for tree in trees:
        _cheapest(tree, price)
    chosen = [branch for tree in trees for branch in tree.chosen()]
    return Abridged(
        patterns=tuple(sorted(f"{branch.prefix}*" if branch.covers else branch.prefix for branch in chosen)),
        stays=frozenset(name for branch in chosen if branch.covers for name in branch.names()),
    )


def _dearest(trees: Iterable[_Branch], room: int) -> float:
    """The highest price at which what is chosen fits, by bisection; 0 where nothing does."""
    low, high = 0.0, float(room)
    open_ = [(tree, _cheapest(tree, low), _cheapest(tree, high)) for tree in trees]
    settled = 0
    for _ in range(_STEPS):
        # What a tree costs is concave in the price: where both ends choose alike, so does all between.
        settled += sum(at_low[0] for _, at_low, at_high in open_ if at_low == at_high)
        open_ = [one for one in open_ if one[1] != one[2]]
        price = (low + high) / 2
        found = [_cheapest(tree, price) for tree, _, _ in open_]
        if settled + sum(characters for characters, _ in found) <= room:
            low = price
            open_ = [(tree, here, at_high) for (tree, _, at_high), here in zip(open_, found, strict=True)]
        else:
            high = price
            open_ = [(tree, at_low, here) for (tree, at_low, _), here in zip(open_, found, strict=True)]
    return low


def _trees(
    kept: Iterable[str], gone: Iterable[str], statement: Statement, weight_of: Callable[[str], float]
) -> list[_Branch]:
    weights = {name: weight_of(name) for name in gone}
    branches = _branches_of(frozenset({*kept, *weights}), statement)
    for branch in branches:
        weight = weights.get(branch.name) if branch.name is not None else 0.0
        branch.is_kept = weight is None
        branch.kept, branch.weight = int(branch.is_kept), weight or 0.0
    # From the leaves to the roots.
    for branch in reversed(branches):
        if branch.parent is not None:
            branch.parent.kept += branch.kept
            branch.parent.weight += branch.weight
    return [branch for branch in branches if branch.parent is None]


@lru_cache(maxsize=4)
def _branches_of(names: frozenset[str], statement: Statement) -> tuple[_Branch, ...]:
    """All branches of some actions of a statement, each behind its parent; what is kept of them is set anew each time.

    A thousand roles hold few such statements.
    """
    trees: dict[str, _Branch] = {}
    branches: list[_Branch] = []
    is_free = cache(partial(is_inside, statement=statement))
    for prefixes in _prefixes_of(names):
        _plant(trees, branches, prefixes, is_free)
    return tuple(branches)


def _prefixes_of(names: frozenset[str]) -> tuple[tuple[str, ...], ...]:
    """For each name, sorted, the beginnings that are those of other names too, the last the name itself."""
    ordered = sorted(names, key=lambda text: (text.lower(), text))
    ends = {name[: end.end()].lower() for name in ordered for end in _WORD_END.finditer(name)}
    # `ListQueues` is one of those that begin with `ListQueue`.
    return tuple(
        tuple(name[:n] for n in range(name.index(":") + 1, len(name) + 1) if name[:n].lower() in ends)
        for name in ordered
    )


def _plant(
    trees: dict[str, _Branch], branches: list[_Branch], prefixes: Sequence[str], is_free: Callable[[str], bool]
) -> None:
    """Add the action that the last prefix is, with the branches that it needs.

    `is_free` tells whether a pattern stays inside the old grant.
    """
    level, parent = trees, None
    for prefix in prefixes:
        branch = level.get(prefix.lower())
        if branch is None:
            may_cover = (parent is not None and parent.may_cover) or is_free(f"{prefix}*")
            branch = level[prefix.lower()] = _Branch(prefix, may_cover, parent)
            branches.append(branch)
        level, parent = branch.branches, branch
    if parent is not None:
        parent.name = prefixes[-1]


def is_inside(pattern: str, statement: Statement) -> bool:
    """Whether a statement grants all actions that a pattern matches, future ones too."""
    if statement.not_actions:
        return not any(actions_intersect(pattern, excluded) for excluded in statement.not_actions)
    return any(action_included(pattern, granted) for granted in statement.actions)


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
