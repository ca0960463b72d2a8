"""A strict JSON reader that remembers where in the text each value stands.

The standard library's reader gives no positions, takes `NaN` and silently drops the first of two equal keys; a policy
needs all three otherwise, for edits in place, for messages and for safety.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from trailmin.errors import PolicyError

DEPTH_CAP = 64
"""Nesting of arrays and objects; a policy needs 6."""

_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_WORD = re.compile(r"true|false|null")
_SURROGATE = re.compile("[\ud800-\udfff]")
_HINT = "Check the document with a JSON linter; it must be one JSON object."


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonNumber:
    """A number, as the text spells it."""

    text: str


Scalar: TypeAlias = str | bool | JsonNumber | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonNode:
    """A value and its place: `text[start:end]`. Without a text (`from_object`), both are -1."""

    start: int
    end: int
    value: "Scalar | tuple[JsonNode, ...] | tuple[JsonMember, ...]"
    is_object: bool = False

    @property
    def members(self) -> "tuple[JsonMember, ...]":
        """The members of an object, in order; empty for any other value."""
        return tuple(member for member in self._children() if isinstance(member, JsonMember))

    @property
    def items(self) -> "tuple[JsonNode, ...] | None":
        """The items of an array, in order; None for any other value."""
        if not isinstance(self.value, tuple) or self.is_object:
            return None
        return tuple(item for item in self._children() if isinstance(item, JsonNode))

    def member(self, name: str) -> "JsonMember | None":
        """The member of an object with this name."""
        return next((member for member in self.members if member.name == name), None)

    def _children(self) -> "tuple[JsonNode | JsonMember, ...]":
        return self.value if isinstance(self.value, tuple) else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonMember:
    """A member of an object: `text[key.start:value.end]`."""

    name: str
    key: JsonNode
    value: JsonNode


def read_json(text: str) -> JsonNode:
    """The one JSON value in `text`.

    Raises:
        PolicyError: the text is not strict JSON, repeats a key in an object, nests deeper than `DEPTH_CAP`, or holds a
            lone surrogate; the message has the JSON path, line and column.
    """
    reader = _Reader(text)
    start = reader.skip_space(1 if text.startswith("\ufeff") else 0)
    node = reader.read(start, ())
    end = reader.skip_space(node.end)
    if end < len(text):
        raise reader.error("more text after the end of the JSON value", end, ())
    return node


def from_object(value: object, path: Sequence[str | int] = ()) -> JsonNode:
    """The node of a value as `json.loads` returns it, without positions.

    Raises:
        PolicyError: the value is not made of JSON types, or nests deeper than `DEPTH_CAP`.
    """
    if len(path) > DEPTH_CAP:
        raise PolicyError(f"{format_path(path)}: nested deeper than {DEPTH_CAP} levels", hint=_HINT)
    if value is None or isinstance(value, str | bool):
        return JsonNode(start=-1, end=-1, value=value)
    if isinstance(value, int | float) and math.isfinite(value):
        return JsonNode(start=-1, end=-1, value=JsonNumber(text=json.dumps(value)))
    if isinstance(value, Mapping):
        members = tuple(_member_from_object(key, item, path) for key, item in value.items())
        return JsonNode(start=-1, end=-1, value=members, is_object=True)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        items = tuple(from_object(item, (*path, index)) for index, item in enumerate(value))
        return JsonNode(start=-1, end=-1, value=items)
    raise PolicyError(f"{format_path(path)}: {type(value).__name__} is not a JSON value", hint=_HINT)


def format_path(path: Sequence[str | int]) -> str:
    """A JSON path for messages: `Statement[1].Effect`, or `document` for the whole."""
    parts: list[str] = []
    for step in path:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        else:
            plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9:_/-]{0,127}", step)
            parts.append(f"{'.' if parts else ''}{step}" if plain else f"[{json.dumps(step)[:140]}]")
    return "".join(parts) or "document"


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """The line and column of an offset, both from 1."""
    before = text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _member_from_object(key: object, value: object, path: Sequence[str | int]) -> JsonMember:
    if not isinstance(key, str):
        raise PolicyError(f"{format_path(path)}: a key must be a string, not {type(key).__name__}", hint=_HINT)
    name = JsonNode(start=-1, end=-1, value=key)
    return JsonMember(name=key, key=name, value=from_object(value, (*path, key)))


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text

    def error(self, what: str, offset: int, path: tuple[str | int, ...]) -> PolicyError:
        line, column = line_and_column(self.text, offset)
        return PolicyError(f"{format_path(path)}: {what} (line {line}, column {column})", hint=_HINT)

    def skip_space(self, offset: int) -> int:
        found = _SPACE.match(self.text, offset)
        return found.end() if found else offset

    def read(self, start: int, path: tuple[str | int, ...]) -> JsonNode:
        """The value that starts at `start`."""
        if len(path) > DEPTH_CAP:
            raise self.error(f"nested deeper than {DEPTH_CAP} levels", start, path)
        match self.text[start : start + 1]:
            case "{":
                members: list[JsonMember] = []
                end = start
                for member in self._members(start, path):
                    members.append(member)
                    end = member.value.end
                end = self._close("}", end if members else start + 1, path)
                return JsonNode(start=start, end=end, value=tuple(members), is_object=True)
            case "[":
                items = tuple(self._items(start, path))
                end = self._close("]", items[-1].end if items else start + 1, path)
                return JsonNode(start=start, end=end, value=items)
            case '"':
                return self._string(start, path)
            case _:
                return self._number_or_word(start, path)

    def _members(self, start: int, path: tuple[str | int, ...]) -> Iterator[JsonMember]:
        names: set[str] = set()
        at = self.skip_space(start + 1)
        if self.text[at : at + 1] == "}":
            return
        while True:
            if self.text[at : at + 1] != '"':
                raise self.error("expected a key in double quotes", at, path)
            key = self._string(at, path)
            name = str(key.value)
            if name in names:
                raise self.error(f"duplicate key {json.dumps(name)[:140]}", at, path)
            names.add(name)
            at = self.skip_space(key.end)
            if self.text[at : at + 1] != ":":
                raise self.error("expected ':' after a key", at, path)
            value = self.read(self.skip_space(at + 1), (*path, name))
            yield JsonMember(name=name, key=key, value=value)
            at = self.skip_space(value.end)
            if self.text[at : at + 1] != ",":
                return
            at = self.skip_space(at + 1)

    def _items(self, start: int, path: tuple[str | int, ...]) -> Iterator[JsonNode]:
        at = self.skip_space(start + 1)
        if self.text[at : at + 1] == "]":
            return
        index = 0
        while True:
            item = self.read(at, (*path, index))
            yield item
            at = self.skip_space(item.end)
            if self.text[at : at + 1] != ",":
                return
            at = self.skip_space(at + 1)
            index += 1

    def _close(self, bracket: str, end: int, path: tuple[str | int, ...]) -> int:
        at = self.skip_space(end)
        if self.text[at : at + 1] != bracket:
            raise self.error(f"expected ',' or '{bracket}'", at, path)
        return at + 1

    def _string(self, start: int, path: tuple[str | int, ...]) -> JsonNode:
        found = _STRING.match(self.text, start)
        if found is None:
            raise self.error("a string is not closed, or holds a bad escape or a control character", start, path)
        value = json.loads(found[0])
        if _SURROGATE.search(value):
            raise self.error("a string holds half of a surrogate pair", start, path)
        return JsonNode(start=start, end=found.end(), value=value)

    def _number_or_word(self, start: int, path: tuple[str | int, ...]) -> JsonNode:
        if word := _WORD.match(self.text, start):
            value = {"true": True, "false": False, "null": None}[word[0]]
            return JsonNode(start=start, end=word.end(), value=value)
        if number := _NUMBER.match(self.text, start):
            return JsonNode(start=start, end=number.end(), value=JsonNumber(text=number[0]))
        what = "the text ends where a value should stand" if start >= len(self.text) else "not a JSON value"
        raise self.error(what, start, path)
