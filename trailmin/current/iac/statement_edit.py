"""Edits of statements, written into the source's text."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from trailmin.current.iac.dialect import Dialect, Style
from trailmin.current.iac.principal_edit import principal_value, principals_as_written, set_principals
from trailmin.current.iac.spelling import Entry, SpelledItem, respell, text_of
from trailmin.current.iac.splice import NotEditableError, SourceText, Splice, spliced
from trailmin.current.iac.statements import Element, StatementPlace
from trailmin.current.iac.tree import SourceNode
from trailmin.current.iac.yaml_text import Raw, block_lines, json_block, scalar_text
from trailmin.policy import (
    Condition,
    Edit,
    RemoveStatement,
    ReplaceStatement,
    Statement,
    StatementSpec,
    edit_statement,
    statement_to_json,
)

_COMMENT_LINE = re.compile(r"^[ \t]*#[^\n]*\n", re.MULTILINE)


@dataclass(slots=True)
class StatementEditor:
    """Writes edits of one policy's statements."""

    source: SourceText
    dialect: Dialect
    may_empty: bool = False
    """Whether all statements of a list may go; the list is then taken out by the caller."""
    is_emptied: bool = False
    stays: list[str] = field(default_factory=list)
    """What was to be edited and is put there by something else than the source: who does, and on what."""
    splices: list[Splice] = field(default_factory=list)
    meant: dict[int, tuple[Statement, ...]] = field(default_factory=dict)
    """Index of an edited statement to what is written in its place stands for; it may be wider than what was asked."""

    def edit(self, places: Sequence[StatementPlace], statements: Sequence[Statement], edits: Sequence[Edit]) -> None:
        """Collect the replacements that make the edits; not all statements may go.

        Raises:
            NotEditableError: The way the source is written does not allow it.
        """
        gone: dict[int, tuple[SourceNode, list[int]]] = {}
        for edit in edits:
            place = places[edit.index]
            if place.fixed:
                self.meant[edit.index] = (statements[edit.index],)
                self.stays.append(f"{', '.join(statements[edit.index].actions)}: {place.fixed}")
                continue
            if place.node is None or place.node.is_shared:
                raise NotEditableError(
                    "a statement is shared by an anchor or a merge key with other places of the file"
                )
            self.meant[edit.index] = ()
            match edit:
                case ReplaceStatement(parts=parts):
                    self._replace(place, statements[edit.index], parts)
                    self.meant[edit.index] = tuple(
                        as_written(edit_statement(statements[edit.index], spec), spec, place, self.dialect)
                        for spec in parts
                    )
                case RemoveStatement() if place.is_branch:
                    self._empty_branch(place.node)
                case RemoveStatement() if place.container is not None:
                    gone.setdefault(place.container.start, (place.container, []))[1].append(place.index)
                case RemoveStatement():
                    raise NotEditableError("the only statement goes, and others are kept")
        for container, indices in gone.values():
            kept = [i for i in range(len(container.items or ())) if i not in set(indices)]
            if not kept and self.may_empty:
                self.is_emptied = True
                continue
            if not kept:
                raise NotEditableError("every statement of a list goes, and others are kept")
            self.splices += self.source.set_items(container, kept, ())

    def _empty_branch(self, node: SourceNode) -> None:
        nothing = self.dialect.nothing(Style(is_json=node.is_json, is_flow=node.is_flow))
        if nothing is None or not (node.is_flow or self._follows_dash(node)):
            raise NotEditableError("a statement in a condition goes")
        self.splices.append(Splice(start=node.start, end=self.source.content_end(node), new=nothing))

    def _follows_dash(self, node: SourceNode) -> bool:
        before = self.source.text[self.source.line_start(node.start) : node.start]
        return before.rstrip().endswith("-")

    def _replace(self, place: StatementPlace, statement: Statement, parts: Sequence[StatementSpec]) -> None:
        node = _node(place)
        first, *others = [self._changes(place, statement, spec) for spec in parts]
        self.splices += first
        if not others:
            return
        texts = [self._part_text(node, changes) for changes in others]
        if place.is_branch:
            raise NotEditableError("a statement in a condition would become several")
        if place.container is not None:
            self.splices += self.source.insert_items(place.container, place.index, texts)
        else:
            self._wrap(node, first, texts)

    def _part_text(self, node: SourceNode, changes: Sequence[Splice]) -> str:
        """A copy of the statement's text with changes; remarks on lines of their own are not said twice."""
        end = node.end if node.is_flow else self.source.line_end(node.end)
        text = spliced(self.source.text, changes, node.start, end).rstrip()
        return text if node.is_flow else _COMMENT_LINE.sub("", text)

    def _wrap(self, node: SourceNode, first: Sequence[Splice], texts: Sequence[str]) -> None:
        """A statement without a list becomes a list of its parts."""
        end = node.end if node.is_flow else self.source.line_end(node.end)
        own = spliced(self.source.text, first, node.start, end).rstrip()
        tail = self.source.text[node.start : end][len(self.source.text[node.start : end].rstrip()) :]
        del self.splices[len(self.splices) - len(first) :]
        if node.is_flow:
            new = "[" + ", ".join([own, *texts]) + "]"
        else:
            indent = self.source.indent_at(node.start)
            moved = [f"- {text}".replace("\n", "\n  ") for text in (own, *texts)]
            new = (self.source.newline + indent).join(moved)
        self.splices.append(Splice(start=node.start, end=end, new=new + tail))

    def _changes(self, place: StatementPlace, statement: Statement, spec: StatementSpec) -> list[Splice]:
        node = _node(place)
        splices: list[Splice] = []
        if spec.sid != statement.sid:
            splices += self._set_sid(node, spec.sid)
        if spec.actions is not None and spec.actions != statement.actions:
            splices += self._set_list(place, "Action", spec.actions)
        if spec.resources is not None and spec.resources != statement.resources:
            splices += self._set_list(place, "Resource", spec.resources)
        if spec.principals is not None and spec.principals != statement.principals:
            splices += set_principals(self, place, spec.principals)
        added = edit_statement(statement, spec).conditions
        new = [c for c in added if (c.operator, c.key) not in {(h.operator, h.key) for h in statement.conditions}]
        if new:
            splices += self._add_conditions(node, new)
        return splices

    def _set_sid(self, node: SourceNode, sid: str | None) -> list[Splice]:
        member = node.member("Sid")
        if member is not None and (member.is_merged or member.value.is_shared):
            raise NotEditableError("the Sid is shared by a merge key with other places of the file")
        if member is not None and sid is not None:
            quote = member.value.quote
            text = scalar_text(sid, quote=quote, is_json=node.is_json)
            return [Splice(start=member.value.start, end=self.source.content_end(member.value), new=text)]
        if member is not None:
            return self.source.remove_member(node, member)
        at = (node.members or ())[0].key.start
        if not node.is_flow:
            return [Splice(start=at, end=at, new=f"Sid: {sid}{self.source.newline}{self.source.indent_at(at)}")]
        separator = self.source.flow_separator(_spans(node), node)
        return [Splice(start=at, end=at, new=f"{_key('Sid', node)}{scalar_text(sid or '', quote=_QUOTE)}{separator}")]

    def _set_list(self, place: StatementPlace, name: str, values: Sequence[str]) -> list[Splice]:
        node = _node(place)
        splices: list[Splice] = []
        found = name if name in place.elements else f"Not{name}"
        member, element = node.member(found), place.elements[found]
        if member is None or element.node is None:
            raise NotEditableError(f"the statement has no {name} of its own")
        entries = respell(values, element.items, self.dialect.known if name == "Resource" else ())
        if member.is_merged:
            return self._append(node, name, self._texts(entries, element, node))
        if found != name:
            quote = member.key.quote
            key = scalar_text(name, quote=quote, is_json=node.is_json)
            splices.append(Splice(start=member.key.start, end=member.key.end, new=key))
        return splices + self.element_splices(element.node, element, entries, in_brackets=node.is_flow)

    def _texts(self, entries: Sequence[Entry], element: Element, statement: SourceNode) -> list[str]:
        style = self._style(element, is_flow=statement.is_flow, is_json=statement.is_json)
        return [self._entry_text(entry, element, style) for entry in entries]

    def _entry_text(self, entry: Entry, element: Element, style: Style) -> str:
        if entry.kept is None:
            return self.dialect.write(entry.spelling, style)
        item = element.items[entry.kept]
        if item.node is None or (not item.node.is_scalar and not item.node.is_flow):
            return self.dialect.write(item.spellings[0], style)
        return self.source.source(item.node)

    def _style(self, element: Element, *, is_flow: bool, is_json: bool) -> Style:
        quotes = [i.node.quote for i in element.items if i.node is not None and i.node.is_scalar]
        quote = next((q for q in quotes if q in {'"', "'"}), "")
        return Style(is_json=is_json, is_flow=is_flow, quote=quote)

    def element_splices(
        self, node: SourceNode, element: Element, entries: Sequence[Entry], *, in_brackets: bool
    ) -> list[Splice]:
        """Write other values into an element, of a mapping in brackets or not; those that stay keep their bytes."""
        if node.is_shared and not node.is_alias:
            raise NotEditableError("a list is shared by an anchor with other places of the file")
        if node.items is not None and node.tag is None and not node.is_alias:
            style = self._style(element, is_flow=node.is_flow, is_json=node.is_json)
            kept = sorted(entry.kept for entry in entries if entry.kept is not None)
            new = [self._entry_text(entry, element, style) for entry in entries if entry.kept is None]
            return self.source.set_items(node, kept, new)
        return [self._whole(node, element, entries, is_inline=node.is_json or in_brackets)]

    def _whole(self, node: SourceNode, element: Element, entries: Sequence[Entry], *, is_inline: bool) -> Splice:
        """One value, or an alias, in whose place one or several values come."""
        style = self._style(element, is_flow=is_inline, is_json=node.is_json)
        texts = [self._entry_text(entry, element, style) for entry in entries]
        end = self.source.content_end(node)
        if len(texts) == 1:
            return Splice(start=len(self.source.text[: node.start].rstrip()), end=end, new=f" {texts[0]}")
        if is_inline:
            return Splice(start=node.start, end=end, new="[" + ", ".join(texts) + "]")
        indent = self.source.newline + self._key_indent(node) + "  "
        start = len(self.source.text[: node.start].rstrip())
        return Splice(start=start, end=end, new="".join(f"{indent}- {text}" for text in texts))

    def _key_indent(self, node: SourceNode) -> str:
        """The column of the key that a value stands behind, past the dash of a list."""
        start = self.source.line_start(node.start)
        line = self.source.text[start : node.start]
        if not line.strip():
            start = self.source.line_start(start - 1)
            line = self.source.text[start:].partition("\n")[0]
        found = re.match(r"[ \t]*(?:- +)*", line)
        return " " * (found.end() if found is not None else 0)

    def _add_conditions(self, node: SourceNode, added: Sequence[Condition]) -> list[Splice]:
        value: dict[str, dict[str, Any]] = {}
        for condition in added:
            texts = [self.condition_text(text, node) for text in condition.values]
            value.setdefault(condition.operator, {})[condition.key] = texts[0] if len(texts) == 1 else texts
        member = node.member("Condition")
        if member is None:
            return self.append_member(node, "Condition", value)
        splices: list[Splice] = []
        for operator, keys in value.items():
            held = member.value.member(operator)
            if member.is_merged or member.value.is_shared or not member.value.members:
                raise NotEditableError("the Condition is shared with other places of the file, or empty")
            if held is None:
                splices += self.append_member(member.value, operator, keys)
            else:
                for key, values in keys.items():
                    splices += self.append_member(held.value, key, values)
        return splices

    def condition_text(self, text: str, node: SourceNode) -> str | Raw:
        """Return a new condition's value to print, as a reference where the source has one."""
        (entry,) = respell((text,), (), self.dialect.known)
        if entry.spelling == (text,):
            return text
        return Raw(self.dialect.write(entry.spelling, Style(is_json=node.is_json, is_flow=node.is_flow)))

    def value_splice(self, node: SourceNode, value: Any, *, is_inline: bool) -> Splice:
        """Put another value, of any form, in the place of the one that stands behind a key."""
        end = self.source.content_end(node)
        if is_inline:
            return Splice(start=node.start, end=end, new=json_block(value, newline=""))
        indent = self.source.newline + self._key_indent(node) + "  "
        start = len(self.source.text[: node.start].rstrip())
        if isinstance(value, str):
            return Splice(start=start, end=end, new=f" {scalar_text(value)}")
        return Splice(start=start, end=end, new="".join(indent + line for line in block_lines(value)))

    def _append(self, node: SourceNode, name: str, texts: Sequence[str]) -> list[Splice]:
        return self.append_member(node, name, [Raw(text) for text in texts] if len(texts) > 1 else Raw(texts[0]))

    def append_item(self, container: SourceNode, value: Any) -> list[Splice]:
        """Put an item behind the others of a list."""
        return self.append_items(container, [value])

    def append_items(self, container: SourceNode, values: Sequence[Any]) -> list[Splice]:
        """Put items behind the others of a list."""
        items = container.items or ()
        if not container.is_flow:
            indent = self.source.indent_at(self.source.dash_of(items[-1]))
            lines = [indent + line for line in block_lines(list(values))]
            return [self.source.new_lines(self.source.line_end(items[-1].end), lines)]
        separator = self.source.flow_separator([(i.start, i.end) for i in items], container)
        text = "".join(f"{separator}{self._flow_text(value, separator)}" for value in values)
        return [Splice(start=items[-1].end, end=items[-1].end, new=text)]

    def _flow_text(self, value: Any, separator: str) -> str:
        if "\n" not in separator:
            return json_block(value, newline="")
        return json_block(value, indent=separator.rpartition("\n")[2], newline=self.source.newline)

    def append_member(self, node: SourceNode, name: str, value: Any) -> list[Splice]:
        """Put a member behind the others of a mapping."""
        own = [m for m in node.members or () if not m.is_merged]
        if not node.is_flow:
            # A mapping of merged keys alone starts with the merge key, which is no member.
            indent = self.source.indent_at(own[0].key.start if own else node.start)
            lines = [indent + line for line in block_lines({name: value})]
            return [self.source.new_lines(self.source.line_end(node.end), lines)]
        separator = self.source.flow_separator(_spans(node), node)
        text = self._flow_text(value, separator)
        end = own[-1].value.end
        return [Splice(start=end, end=end, new=f"{separator}{_key(name, node)}{text}")]


_QUOTE = '"'


def as_written(edited: Statement, spec: StatementSpec, place: StatementPlace, dialect: Dialect) -> Statement:
    """Return what an edited statement stands for once it is written in the source's spelling."""
    if spec.resources is not None:
        element = place.elements.get("Resource") or place.elements.get("NotResource")
        items = element.items if element is not None else ()
        texts = _texts_of(respell(spec.resources, items, dialect.known), items)
        edited = replace(edited, resources=tuple(dict.fromkeys(texts)))
    if spec.principals is not None:
        edited = replace(edited, principals=principals_as_written(spec.principals, place, dialect))
    return edited


def statement_value(
    statement: Statement, items: Sequence[SpelledItem], dialect: Dialect, style: Style
) -> Mapping[str, Any]:
    """Return a statement as a value to print anew, its resources in the source's spelling."""
    document = dict(statement_to_json(statement))
    for name, values in (("Resource", statement.resources), ("NotResource", statement.not_resources)):
        if values:
            spellings = [
                spelling
                for entry in respell(values, items, dialect.known)
                for spelling in (items[entry.kept].spellings if entry.kept is not None else (entry.spelling,))
            ]
            texts = [Raw(dialect.write(spelling, style)) for spelling in dict.fromkeys(spellings)]
            document[name] = texts[0] if len(texts) == 1 and name in statement.scalars else texts
    if statement.principals:
        document["Principal"] = principal_value(statement.principals, dialect, style)
    return document


def _texts_of(entries: Sequence[Entry], items: Sequence[SpelledItem]) -> tuple[str, ...]:
    return tuple(
        text
        for entry in entries
        for text in (items[entry.kept].texts if entry.kept is not None else (text_of(entry.spelling),))
    )


def _node(place: StatementPlace) -> SourceNode:
    if place.node is None:
        raise NotEditableError("the statement has no text of its own")
    return place.node


def _spans(node: SourceNode) -> list[tuple[int, int]]:
    return [(m.key.start, m.value.end) for m in node.members or () if not m.is_merged]


def _key(name: str, node: SourceNode) -> str:
    quote = (node.members or ())[0].key.quote
    return f"{scalar_text(name, quote=quote, is_json=node.is_json)}: "
