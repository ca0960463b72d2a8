"""The shape of a request: a pattern over its JSON text, whose groups are the values that resources are made of.

Requests of one operation mostly differ in a few values only. A shape is learned from one of them and matched to the
texts of others without parsing them. Of texts that are JSON, as an event's are, it matches those with the same keys in
the same order.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

_SPACE = r"[ \t\n\r]*+"
_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_NUMBER = r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?"
_DEPTH = 8
"""Levels of objects and lists that a value may have which nothing reads."""

_KEY = re.compile(r"[A-Za-z0-9_.:/-]+")
_ID = re.compile(r"([a-z]{1,8}(?:-[a-z]{1,8}){0,2}-)([0-9a-f]{8}(?:[0-9a-f]{9})?)")
# No white space, no separators of ARNs, nothing that a policy has to escape, none of the words that stand for nothing.
_WORD = r'(?!false"|HIDDEN_DUE_TO)[A-Za-z0-9_.=+@,-]++(?<!-s3alias)(?<!--ol-s3)'
_PATH = r"(?!/|[aA][rR][nN]%|HIDDEN_DUE_TO|\*{3})[ !#-9;-\[\]-~]++"
_IS_WORD, _IS_PATH = (re.compile(f'({body})"') for body in (_WORD, f"/?{_PATH}"))
_MAX_KEYS = 24


class ValueClass(Enum):
    """What the values at one key of a shape have in common."""

    ID = "id"
    """An id such as `i-0123456789abcdef0`, all with the same beginning and length."""
    TOKEN = "token"  # noqa: S105 (a word without separators)
    """Letters, digits and `_.=+@,-`."""
    PATH = "path"
    """Printable text without `:`, `"` and backslash, which may hold `/` and characters to be escaped."""
    KEYED = "keyed"
    """Any text or number, told apart one by one."""
    FIXED = "fixed"
    """This very `null`, `true` or `false`."""
    UNREAD = "unread"
    """Any value of the same JSON type: nothing reads it."""


GENERAL = (ValueClass.ID, ValueClass.TOKEN, ValueClass.PATH)
"""Classes whose values are treated alike, so that a stand-in does for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One key of a shape."""

    index: int
    key: str
    """As the record spells it."""
    value: Any
    """That of the request from which the shape was learned."""
    kind: ValueClass

    @property
    def stand_in(self) -> str:
        """A value of the class, unlike anything else, in place of all that the pattern's group may match."""
        return f"{self._start}{self.mark}"

    @property
    def mark(self) -> str:
        """The part of the stand-in that stands for the pattern's group."""
        if self.kind is ValueClass.ID:
            return f"{0xFADE0000 + self.index:0{len(self.value) - len(self._start)}x}"
        return f"Qz7{self.index:04}vK/8x" if self.kind is ValueClass.PATH else f"Qz7{self.index:04}vK8x"

    @property
    def has_group(self) -> bool:
        """Whether the pattern has a group for the value."""
        return self.kind in GENERAL or self.kind is ValueClass.KEYED

    @property
    def pattern(self) -> str:
        """The regular expression for key and value."""
        return rf'"{re.escape(self.key)}"{_SPACE}:{_SPACE}{self._value_pattern}'

    @property
    def _value_pattern(self) -> str:
        if self.kind is ValueClass.FIXED:
            return {None: "null", True: "true", False: "false"}[self.value]
        if self.kind is ValueClass.UNREAD:
            return _like(self.value)
        if self.kind is ValueClass.KEYED:
            return f"({_like(self.value)})"
        bodies = {ValueClass.TOKEN: _WORD, ValueClass.PATH: _PATH}
        body = bodies.get(self.kind) or rf"[0-9a-f]{{{len(self.mark)}}}"
        return rf'"{re.escape(self._start)}({body})"'

    @property
    def _start(self) -> str:
        if self.kind is ValueClass.PATH:
            return "/" if self.value.startswith("/") else ""
        found = _ID.fullmatch(self.value) if self.kind is ValueClass.ID else None
        return found[1] if found else ""


def places_of(parameters: Mapping[str, Any]) -> tuple[Place, ...] | None:
    """The places of a decoded request's keys, each of the narrowest class; None where it cannot have a shape.

    A request with keys that are alike but for their letter case has none, nor one that is wrapped in another object.
    """
    if len(parameters) > _MAX_KEYS or len({key.lower() for key in parameters}) < len(parameters):
        return None
    if not all(_KEY.fullmatch(key) and not _is_wrapper(key, value) for key, value in parameters.items()):
        return None
    return tuple(
        Place(index=index, key=key, value=value, kind=_class_of(value))
        for index, (key, value) in enumerate(parameters.items())
    )


def pattern_of(places: tuple[Place, ...]) -> re.Pattern[str]:
    """The pattern that matches a whole JSON text of the shape, with a group for each place that has one."""
    members = f"{_SPACE},{_SPACE}".join(place.pattern for place in places)
    return re.compile(rf"{_SPACE}\{{{_SPACE}{members}{_SPACE}\}}{_SPACE}\Z")


def may_be_path(value: Any) -> bool:
    """Whether a value is of the class `PATH`."""
    return isinstance(value, str) and _IS_PATH.fullmatch(f'{value}"') is not None


def _class_of(value: Any) -> ValueClass:
    if isinstance(value, dict | list):
        return ValueClass.UNREAD
    if value is None or isinstance(value, bool):
        return ValueClass.FIXED
    if isinstance(value, str) and _ID.fullmatch(value):
        return ValueClass.ID
    is_token = isinstance(value, str) and _IS_WORD.fullmatch(f'{value}"')
    return ValueClass.TOKEN if is_token else ValueClass.KEYED


def _is_wrapper(key: str, value: Any) -> bool:
    return key.lower().endswith("request") and isinstance(value, dict)


def _like(value: Any) -> str:
    """The pattern of all values of the same JSON type as one that is neither null nor a boolean."""
    if isinstance(value, dict | list):
        return (r"(?=\{)" if isinstance(value, dict) else r"(?=\[)") + _NESTED
    return _STRING if isinstance(value, str) else _NUMBER


def _nested(depth: int) -> str:
    pattern = "(?!)"
    for _ in range(depth):
        pattern = rf'[{{\[](?>[^{{}}\[\]"]++|{_STRING}|{pattern})*+[\]}}]'
    return pattern


_NESTED = _nested(_DEPTH)
