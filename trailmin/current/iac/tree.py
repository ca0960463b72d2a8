"""The values of a YAML or JSON source, each with its place in the text; the text is what is edited, never the tree."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from trailmin.policy.json_text import JsonNode, JsonNumber

_BARE = re.compile(r"true|false|null|~|-?(?:0|[1-9]\d*)(?:\.\d+)?", re.ASCII | re.IGNORECASE)
_NULLS = {"", "~", "null", "Null", "NULL"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceNode:
    """A value: `text[start:end]`, tag and anchor included; a block collection starts at its first dash or key."""

    start: int
    end: int
    """Of a block collection: where its last child ends."""
    value: str | None = None
    """Of a scalar, as text."""
    quote: str = ""
    """Of a scalar: `"`, `'`, `|`, `>`, or nothing."""
    tag: str | None = None
    """As written, `!Sub`."""
    items: "tuple[SourceNode, ...] | None" = None
    """Of a list."""
    members: "tuple[SourceMember, ...] | None" = None
    """Of a mapping, keys that a merge brings in last."""
    is_flow: bool = False
    """Whether the collection stands in brackets, as in JSON."""
    is_alias: bool = False
    """Whether it is `*name`: place and spelling are the alias's, the content is what it stands for."""
    is_shared: bool = False
    """Whether its text stands for something else too: it has an anchor that is used, or lies within one."""
    is_json: bool = False

    @property
    def is_scalar(self) -> bool:
        """Whether it is neither list nor mapping."""
        return self.items is None and self.members is None

    def member(self, name: str) -> "SourceMember | None":
        """The member of a mapping with this name."""
        return next((m for m in self.members or () if m.name == name), None)

    def get(self, name: str) -> "SourceNode | None":
        """The value of the member of a mapping with this name."""
        member = self.member(name)
        return member.value if member is not None else None

    def walk(self, *names: str) -> "SourceNode | None":
        """The value at a path of names, None where a step is missing."""
        node: SourceNode | None = self
        for name in names:
            node = node.get(name) if node is not None else None
        return node

    def descendants(self) -> "Iterator[SourceNode]":
        """Yield the node and all below it, in order."""
        yield self
        for child in self.items or ():
            yield from child.descendants()
        for member in self.members or ():
            yield from member.value.descendants()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMember:
    """A member of a mapping: `text[key.start:value.end]`."""

    name: str
    key: SourceNode
    value: SourceNode
    is_merged: bool = False
    """Whether a merge key brought it in, so that its text stands elsewhere."""


def from_json(node: JsonNode) -> SourceNode:
    """Return the tree of a JSON text."""
    if node.items is not None:
        items = tuple(from_json(item) for item in node.items)
        return SourceNode(start=node.start, end=node.end, items=items, is_flow=True, is_json=True)
    if node.is_object:
        members = tuple(SourceMember(name=m.name, key=from_json(m.key), value=from_json(m.value)) for m in node.members)
        return SourceNode(start=node.start, end=node.end, members=members, is_flow=True, is_json=True)
    return SourceNode(
        start=node.start,
        end=node.end,
        value=_json_scalar(node.value),
        quote='"' if isinstance(node.value, str) else "",
        is_json=True,
    )


def plain_value(node: SourceNode) -> Any:
    """Return the JSON value of a tree, as YAML's core schema reads unquoted scalars; tags are left out."""
    if node.items is not None:
        return [plain_value(item) for item in node.items]
    if node.members is not None:
        return {member.name: plain_value(member.value) for member in node.members}
    return scalar_value(node)


def scalar_value(node: SourceNode) -> str | bool | int | float | None:
    """Return the JSON value of a scalar."""
    text = node.value or ""
    if node.quote or node.tag is not None:
        return text
    if text in _NULLS:
        return None
    if not _BARE.fullmatch(text):
        return text
    if text.lower() in {"true", "false"}:
        return text.lower() == "true"
    return float(text) if "." in text else int(text)


def _json_scalar(value: object) -> str | None:
    match value:
        case bool():
            return "true" if value else "false"
        case JsonNumber():
            return value.text
        case str():
            return value
        case _:
            return None
