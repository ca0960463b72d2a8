"""All that an action was seen on, in bounded memory: a trie of paths with counts (DESIGN 4, 7).

While it is small it has every value. Past the bounds the children of a node become families, and the families one:
which ones depends on the set of values alone, never on their order or on what was merged first. For that each rule
compares a number that only grows with a bound that only shrinks while values are added, and coarsening what is
coarse already gives the same as coarsening the values.
"""

from bisect import insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Self
from zlib import crc32

from trailmin.synth.patterns.labels import Family, Label, everything_of, family_of, join
from trailmin.synth.patterns.tokens import folder_segments, split_name

LEAVES = 20_000
"""About how many paths are kept apart."""
HEADS = 4_096
"""Combinations of partition, service, region and account; beyond, nothing is said but `*`."""
FAN_OUT = 1_000
"""Children of one node that are kept apart."""
FAMILIES = 64
"""Families of one node that are kept apart."""
_EXAMPLES = 3
_SKETCH = 64
_HASHES = 1 << 32


@dataclass(slots=True)
class Leaf:
    """The values that end at one node."""

    count: int
    first: int
    """Day as an ordinal."""
    last: int
    hashes: list[int]
    """The smallest of all values: tells about how many there are."""
    examples: list[tuple[int, str]]
    """The values with the smallest hashes."""

    @property
    def values(self) -> int:
        """How many distinct values: exact up to 63, an estimate within a few per cent beyond."""
        if len(self.hashes) < _SKETCH:
            return len(self.hashes)
        return round((_SKETCH - 1) * _HASHES / (self.hashes[-1] + 1))

    def add(self, value: str, count: int, day: int) -> None:
        """Count one value once more."""
        self.count += count
        if day < self.first:
            self.first = day
        elif day > self.last:
            self.last = day
        hashed = crc32(value.encode("utf-8", "surrogatepass"))
        hashes = self.hashes
        if len(hashes) == _SKETCH and hashed >= hashes[-1]:
            return
        if hashed not in hashes:
            insort(hashes, hashed)
            del hashes[_SKETCH:]
        self._exemplify((hashed, value))

    def merge(self, other: "Leaf") -> None:
        """Count all that another leaf has."""
        self.count += other.count
        self.first = min(self.first, other.first)
        self.last = max(self.last, other.last)
        self.hashes = sorted({*self.hashes, *other.hashes})[:_SKETCH]
        for example in other.examples:
            self._exemplify(example)

    def _exemplify(self, example: tuple[int, str]) -> None:
        if example not in self.examples:
            insort(self.examples, example)
            del self.examples[_EXAMPLES:]

    def copy(self) -> "Leaf":
        """The same, to be changed."""
        return Leaf(self.count, self.first, self.last, list(self.hashes), list(self.examples))


@dataclass(frozen=True, slots=True)
class Path:
    """One path of the trie: a value as it was seen, or all values of families."""

    labels: tuple[Label, ...]
    leaf: Leaf

    @property
    def text(self) -> str | None:
        """The value, where the path stands for one."""
        texts = [label for label in self.labels if isinstance(label, str)]
        return "".join(texts) if len(texts) == len(self.labels) else None


_LITERAL, _FAMILY, _ANY = 0, 1, 2
_BOUNDS = (FAN_OUT, FAMILIES, 4)
"""Children of a node in each mode; the last has two at most."""


class _Node:
    __slots__ = ("children", "label", "leaf", "mode")

    def __init__(self, label: Label) -> None:
        self.label = label
        self.mode = _LITERAL
        self.children: dict[str, _Node] = {}
        self.leaf: Leaf | None = None

    def child(self, segment: str) -> "_Node":
        """The child for a segment, made where there is none."""
        key = segment if self.mode == _LITERAL else self.key(segment)
        found = self.children.get(key)
        if found is None:
            found = self.children[key] = _Node(segment)
        elif self.mode != _LITERAL:
            label = found.label
            if not (label.holds(segment) if isinstance(label, Family) else label == segment):
                found.label = join(label, segment)
        return found

    def key(self, segment: str) -> str:
        """Under which a segment stands where segments are not kept apart."""
        return family_of(segment) if self.mode == _FAMILY else everything_of(segment)

    def merge(self, other: "_Node") -> None:
        self.label = join(self.label, other.label)
        if other.leaf is not None:
            if self.leaf is None:
                self.leaf = other.leaf.copy()
            else:
                self.leaf.merge(other.leaf)
        self.coarsen(other.mode)
        for key, child in other.children.items():
            self._take(self._key_of(other.mode, key, child), child)

    def coarsen(self, mode: int) -> None:
        """Go on with wider keys, where the mode asks for it."""
        if mode <= self.mode:
            return
        before, children = self.mode, self.children
        self.mode, self.children = mode, {}
        for key, child in children.items():
            self._take(self._key_of(before, key, child), child)

    def _key_of(self, mode: int, key: str, child: "_Node") -> str:
        if mode >= self.mode:
            return key
        text = child.label if isinstance(child.label, str) else child.label.trail
        return self.key(text)

    def _take(self, key: str, child: "_Node") -> None:
        found = self.children.get(key)
        if found is None:
            found = self.children[key] = _Node(child.label)
        found.merge(child)

    def settle(self, budget: int) -> None:
        """Keep no more paths below than the budget, in shares that depend on the values alone."""
        bound = min(FAN_OUT, budget)
        if self.mode == _LITERAL and len(self.children) > bound:
            self.coarsen(_FAMILY)
        if self.mode == _FAMILY and len(self.children) > min(FAMILIES, bound):
            self.coarsen(_ANY)
        share = len(self.children) if self.mode == _LITERAL else bound
        for child in self.children.values():
            child.settle(max(1, budget // max(1, share)))

    def paths(self, labels: tuple[Label, ...]) -> Iterator[Path]:
        if self.leaf is not None:
            yield Path(labels, self.leaf)
        for _, child in sorted(self.children.items()):
            yield from child.paths((*labels, child.label))


class Summary:
    """What one action was seen on. Merging is associative and commutative; memory is bounded."""

    __slots__ = ("_folders", "_made", "_root")

    def __init__(self) -> None:
        self._root = _Node("")
        self._folders: dict[str, _Node] = {}
        self._made = 0

    @classmethod
    def of(cls, resource: str, count: int, day: date) -> Self:
        """Return the summary of one resource, as a policy spells it, seen on one day."""
        return cls.of_many([(resource, count, day)])

    @classmethod
    def of_many(cls, seen: Iterable[tuple[str, int, date]]) -> Self:
        """Return the summary of many resources, each with a count and a day; it may be a stream of millions."""
        summary = cls()
        for resource, count, day in seen:
            summary._add(resource, count, day.toordinal())
        summary._settle()
        return summary

    def merge(self, other: "Summary") -> "Summary":
        """Return the summary of all that either has; neither is changed."""
        merged = Summary()
        merged._root.merge(self._root)
        merged._root.merge(other._root)
        merged._settle()
        return merged

    def paths(self) -> Iterator[Path]:
        """Yield what was seen, in an order that depends on the values alone."""
        yield from self._root.paths(())

    def _add(self, resource: str, count: int, day: int) -> None:
        folder, name = split_name(resource)
        node = self._folders.get(folder)
        if node is None:
            node = self._folder(folder)
        if name:
            node = self._step(node, name)
        if node.leaf is None:
            hashed = crc32(resource.encode("utf-8", "surrogatepass"))
            node.leaf = Leaf(count, day, day, [hashed], [(hashed, resource)])
        else:
            node.leaf.add(resource, count, day)

    def _step(self, parent: _Node, segment: str) -> _Node:
        child = parent.child(segment)
        if child.leaf is None and not child.children:
            self._made += 1
            is_root = parent is self._root
            if len(parent.children) > (HEADS if is_root else _BOUNDS[parent.mode]):
                parent.coarsen(_ANY if is_root else parent.mode + 1)
                self._folders.clear()
                return self._step(parent, segment)
        return child

    def _folder(self, folder: str) -> _Node:
        if self._made > 3 * LEAVES:
            self._settle()
        if len(self._folders) > LEAVES:
            self._folders.clear()
        node = self._root
        for segment in folder_segments(folder):
            node = self._step(node, segment)
        self._folders[folder] = node
        return node

    def _settle(self) -> None:
        if len(self._root.children) > HEADS:
            self._root.coarsen(_ANY)
        share = HEADS if self._root.mode == _ANY else len(self._root.children)
        for head in self._root.children.values():
            head.settle(max(1, LEAVES // share))
        self._folders.clear()
        self._made = 0
