"""How a source spells a text of a policy: literal parts, and holes that expressions fill; and new texts spelled so.

A new resource is written with what the source already names. `arn:aws:s3:::shop-uploads-1x/images/*` where the source
had `${Uploads.Arn}/*` becomes `${Uploads.Arn}/images/*`, whether or not the bucket's name is known.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from trailmin.current.iac.tree import SourceNode

UNKNOWN = "*"

_WILDCARDS_CAP = 3
_LENGTH_CAP = 300
"""Matching takes a power of the length; names from logs can be made long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """A part of a text that an expression stands for."""

    expression: str | None
    """Its name within a text of the source (`Table.Arn`); None where it can only stand alone."""
    source: str = ""
    """How the source spells it where it stands alone; needed without an expression."""
    verbatim: str = ""
    """How it is written within any text, where the format replaces it before all else (`${self:custom.table}`)."""
    value: str | None = None
    """What it stands for, where known."""
    pattern: str = UNKNOWN
    """A policy pattern for what it may stand for."""
    is_name: bool = False
    """Whether what is unknown in it is one name, without colon and slash."""

    @property
    def text(self) -> str:
        """What is put into the policy that is worked on."""
        return self.value if self.value is not None else self.pattern


Part = str | Hole
Spelling = tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpelledItem:
    """One value of an element as the source has it."""

    node: SourceNode | None
    """None: the source has no text of its own for it (a policy template's)."""
    spellings: tuple[Spelling, ...]
    """More than one where it depends on what is unknown, or stands for a list; then it stays or goes whole."""

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts that it stands for."""
        return tuple(text_of(spelling) for spelling in self.spellings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One value of an element as it is to be written: an old item, or a new spelling."""

    kept: int | None = None
    """Index of the old item."""
    spelling: Spelling = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPrefix:
    """A physical ARN, or the account's id, and how the source refers to it."""

    value: str
    spelling: Spelling


def text_of(spelling: Spelling) -> str:
    """Return the text that a spelling stands for; what is unknown is a pattern."""
    return "".join(part if isinstance(part, str) else part.text for part in spelling)


def holes_of(spelling: Spelling) -> tuple[Hole, ...]:
    """Return the holes of a spelling, in order."""
    return tuple(part for part in spelling if isinstance(part, Hole))


def known_text(spellings: Sequence[Spelling]) -> str | None:
    """Return the one text that spellings stand for; None where there are several, or a part is not known."""
    if len(spellings) != 1 or any(hole.value is None for hole in holes_of(spellings[0])):
        return None
    return text_of(spellings[0])


def joined(parts: Iterable[Part]) -> Spelling:
    """Return a spelling with neighbouring literals put together, empty ones left out."""
    spelling: list[Part] = []
    for part in parts:
        if isinstance(part, str) and spelling and isinstance(spelling[-1], str):
            spelling[-1] += part
        elif part != "":
            spelling.append(part)
    return tuple(spelling)


class StandIn(str):
    """A text in which policy variables stand for what is not known; it says so only where a document has variables."""

    __slots__ = ()


def variables_for_unknown(spelling: Spelling, number: Callable[[], int]) -> str:
    """Return the text of a condition value: what is unknown is a policy variable, which equals itself alone.

    A wildcard would be plain text to operators such as StringEquals.
    """
    text = "".join(
        part if isinstance(part, str) else part.value or f"${{{part.expression or f'unknown{number()}'}}}"
        for part in spelling
    )
    return text if all(hole.value for hole in holes_of(spelling)) else StandIn(text)


def respell(values: Sequence[str], items: Sequence[SpelledItem], known: Sequence[KnownPrefix]) -> tuple[Entry, ...]:
    """Return how to write new values where `items` stand now, each value once.

    Args:
        values: Policy patterns, each within one of the items.
        items: What the source has.
        known: Physical ARNs that the source can refer to, longest first.
    """
    entries = [entry for value in values for entry in _entries(value, items, known)]
    return tuple(dict.fromkeys(entries))


def _entries(value: str, items: Sequence[SpelledItem], known: Sequence[KnownPrefix]) -> Iterator[Entry]:
    is_ours = bool(items) and all(item.node is None for item in items)
    if is_ours and (entry := _referring(value, known)) is not None:
        # Spelled by us either way: the plainest reference reads best.
        yield entry
        return
    same = [index for index, item in enumerate(items) if value in item.texts]
    if same:
        yield from (Entry(kept=index) for index in same)
        return
    respelled = [e for index, item in enumerate(items) if (e := _narrowed(value, index, item)) is not None]
    if respelled:
        exact = [e for e in respelled if e.spelling and text_of(e.spelling) == value]
        yield from exact[:1] or respelled
        return
    yield _referring(value, known) or Entry(spelling=(value,))


def _referring(value: str, known: Sequence[KnownPrefix]) -> Entry | None:
    """A value spelled by the longest physical ARN that it is, or is in."""
    for prefix in known:
        rest = value.removeprefix(prefix.value)
        if value.startswith(prefix.value) and (not rest or rest[0] in "/:"):
            return Entry(spelling=joined((*prefix.spelling, rest)))
    return None


def _narrowed(value: str, index: int, item: SpelledItem) -> Entry | None:
    """The item's spelling narrowed to a value; an item that cannot be narrowed whole; None where it does not fit."""
    if len(item.spellings) != 1:
        fits = any(_fill(value, spelling) is not None for spelling in item.spellings)
        return Entry(kept=index) if fits else None
    if not holes_of(item.spellings[0]):
        return None
    filled = _fill(value, item.spellings[0])
    if filled is None:
        return None
    return Entry(kept=index) if filled == item.spellings[0] else Entry(spelling=filled)


def _fill(value: str, spelling: Spelling) -> Spelling | None:
    """The spelling with its wildcards as `value` has them; holes stay. None where it does not fit.

    Where it fits in several ways, a hole may stand for more or for less: then it is not narrowed.
    """
    wild = sum((part if isinstance(part, str) else part.text).count("*") for part in spelling)
    if wild > _WILDCARDS_CAP and len(value) > _LENGTH_CAP:
        return None
    found = [re.fullmatch(_expression(spelling, lazy), value, re.DOTALL) for lazy in ("", "?")]
    if found[0] is None or found[1] is None:
        return None
    if found[0].groups() != found[1].groups():
        return spelling
    groups = iter(found[0].groups())
    return joined(part if isinstance(part, Hole) else _refilled(part, groups) for part in spelling)


_PIECE = re.compile(r"\$\{[^}]*\}|[*?]|[^*?$]+|\$")


def _expression(spelling: Spelling, lazy: str) -> str:
    """A regular expression for what a spelling may stand for; groups are the wildcards of its literals."""
    parts: list[str] = []
    for part in spelling:
        if isinstance(part, str):
            parts += [_piece_expression(piece, f"(.*{lazy})", "(.)") for piece in _PIECE.findall(part)]
        else:
            many = f"[^:/]+{lazy}" if part.is_name and part.value is None else f".*{lazy}"
            parts += [_piece_expression(piece, many, ".") for piece in _PIECE.findall(part.text)]
    return "".join(parts)


def _piece_expression(piece: str, many: str, one: str) -> str:
    return {"*": many, "?": one}.get(piece) or re.escape(piece)


def _refilled(literal: str, groups: Iterator[str | None]) -> str:
    return "".join((next(groups) or "") if piece in {"*", "?"} else piece for piece in _PIECE.findall(literal))


def learn(spelling: Spelling, value: str) -> dict[str, str]:
    """Return what the unknown holes stand for where a spelling is known to stand for `value`; empty where unclear."""
    holes = [part for part in spelling if isinstance(part, Hole) and part.value is None]
    if len(holes) != 1:
        return {}
    (hole,) = holes
    before = text_of(spelling[: spelling.index(hole)])
    after = text_of(spelling[spelling.index(hole) + 1 :])
    inner = value[len(before) : len(value) - len(after)]
    if hole.expression is None or not inner or before + inner + after != value or "*" in inner or "?" in inner:
        return {}
    fits = re.fullmatch("".join(_piece_expression(p, ".*", ".") for p in _PIECE.findall(hole.pattern)), inner)
    return {hole.expression: inner} if fits else {}


def numbering() -> Callable[[], int]:
    """Return a counter from 1, for what has no name."""
    numbers = count(1)
    return lambda: next(numbers)
