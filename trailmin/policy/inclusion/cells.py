"""The cells that patterns cut a set of texts into, each with a text that stands for it.

Two texts are in one cell when the same patterns match both. The cells of texts that a base pattern matches are found by
walking the positions of all patterns at once, over the characters that they spell out and one more that stands for all
others: so they are all cells there are, of texts that nobody has thought of too.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import or_

from trailmin.policy import glob
from trailmin.policy.inclusion.budget import Budget
from trailmin.policy.pattern import ONE, SEGMENT_ONE, SEGMENT_STAR, STAR, Pattern, is_variable

FOLD = "~"
"""Opens a token that matches a character in either case: `~a`."""

_FRESH = "xzqjkvwyXZQJKVWY0123456789-_abcdefghilmnoprstuABCDEFGHILMNOPRSTU./=+@ "
_SAME_LOWER = {"k": "\u212a", "å": "\u212b", "ß": "\u1e9e"}
"""Further characters that become these in lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell that is not empty."""

    matched: int
    """The labels of the patterns that match its texts, or-ed."""
    sample: str


def folded_pattern(text: str) -> Pattern:
    """The pattern that matches `text` in any letter case."""
    return Pattern(text=text, tokens=tuple(FOLD + char for char in text.lower()))


def pattern_matches(pattern: Pattern, text: str) -> bool:
    """Whether a pattern, folded or not, matches a text."""
    if pattern.tokens[:1] and pattern.tokens[0].startswith(FOLD) and len(pattern.tokens[0]) > 1:
        return text.lower() == "".join(token[1:] for token in pattern.tokens)
    return glob.matches(pattern, text)


def cells(
    base: Pattern, labels: Mapping[Pattern, int], budget: Budget, *, settling: int = 0, unsettling: int = -1
) -> Iterator[Cell]:
    """All cells of the texts that `base` matches, each once or more; `base` has no variables.

    Each pattern has a label, a set of bits: only texts that differ in the labels of what matches them are told apart.
    Cells are left out where a bit of `settling` is matched and none of `unsettling` can be.

    Raises:
        GaveUpError: the budget does not suffice.
    """
    if base.is_literal:
        text = "".join(base.tokens)
        budget.spend()
        yield Cell(matched=_matched(labels, text), sample=text)
        return
    near = {pattern: label for pattern, label in labels.items() if _may_meet(base, pattern)}
    literals = {"".join(pattern.tokens): pattern for pattern in near if pattern.is_literal}
    wild = {pattern: label for pattern, label in near.items() if not pattern.is_literal}
    hidden = False
    for cell in _Walk(base, wild, frozenset(literals), budget).cells(settling, unsettling):
        if cell.sample in literals:
            hidden = True
        else:
            yield cell
    for text, pattern in literals.items():
        if pattern_matches(base, text):
            budget.spend()
            yield Cell(matched=_matched(wild, text) | near[pattern], sample=text)
    if hidden:
        # The only text found for a cell was a spelled-out one; there may be others.
        yield from _Walk(base, near, frozenset(literals), budget).cells(settling, unsettling)


def _matched(labels: Mapping[Pattern, int], text: str) -> int:
    return or_of(label for pattern, label in labels.items() if pattern_matches(pattern, text))


def or_of(numbers: Iterable[int]) -> int:
    """The bits of all numbers."""
    return reduce(or_, numbers, 0)


def _may_meet(base: Pattern, pattern: Pattern) -> bool:
    """A cheap necessary condition for a text that both match."""
    a, b = _literal_start(base.tokens), _literal_start(pattern.tokens)
    return (a.startswith(b) or b.startswith(a)) and not any(map(is_variable, pattern.tokens))


@lru_cache(maxsize=1 << 13)
def _literal_start(tokens: tuple[str, ...]) -> str:
    end = next((index for index, token in enumerate(tokens) if len(token) > 1), len(tokens))
    return "".join(tokens[:end])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a pattern stands among the positions."""

    label: int
    mask: int
    """All of its positions, the accepting one included."""
    accept: int
    rest: int
    """The position before a `*` at its end: whatever follows is matched. 0 if it does not end in one."""


class _Walk:
    """The positions of the base and of the other patterns as bits; each has one bit more than it has tokens."""

    def __init__(self, base: Pattern, labels: Mapping[Pattern, int], avoided: frozenset[str], budget: Budget) -> None:
        self._budget = budget
        self._spelled: dict[str, int] = {}
        self._stars = self._segment_stars = self._ones = self._segment_ones = 0
        self._bit = 1
        self._start = 0
        self._base = self._place(base, 0)
        self._others = [self._place(pattern, label) for pattern, label in labels.items()]
        self._loops = self._stars | self._segment_stars
        self._rests = or_of(place.rest for place in self._others)
        self._accepting = or_of(place.accept for place in self._others)
        self._fresh = _fresh_character(self._spelled, avoided)
        self._absorbed: dict[int, tuple[int, int]] = {}
        self._labels: dict[int, int] = {}

    def _place(self, pattern: Pattern, label: int) -> _Place:
        first = self._bit
        self._start |= first
        for token in pattern.tokens:
            self._add(token, self._bit)
            self._bit <<= 1
        accept = self._bit
        self._bit <<= 1
        rest = accept >> 1 if pattern.tokens[-1:] == (STAR,) else 0
        return _Place(label=label, mask=self._bit - first, accept=accept, rest=rest)

    def _add(self, token: str, bit: int) -> None:
        if token == STAR:
            self._stars |= bit
        elif token == SEGMENT_STAR:
            self._segment_stars |= bit
        elif token == ONE:
            self._ones |= bit
        elif token == SEGMENT_ONE:
            self._segment_ones |= bit
        else:
            for char in _characters(token):
                self._spelled[char] = self._spelled.get(char, 0) | bit

    def cells(self, settling: int, unsettling: int) -> Iterator[Cell]:
        watched = or_of(place.mask for place in self._others if place.label & unsettling)
        start = self._closed(self._start)
        came: dict[int, tuple[int, str] | None] = {start: None}
        todo = [start]
        told: set[int] = set()
        while todo:
            states = todo.pop()
            if settling and not states & watched and self._absorb(states & self._rests)[1] & settling:
                continue
            self._budget.spend()
            if states & self._base.accept:
                matched = self._label_of(states & self._accepting)
                if matched not in told:
                    told.add(matched)
                    yield Cell(matched=matched, sample=_text(came, states) + self._more(states, matched))
            for symbol in self._symbols(states):
                following = self._step(states, symbol)
                if following & self._base.mask and following not in came:
                    came[following] = (states, symbol)
                    todo.append(following)

    def _more(self, states: int, matched: int) -> str:
        """A further character where it changes nothing: `s3:getx` says more clearly than `s3:get` what `s3:Get*` is."""
        further = self._step(states, self._fresh)
        is_same = further & self._base.accept and self._label_of(further & self._accepting) == matched
        return self._fresh if is_same else ""

    def _label_of(self, accepted: int) -> int:
        if accepted not in self._labels:
            self._labels[accepted] = or_of(place.label for place in self._others if accepted & place.accept)
        return self._labels[accepted]

    def _symbols(self, states: int) -> list[str]:
        """The characters that lead to different positions; the one that stands for all others last."""
        found = [char for char, mask in self._spelled.items() if states & mask]
        if states & (self._segment_stars | self._segment_ones) and ":" not in found:
            found.append(":")
        if states & (self._loops | self._ones | self._segment_ones):
            found.append(self._fresh)
        return found

    def _step(self, states: int, symbol: str) -> int:
        stay, advance = self._stars, self._ones | self._spelled.get(symbol, 0)
        if symbol != ":":
            stay |= self._segment_stars
            advance |= self._segment_ones
        return self._closed((states & stay) | (states & advance) << 1)

    def _closed(self, states: int) -> int:
        states |= (states & self._loops) << 1
        if states & self._base.rest:
            states = states & ~self._base.mask | self._base.rest | self._base.accept
        reached = states & self._rests
        return states & self._absorb(reached)[0] if reached else states

    def _absorb(self, reached: int) -> tuple[int, int]:
        """The positions that still matter once those before a `*` at the end are reached, and the labels for good."""
        if reached not in self._absorbed:
            for_good, kept = 0, 0
            for place in self._others:
                if place.rest & reached and place.label | for_good != for_good:
                    for_good |= place.label
                    kept |= place.rest | place.accept
            idle = or_of(place.mask for place in self._others if place.label | for_good == for_good)
            self._absorbed[reached] = (~idle | kept, for_good)
        return self._absorbed[reached]


def _characters(token: str) -> Iterator[str]:
    if not (token.startswith(FOLD) and len(token) > 1):
        yield token
        return
    lower = token[1:]
    yield lower
    upper = lower.upper()
    if upper != lower and upper.lower() == lower and len(upper) == 1:
        yield upper
    if lower in _SAME_LOWER:
        yield _SAME_LOWER[lower]


def _fresh_character(spelled: dict[str, int], avoided: frozenset[str]) -> str:
    used = set(spelled)
    found = next((char for char in _FRESH if char not in used and char not in avoided), None)
    return found or next(char for char in map(chr, range(0xA1, 0x10000)) if char not in used and char not in avoided)


def _text(came: dict[int, tuple[int, str] | None], states: int) -> str:
    symbols: list[str] = []
    while (before := came[states]) is not None:
        states, symbol = before
        symbols.append(symbol)
    return "".join(reversed(symbols))
