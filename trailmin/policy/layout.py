"""How a policy's JSON text is laid out, and new pieces written in the same way."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from trailmin.errors import DefectError
from trailmin.policy.json_text import JsonMember, JsonNode


@dataclass(frozen=True, slots=True, kw_only=True)
class _ListStyle:
    """The text before the first item of a list, between two, and after the last, brackets included."""

    opening: str
    separator: str
    closing: str

    def render(self, items: Sequence[str]) -> str:
        return self.opening + self.separator.join(items) + self.closing


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The style of one document."""

    text: str
    newline: str
    unit: str
    """One level of indentation."""
    colon: str
    """What stands between a key and its value."""
    space: str
    """What stands after a comma within a line."""
    one_line_lists: bool
    """Whether the document's lists of several texts stand on one line."""

    @classmethod
    def of(cls, text: str, root: JsonNode) -> Self:
        """The layout of the document `text`, whose value is `root` (an object with a member)."""
        first = root.members[0]
        lead = text[root.start + 1 : first.key.start]
        lists = [text[node.start : node.end] for node in _string_lists(root) if len(node.items or ()) > 1]
        return cls(
            text=text,
            newline="\r\n" if "\r\n" in text else "\n",
            unit=_last_line(lead) or "  ",
            colon=text[first.key.end : first.value.start],
            space=" " if "\n" in lead or text[first.value.end :].startswith(", ") else "",
            one_line_lists=bool(lists) and "\n" not in lists[0],
        )

    def source(self, node: JsonNode) -> str:
        """The bytes of a value."""
        return self.text[node.start : node.end]

    def indent_of(self, container: JsonNode) -> str | None:
        """The indentation of the members of an object or items of a list; None when it stands on one line."""
        first = _starts(container)[:1]
        lead = self.text[container.start + 1 : first[0]] if first else ""
        return _last_line(lead) if "\n" in lead else None

    def separator(self, container: JsonNode) -> str:
        """What stands between two children of a container: a comma and white space."""
        starts, ends = _starts(container), _ends(container)
        if len(starts) > 1:
            return self.text[ends[-2] : starts[-1]]
        indent = self.indent_of(container)
        return f",{self.space}" if indent is None else f",{self.newline}{indent}"

    def changes(self, node: JsonNode) -> "_Changes":
        """Changes to the object `node`, none yet."""
        return _Changes(layout=self, node=node)

    def list_text(self, values: Sequence[str], old: JsonNode, indent: str | None) -> str:
        """A list of texts in place of `old`, in a member with this indentation; texts in `old` keep their bytes."""
        held = old.items if old.items is not None else (old,)
        spelled = {item.value: self.source(item) for item in held if isinstance(item.value, str)}
        items = [spelled.get(value) or _quoted(value) for value in values]
        if old.items is None and len(items) == 1:
            return items[0]
        return self._list_style(old, indent).render(items)

    def object_text(self, members: Mapping[str, str], indent: str | None) -> str:
        """An object of rendered values, whose members have this indentation (None: on one line)."""
        rendered = [f"{_quoted(name)}{self.colon}{value}" for name, value in members.items()]
        return "{" + self._block(rendered, indent) + "}"

    def values_text(self, values: Sequence[str], indent: str | None) -> str:
        """One text or a list of texts, whose items have this indentation."""
        items = [_quoted(value) for value in values]
        if len(items) == 1:
            return items[0]
        return "[" + self._block(items, None if self.one_line_lists else indent) + "]"

    def deeper(self, indent: str | None, levels: int = 1) -> str | None:
        """The indentation some levels further in."""
        return None if indent is None else indent + self.unit * levels

    def _block(self, rendered: Sequence[str], indent: str | None) -> str:
        if indent is None:
            return f",{self.space}".join(rendered)
        lead = self.newline + indent
        return lead + f",{lead}".join(rendered) + self.newline + indent.removesuffix(self.unit)

    def _list_style(self, old: JsonNode, indent: str | None) -> _ListStyle:
        if old.items:
            lead = self.text[old.start : old.items[0].start]
            return _ListStyle(
                opening=lead, separator=self.separator(old), closing=self.text[old.items[-1].end : old.end]
            )
        if indent is None or self.one_line_lists:
            return _ListStyle(opening="[", separator=f",{self.space}", closing="]")
        lead = f"{self.newline}{indent}{self.unit}"
        return _ListStyle(opening="[" + lead, separator="," + lead, closing=f"{self.newline}{indent}]")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Changes:
    """Replacements within one statement's text: (start, end, new text) in the offsets of the document."""

    layout: Layout
    node: JsonNode
    replacements: list[tuple[int, int, str]] = field(default_factory=list)

    def text(self) -> str:
        """The statement's text with the replacements made."""
        parts: list[str] = []
        at = self.node.start
        for start, end, new in sorted(self.replacements, key=lambda found: found[:2]):
            parts += [self.layout.text[at:start], new]
            at = end
        return "".join([*parts, self.layout.text[at : self.node.end]])

    def set_first(self, name: str, value: str | None) -> None:
        """Set a member's text; a new one becomes the first member; None takes it out."""
        member, members = self.node.member(name), self.node.members
        if value is None:
            if member is not None:
                self._remove(member)
        elif member is not None:
            self._replace(member.value, _quoted(value))
        else:
            start = members[0].key.start
            text = f"{_quoted(name)}{self.layout.colon}{_quoted(value)}{self.layout.separator(self.node)}"
            self.replacements.append((start, start, text))

    def set_list(self, name: str, negated: str, values: Sequence[str]) -> None:
        """Set the list of a member, which may stand under its negated name so far."""
        member = self.node.member(name) or self.node.member(negated)
        if member is None:
            raise DefectError(f"a statement has neither {name} nor {negated}")
        if member.name != name:
            self._replace(member.key, _quoted(name))
        self._replace(member.value, self.layout.list_text(values, member.value, self.layout.indent_of(self.node)))

    def set_lists(self, name: str, lists: Mapping[str, Sequence[str]]) -> None:
        """Make a member an object of lists; the lists that it had already keep their style, equal ones their bytes."""
        member = self.node.member(name)
        if member is None:
            raise DefectError(f"a statement has no {name}")
        indent = self.layout.indent_of(self.node)
        held = {one.name: one.value for one in member.value.members} if member.value.is_object else {}
        if held.keys() != lists.keys():
            self._replace(member.value, self._keys_text(lists, self.layout.deeper(indent)))
            return
        for kind, values in lists.items():
            node = held[kind]
            if [item.value for item in (node.items if node.items is not None else (node,))] != list(values):
                inner = self.layout.indent_of(member.value)
                self._replace(node, self.layout.list_text(values, node, inner))

    def add_conditions(self, added: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        """Add operators and keys to the Condition element, or the element itself."""
        element, indent = self.node.member("Condition"), self.layout.indent_of(self.node)
        if element is None:
            self._append(self.node, "Condition", self._operators_text(added, self.layout.deeper(indent)))
        elif not element.value.members:
            self._replace(element.value, self._operators_text(added, self.layout.deeper(indent)))
        else:
            for operator, keys in added.items():
                self._add_operator(element.value, operator, keys)

    def _add_operator(self, element: JsonNode, operator: str, keys: Mapping[str, Sequence[str]]) -> None:
        member, indent = element.member(operator), self.layout.indent_of(element)
        if member is None:
            self._append(element, operator, self._keys_text(keys, self.layout.deeper(indent)))
        elif not member.value.members:
            self._replace(member.value, self._keys_text(keys, self.layout.deeper(indent)))
        else:
            inner = self.layout.deeper(self.layout.indent_of(member.value))
            for key, values in keys.items():
                self._append(member.value, key, self.layout.values_text(values, inner))

    def _operators_text(self, added: Mapping[str, Mapping[str, Sequence[str]]], indent: str | None) -> str:
        inner = self.layout.deeper(indent)
        return self.layout.object_text({name: self._keys_text(keys, inner) for name, keys in added.items()}, indent)

    def _keys_text(self, keys: Mapping[str, Sequence[str]], indent: str | None) -> str:
        inner = self.layout.deeper(indent)
        members = {key: self.layout.values_text(values, inner) for key, values in keys.items()}
        return self.layout.object_text(members, indent)

    def _append(self, container: JsonNode, name: str, value: str) -> None:
        end = container.members[-1].value.end
        separator = self.layout.separator(container)
        self.replacements.append((end, end, f"{separator}{_quoted(name)}{self.layout.colon}{value}"))

    def _replace(self, node: JsonNode, new: str) -> None:
        self.replacements.append((node.start, node.end, new))

    def _remove(self, member: JsonMember) -> None:
        members = self.node.members
        at = members.index(member)
        if at + 1 < len(members):
            self.replacements.append((member.key.start, members[at + 1].key.start, ""))
        else:
            self.replacements.append((members[at - 1].value.end, member.value.end, ""))


def statement_list_text(layout: Layout, node: JsonNode, pieces: Sequence[Sequence[str]]) -> str:
    """The document with its Statement element (`node`) made of these texts, one group for each statement so far."""
    before, after = layout.text[: node.start], layout.text[node.end :]
    if node.items is None:
        return before + _wrapped(layout, node, pieces[0]) + after
    parts = [layout.text[node.start : node.items[0].start]]
    for index, group in enumerate(pieces):
        preceding = (
            layout.text[node.items[index - 1].end : node.items[index].start] if index else layout.separator(node)
        )
        for piece in group:
            if len(parts) > 1:
                parts.append(preceding)
            parts.append(piece)
    parts.append(layout.text[node.items[-1].end : node.end])
    return before + "".join(parts) + after


def _wrapped(layout: Layout, node: JsonNode, pieces: Sequence[str]) -> str:
    """The parts of a statement that stood without a list, in a list where there are several."""
    if len(pieces) == 1:
        return pieces[0]
    indent = layout.indent_of(node)
    if indent is None:
        return "[" + f",{layout.space}".join(pieces) + "]"
    # A JSON string holds no line break, so every line of a piece can be moved in.
    moved = [piece.replace("\n", "\n" + layout.unit) for piece in pieces]
    return (
        "["
        + layout.newline
        + indent
        + f",{layout.newline}{indent}".join(moved)
        + (layout.newline + indent.removesuffix(layout.unit) + "]")
    )


def _starts(container: JsonNode) -> list[int]:
    if container.items is not None:
        return [item.start for item in container.items]
    return [member.key.start for member in container.members]


def _ends(container: JsonNode) -> list[int]:
    if container.items is not None:
        return [item.end for item in container.items]
    return [member.value.end for member in container.members]


def _string_lists(node: JsonNode) -> list[JsonNode]:
    """The lists of texts in the document, in order."""
    if node.items is not None and node.items and isinstance(node.items[0].value, str):
        return [node]
    children = [member.value for member in node.members] if node.is_object else list(node.items or ())
    return [found for child in children for found in _string_lists(child)]


def _last_line(space: str) -> str:
    return space[space.rfind("\n") + 1 :] if "\n" in space else ""


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
