"""Exact questions about globs: does one match a text, is it within others, do two overlap.

Inclusion runs over the positions of one pattern against a bitset of positions of the others (a nondeterministic
automaton), over the characters that occur and one that stands for all others. A policy variable is a symbol of its own:
it equals the same variable, is within a `*`, and never is within a `?`, a literal or a segment's `*`. So a proven
inclusion holds for every value of every variable.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from trailmin.policy.pattern import (
    ONE,
    ONES,
    SEGMENT_ONE,
    SEGMENT_STAR,
    STAR,
    STARS,
    WILDCARDS,
    Pattern,
    glob_pattern,
    is_variable,
    widest,
)

STATE_CAP = 20_000
"""States that one inclusion may visit before it is given up as unknown: a tenth of a second or so."""

_ALL = (STAR,)
"""The pattern of every text."""
OTHER = ""
"""The symbol for every character that no pattern spells out."""
_FRESH = "\ue000"
"""A private-use character, which no policy can hold."""


def matches(pattern: str | Pattern, text: str) -> bool:
    """Whether `pattern` matches all of `text` for certain: a pattern with policy variables never does."""
    return _regex(as_pattern(pattern).tokens).fullmatch(text) is not None


def regex_of(pattern: Pattern) -> re.Pattern[str]:
    """The regular expression whose full match is a match for certain."""
    return _regex(pattern.tokens)


def may_match(pattern: str | Pattern, text: str) -> bool:
    """Whether `pattern` matches `text` under some value of its variables and some reading of its wildcards."""
    tight = as_pattern(pattern)
    if _regex(tight.tokens).fullmatch(text) is not None:
        return True
    wide = widest(tight)
    if wide.tokens == tight.tokens or not text.startswith(_literal_prefix(wide.tokens)):
        return False
    automaton = automaton_of((wide,))
    states = automaton.start
    for char in text:
        states = automaton.step(states, char)
    return bool(states & automaton.accepting)


def included(a: str | Pattern, b: str | Pattern) -> bool | None:
    """Whether everything that `a` matches `b` matches too; None where the search was given up (`STATE_CAP`)."""
    return _included(as_pattern(a), (as_pattern(b),))


def included_in_union(a: str | Pattern, patterns: Sequence[str | Pattern]) -> bool | None:
    """Whether everything that `a` matches one of `patterns` matches; None where the search was given up."""
    wanted = as_pattern(a)
    overlapping = tuple(pattern for pattern in map(as_pattern, patterns) if intersects(wanted, pattern))
    return _included(wanted, overlapping) if overlapping else False


def intersects(a: str | Pattern, b: str | Pattern) -> bool:
    """Whether some text is matched by both, under some value of their variables and reading of their wildcards."""
    return _intersects(widest(as_pattern(a)).tokens, widest(as_pattern(b)).tokens)


def meet(a: str | Pattern, b: str | Pattern) -> str | None:
    """The text of a glob within `b` that holds everything both match; None where they are disjoint.

    It is `a` where `a` is within `b`, otherwise `b`: the intersection of two globs is not one glob in general.
    """
    first, second = as_pattern(a), as_pattern(b)
    if _included(first, (second,)):
        return first.text
    return second.text if intersects(first, second) else None


def as_pattern(pattern: str | Pattern) -> Pattern:
    """A pattern as it is, a text read as a glob with policy variables."""
    return pattern if isinstance(pattern, Pattern) else glob_pattern(pattern)


@dataclass(frozen=True, slots=True, kw_only=True)
class Automaton:
    """The positions of several patterns as bits; each pattern has one bit more than it has tokens."""

    start: int
    accepting: int
    universal: int
    """Positions from which every text is accepted: before a `*` at the end."""
    stars: int
    segment_stars: int
    ones: int
    segment_ones: int
    spelled: dict[str, int]
    """Positions before each literal or variable."""
    alphabet: tuple[str, ...]

    def step(self, states: int, symbol: str) -> int:
        """The positions after one more character (or `OTHER`)."""
        stay, advance = self.stars, self.ones | self.spelled.get(symbol, 0)
        if symbol != ":":
            stay |= self.segment_stars
            advance |= self.segment_ones
        return self._closed((states & stay) | (states & advance) << 1)

    def step_variable(self, states: int, variable: str) -> int:
        """The positions after the value of a variable, whatever it is."""
        return self._closed((states & self.stars) | (states & self.spelled.get(variable, 0)) << 1)

    def _closed(self, states: int) -> int:
        return states | (states & (self.stars | self.segment_stars)) << 1


@lru_cache(maxsize=1 << 10)
def automaton_of(patterns: tuple[Pattern, ...]) -> Automaton:
    """The automaton that follows all the patterns at once."""
    masks: dict[str, int] = {}
    start = accepting = universal = 0
    bit = 1
    for pattern in patterns:
        start |= bit
        for token in pattern.tokens:
            masks[token] = masks.get(token, 0) | bit
            bit <<= 1
        accepting |= bit
        universal |= bit >> 1 if pattern.tokens[-1:] == (STAR,) else 0
        bit <<= 1
    stars, segment_stars = masks.pop(STAR, 0), masks.pop(SEGMENT_STAR, 0)
    ones, segment_ones = masks.pop(ONE, 0), masks.pop(SEGMENT_ONE, 0)
    literals = {token for token in masks if not is_variable(token)}
    return Automaton(
        start=start | (start & (stars | segment_stars)) << 1,
        accepting=accepting,
        universal=universal,
        stars=stars,
        segment_stars=segment_stars,
        ones=ones,
        segment_ones=segment_ones,
        spelled=masks,
        alphabet=(*sorted(literals | {":"}), OTHER),
    )


@lru_cache(maxsize=1 << 14)
def _included(a: Pattern, patterns: tuple[Pattern, ...]) -> bool | None:
    if any(pattern.is_universal or pattern.tokens == a.tokens for pattern in patterns):
        return True
    if not a.variables:
        samples = (_sample(a.tokens, ""), _sample(a.tokens, _FRESH * 2))
        if any(_unmatched(sample, patterns) for sample in samples):
            return False
        if a.is_literal:
            return True
    return _search(a.tokens, automaton_of(patterns))


def _sample(tokens: tuple[str, ...], star: str) -> str:
    return "".join(star if token in STARS else _FRESH if token in ONES else token for token in tokens)


def _unmatched(text: str, patterns: tuple[Pattern, ...]) -> bool:
    return not any(_regex(pattern.tokens).fullmatch(text) for pattern in patterns)


def _search(tokens: tuple[str, ...], automaton: Automaton) -> bool | None:
    todo = [(0, automaton.start)]
    seen = set(todo)
    while todo:
        position, states = todo.pop()
        if states & automaton.universal:
            continue
        if position == len(tokens):
            if not states & automaton.accepting:
                return False
            continue
        for following in _successors(tokens[position], position, states, automaton):
            if following not in seen:
                seen.add(following)
                todo.append(following)
        if len(seen) > STATE_CAP:
            return None
    return True


def _successors(token: str, position: int, states: int, automaton: Automaton) -> list[tuple[int, int]]:
    if token not in WILDCARDS:
        step = automaton.step_variable if is_variable(token) else automaton.step
        return [(position + 1, step(states, token))]
    crosses = token in {STAR, ONE}
    after = [automaton.step(states, symbol) for symbol in automaton.alphabet if crosses or symbol != ":"]
    if token in ONES:
        return [(position + 1, reached) for reached in after]
    return [(position + 1, states), *((position, reached) for reached in after)]


@lru_cache(maxsize=1 << 14)
def _intersects(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    if _ALL in {a, b}:
        return True
    for literal, pattern in ((a, b), (b, a)):
        if not any(map(WILDCARDS.__contains__, literal)):
            return _regex(pattern).fullmatch("".join(literal)) is not None
    if not _prefixes_agree(_literal_prefix(a), _literal_prefix(b)):
        return False
    todo = [(0, 0)]
    seen = set(todo)
    while todo:
        i, j = todo.pop()
        x, y = a[i] if i < len(a) else None, b[j] if j < len(b) else None
        if x is None and y is None:
            return True
        following: list[tuple[int, int]] = []
        if x in STARS:
            following.append((i + 1, j))
        if y in STARS:
            following.append((i, j + 1))
        if x is not None and y is not None and _share_a_character(x, y):
            following.append((i if x in STARS else i + 1, j if y in STARS else j + 1))
        todo.extend(pair for pair in following if pair not in seen)
        seen.update(following)
    return False


def _share_a_character(x: str, y: str) -> bool:
    if x in WILDCARDS and y in WILDCARDS:
        return True
    if x in WILDCARDS:
        x, y = y, x
    return x == y or y in {STAR, ONE} or (y in {SEGMENT_STAR, SEGMENT_ONE} and x != ":")


def _prefixes_agree(a: str, b: str) -> bool:
    return a.startswith(b) or b.startswith(a)


@lru_cache(maxsize=1 << 13)
def _literal_prefix(tokens: tuple[str, ...]) -> str:
    for index, token in enumerate(tokens):
        if len(token) > 1:
            return "".join(tokens[:index])
    return "".join(tokens)


@lru_cache(maxsize=1 << 12)
def _regex(tokens: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(regex_source(tokens), re.DOTALL)


def regex_source(tokens: tuple[str, ...]) -> str:
    """A regular expression that never backtracks into an earlier `*`: the leftmost place for each part is the best.

    That holds because a `*` confined to a segment is followed by a colon before any unconfined one.
    """
    parts: list[str] = []
    pending: str | None = None
    chunk: list[str] = []
    for token in tokens:
        if token in STARS:
            parts.append(_chunk(pending, chunk))
            pending, chunk = token, []
        else:
            chunk.append(_character(token))
    last = "".join(chunk) + r"\Z"
    parts.append(last if pending is None else _any(pending, lazy=False) + last)
    return "".join(parts)


def _chunk(star: str | None, chunk: list[str]) -> str:
    text = "".join(chunk)
    return text if star is None else f"(?>{_any(star, lazy=True)}{text})"


def _any(star: str, *, lazy: bool) -> str:
    return (".*" if star == STAR else "[^:]*") + ("?" if lazy else "")


def _character(token: str) -> str:
    if token == ONE:
        return "."
    if token == SEGMENT_ONE:
        return "[^:]"
    return "(?!)" if is_variable(token) else re.escape(token)
