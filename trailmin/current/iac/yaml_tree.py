"""YAML as a tree with places, from the parser's events: every document of a file, aliases and merge keys followed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from trailmin.current.iac.tree import SourceMember, SourceNode
from trailmin.errors import CurrentError

_NODES_CAP = 500_000
"""Nodes of one file, aliases followed: a few lines of aliases of aliases can stand for more than any memory."""

_PROPERTY = re.compile(r"[!&][^\s,\[\]{}]*[ \t]+\Z")
_MERGE = "<<"


def read_yaml(text: str, *, origin: str) -> tuple[SourceNode, ...]:
    """Return the documents of a YAML text.

    Raises:
        CurrentError: It is not YAML, a mapping repeats a key, or aliases make it too large; the message holds line and
            column.
    """
    try:
        events = list(YAML(typ="safe", pure=True).parse(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark
        where = f":{mark.line + 1}:{mark.column + 1}" if mark is not None else ""
        raise _error(f"{origin}{where}", error.problem or "not YAML") from error
    except (YAMLError, RecursionError, ValueError) as error:
        raise _error(origin, "not YAML" if not isinstance(error, RecursionError) else "nested too deep") from error
    try:
        documents = tuple(_Builder(text, origin, iter(events)).documents())
    except RecursionError as error:
        raise _error(origin, "nested too deep") from error
    aliased = {event.anchor for event in events if isinstance(event, AliasEvent)}
    return documents if not aliased else tuple(_with_sharing(text, d, aliased, shared=False) for d in documents)


@dataclass(slots=True)
class _Builder:
    text: str
    origin: str
    events: Iterator[Any]
    anchors: dict[str, SourceNode] = field(default_factory=dict)
    count: int = 0

    def documents(self) -> Iterator[SourceNode]:
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                self.anchors = {}
                yield self.node(next(self.events))

    def node(self, event: Any) -> SourceNode:
        if isinstance(event, AliasEvent):
            target = self.anchors.get(event.anchor)
            if target is None:
                raise self.error(event, f"the alias *{event.anchor} has no anchor before it")
            self.grow(event, sum(1 for _ in target.descendants()))
            return replace(
                target, start=event.start_mark.index, end=event.end_mark.index, is_alias=True, tag=target.tag
            )
        self.grow(event, 1)
        if isinstance(event, ScalarEvent):
            node = self.scalar(event)
        elif isinstance(event, SequenceStartEvent):
            node = self.sequence(event)
        else:
            node = self.mapping(event)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        return node

    def scalar(self, event: ScalarEvent) -> SourceNode:
        return SourceNode(
            start=self.start(event),
            end=event.end_mark.index,
            value=event.value,
            quote=event.style or "",
            tag=_tag(event),
        )

    def sequence(self, event: SequenceStartEvent) -> SourceNode:
        items: list[SourceNode] = []
        while not isinstance(inner := next(self.events), SequenceEndEvent):
            items.append(self.node(inner))
        end = inner.end_mark.index if event.flow_style or not items else items[-1].end
        return SourceNode(
            start=self.start(event), end=end, items=tuple(items), is_flow=bool(event.flow_style), tag=_tag(event)
        )

    def mapping(self, event: MappingStartEvent) -> SourceNode:
        members: list[SourceMember] = []
        while not isinstance(inner := next(self.events), MappingEndEvent):
            key = self.node(inner)
            if key.value is None:
                raise self.error(inner, "a key is a list or a mapping")
            members.append(SourceMember(name=key.value, key=key, value=self.node(next(self.events))))
            if key.value != _MERGE and any(m.name == key.value for m in members[:-1]):
                raise self.error(inner, "a key is there twice")
        end = inner.end_mark.index if event.flow_style or not members else members[-1].value.end
        return SourceNode(
            start=self.start(event),
            end=end,
            members=tuple(_merged(members)),
            is_flow=bool(event.flow_style),
            tag=_tag(event),
        )

    def start(self, event: Any) -> int:
        """Where a value starts; of tag and anchor, the parser tells the place of the second."""
        at: int = event.start_mark.index
        while (found := _PROPERTY.search(self.text, self.text.rfind("\n", 0, at) + 1, at)) is not None:
            at = found.start()
        return at

    def grow(self, event: Any, count: int) -> None:
        self.count += count
        if self.count > _NODES_CAP:
            raise self.error(event, f"aliases make more than {_NODES_CAP:,} values of it")

    def error(self, event: Any, what: str) -> CurrentError:
        mark = event.start_mark
        return _error(f"{self.origin}:{mark.line + 1}:{mark.column + 1}", what)


def _merged(members: list[SourceMember]) -> Iterator[SourceMember]:
    """The members, those that merge keys bring in after those that stand there (YAML, "Merge Key")."""
    own = {member.name for member in members}
    yield from (member for member in members if member.name != _MERGE)
    for member in members:
        if member.name != _MERGE:
            continue
        for base in member.value.items or (member.value,):
            for inherited in base.members or ():
                if inherited.name not in own:
                    own.add(inherited.name)
                    yield replace(inherited, is_merged=True)


def _with_sharing(text: str, node: SourceNode, aliased: set[str], *, shared: bool) -> SourceNode:
    shared = shared or node.is_alias or _anchor(text, node) in aliased
    items, members = node.items, node.members
    return replace(
        node,
        is_shared=shared,
        items=None if items is None else tuple(_with_sharing(text, i, aliased, shared=shared) for i in items),
        members=None
        if members is None
        else tuple(
            replace(m, value=_with_sharing(text, m.value, aliased, shared=shared or m.is_merged)) for m in members
        ),
    )


def _anchor(text: str, node: SourceNode) -> str | None:
    found = re.compile(r"(?:!\S*\s+)?&([^\s,\[\]{}]+)").match(text, node.start)
    return found.group(1) if found is not None else None


def _tag(event: Any) -> str | None:
    return str(event.tag) if event.tag is not None else None


def _error(where: str, what: str) -> CurrentError:
    return CurrentError(f"{where}: {what}", hint="check the file with a YAML linter")
