"""What expressions stand for, as far as that is known; what is unknown keeps its expression."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from trailmin.current.iac.dialect import UnreadableError
from trailmin.current.iac.spelling import Hole, Spelling, holes_of, text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text."""

    spelling: Spelling


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """A number, a truth value, or null."""

    value: bool | int | float | None

    @property
    def text(self) -> str:
        """As Terraform writes it into a text."""
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        return "" if self.value is None else str(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """A list or set."""

    items: "tuple[Value, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """An object or map."""

    members: "Mapping[str, Value]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """What is computed, or not known."""

    expression: str


Value: TypeAlias = Text | Scalar | Many | Fields | Unknown


def spelling_of(value: Value) -> Spelling:
    """Return how a value stands within a text.

    Raises:
        UnreadableError: It is a list or an object.
    """
    match value:
        case Text(spelling=spelling):
            return spelling
        case Scalar():
            return (value.text,)
        case Unknown(expression=expression):
            return (Hole(expression=expression),)
        case _:
            raise UnreadableError("a list or an object stands where a text is meant")


def as_hole(value: Value, expression: str) -> Hole:
    """Return a value as the part of a text that an expression fills.

    Raises:
        UnreadableError: It is a list or an object.
    """
    spelling = spelling_of(value)
    if len(spelling) == 1 and isinstance(spelling[0], Hole):
        return spelling[0]
    known = known_value(value)
    return Hole(expression=expression, value=known, pattern=text_of(spelling))


def known_value(value: Value | None) -> str | None:
    """Return the text that a value is, None where it is not known, or no text."""
    match value:
        case Text(spelling=spelling) if all(hole.value is not None for hole in holes_of(spelling)):
            return text_of(spelling)
        case Scalar(value=inner) if inner is not None:
            return value.text
        case _:
            return None


def pattern_of(value: Value | None) -> str:
    """Return the text that a value is, `*` for what is not known."""
    return text_of(value.spelling) if isinstance(value, Text) else known_value(value) or "*"
