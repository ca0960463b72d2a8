"""What the segments at one place of a path have in common, and whether there will be more of them."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from trailmin.synth.patterns.labels import Family
from trailmin.synth.patterns.summary import Path
from trailmin.synth.patterns.tokens import MADE_UP, Kind, Token, mask, tokens

_ALPHANUMERIC_END = re.compile(r"[0-9A-Za-z]+\Z")
_ALPHANUMERIC_START = re.compile(r"\A[0-9A-Za-z]+")
_DIGITS = re.compile(r"[0-9]")
_LONGEST_FIXED = 40
"""Characters that are written as `?` each; a longer run is a `*`."""
_COUNTED = 5
"""Numbers from which on some may have been counted up."""
_DENSE = 0.8
"""Share of the numbers up to the highest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How much evidence it takes to widen a part."""

    listed: int
    """This many values are named one by one, more are not."""
    dates: int
    """Distinct values from which on a date is any date."""
    ids: int
    numbers: int
    words: int
    days: int
    """Days on which new values turned up."""
    trusts_kinds: bool
    """Whether an id that AWS makes, or a date that is the day of the call, needs no second value."""


def member_rule(listed: int) -> Rule:
    """The rule for what is inside of a container."""
    return Rule(listed=listed, dates=2, ids=2, numbers=3, words=5, days=1, trusts_kinds=True)


NAMES = Rule(listed=1 << 30, dates=10, ids=10, numbers=10, words=50, days=7, trusts_kinds=False)
"""The rule for names of buckets, tables, functions, roles: what a person gave a name is meant."""


def shape_of(segment: str) -> tuple[str, ...]:
    """Return what is the same for all segments that differ in their made-up parts only."""
    return tuple(_class_of(token) for token in tokens(segment))


def _class_of(token: Token) -> str:
    match token.kind:
        case Kind.DATE:
            return "date " + _DIGITS.sub("9", token.text)
        case Kind.ID:
            return f"id {len(token.text)}"
        case Kind.AWS_ID:
            return "aws " + token.text[: token.text.index("-")]
        case Kind.NUMBER | Kind.UUID:
            return token.kind.name
        case _:
            return "=" + token.text


def is_made_up(segment: str) -> bool:
    """Whether some part of a segment is a date, an id or a number."""
    return any(token.kind in MADE_UP for token in tokens(segment))


def is_open(members: Mapping[str, Sequence[Path]], days: int) -> bool:
    """Whether new values keep turning up: most were seen on one day only, or some first late in the time."""
    spans = [(min(p.leaf.first for p in paths), max(p.leaf.last for p in paths)) for paths in members.values()]
    if len({first for first, _ in spans}) < days:
        return False
    if 2 * sum(first == last for first, last in spans) >= len(spans):
        return True
    begin, end = min(first for first, _ in spans), max(last for _, last in spans)
    fresh = sum(2 * first > begin + end for first, _ in spans)
    return end - begin >= 4 and 10 * fresh >= len(spans)


@dataclass(frozen=True, slots=True)
class Widened:
    """A pattern for segments of one shape."""

    text: str
    kinds: frozenset[Kind]
    """Of the parts that are wild in it."""


def widened(members: Mapping[str, Sequence[Path]], rule: Rule, *, dated: bool) -> Widened | None:
    """Return the pattern for segments of one shape, or None where there is no case for one.

    Args:
        members: Segment to the paths that go through it.
        rule: How much evidence it takes.
        dated: Whether the folder is a date, so that no made-up name in it will come again.
    """
    rows = [tokens(segment) for segment in members]
    varying = [len({row[i].text for row in rows}) > 1 for i in range(len(rows[0]))]
    kinds = {token.kind for token, varies in zip(rows[0], varying, strict=True) if varies}
    counted = rule.trusts_kinds and kinds == {Kind.NUMBER} and _is_counter(rows, varying)
    if kinds and not counted and not _is_supported(kinds, members, rule, dated=dated):
        return None
    once = all(p.leaf.first == p.leaf.last for paths in members.values() for p in paths)
    wild = [
        varying[i] or (rule.trusts_kinds and _speaks_for_itself(token, members, dated=dated and once))
        for i, token in enumerate(rows[0])
    ]
    if not any(wild):
        return None
    text = "".join(_written([row[i] for row in rows]) if wild[i] else rows[0][i].text for i in range(len(wild)))
    return Widened(text, frozenset(token.kind for token, is_wild in zip(rows[0], wild, strict=True) if is_wild))


def _is_supported(kinds: Collection[Kind], members: Mapping[str, Sequence[Path]], rule: Rule, *, dated: bool) -> bool:
    number = len(members)
    if Kind.DATE in kinds:
        return number >= rule.dates and (rule.trusts_kinds or is_open(members, rule.days))
    needed = rule.numbers if set(kinds) == {Kind.NUMBER} else rule.ids
    if number > rule.listed:
        return True
    # What is numbered anew each day goes on.
    return number >= needed and ((dated and rule.trusts_kinds) or is_open(members, rule.days))


def _is_counter(rows: Sequence[Sequence[Token]], varying: Sequence[bool]) -> bool:
    """Whether the one number that varies was counted up: nearly every number up to the highest is there.

    Whoever counts goes on; a set of names that a person chose has gaps.
    """
    if sum(varying) != 1:
        return False
    numbers = {int(row[varying.index(True)].text) for row in rows}
    return len(numbers) >= _COUNTED and len(numbers) >= _DENSE * (max(numbers) + 1 - min(*numbers, 1))


def _speaks_for_itself(token: Token, members: Mapping[str, Sequence[Path]], *, dated: bool) -> bool:
    match token.kind:
        case Kind.AWS_ID:
            return True
        case Kind.DATE:
            return all(_is_of_its_time(token.text, p) for paths in members.values() for p in paths)
        case Kind.UUID | Kind.ID:
            return dated
        case _:
            return False


def _is_of_its_time(text: str, path: Path) -> bool:
    """Whether a date is that of the calls, give or take a day for time zones and runs around midnight."""
    span = _period(text)
    if span is None:
        return False
    first, last = span
    return first - 1 <= path.leaf.first and path.leaf.last <= last + 1


def _period(text: str) -> tuple[int, int] | None:
    """The first and last day, as ordinals, of the year, month or day that a date token names."""
    digits = "".join(_DIGITS.findall(text))
    try:
        match len(digits):
            case 4:
                return date(int(digits), 1, 1).toordinal(), date(int(digits), 12, 31).toordinal()
            case 6:
                first = date(int(digits[:4]), int(digits[4:]), 1)
                return first.toordinal(), (first + timedelta(days=31)).replace(day=1).toordinal() - 1
            case _:
                day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])).toordinal()
                return day, day
    except ValueError:
        return None


def _written(found: Sequence[Token]) -> str:
    """The pattern for tokens in one place; numbers that keep their width by leading zeros are `?` each."""
    texts = {token.text for token in found}
    if found[0].kind is Kind.NUMBER and len({len(t) for t in texts}) == 1 and any(t[0] == "0" for t in texts):
        return "?" * len(found[0].text)
    masked = mask(found[0])
    return "*" if masked.count("?") > _LONGEST_FIXED else masked


def family_pattern(family: Family) -> str:
    """Return the pattern for all segments of a family, cut at whole words."""
    width = family.shortest
    if family.numbered and width == family.longest and len(family.lead) + len(family.trail) < width:
        lead, trail = _edges(family)
        gap = width - len(lead) - len(trail)
        return f"{lead}{'?' * gap if gap <= _LONGEST_FIXED else '*'}{trail}"
    lead, trail = _edges(family)
    return f"{lead}*{trail}"


def _edges(family: Family) -> tuple[str, str]:
    lead = _ALPHANUMERIC_END.sub("", family.lead)
    trail = _ALPHANUMERIC_START.sub("", family.trail)
    # An escaped wildcard is not to be cut in two.
    if lead.endswith(("$", "{", "${")) or lead.count("${") != lead.count("}"):
        lead = lead[: lead.rfind("$")]
    if trail.count("${") != trail.count("}"):
        trail = trail[trail.find("}") + 1 :]
    room = family.shortest - len(lead)
    return lead, trail[max(0, len(trail) - room) :] if room >= 0 else ""
