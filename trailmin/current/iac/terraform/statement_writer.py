"""Edits of statements in HCL, written into the text: in `jsonencode`, and as blocks of `aws_iam_policy_document`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from trailmin.current.iac.spelling import KnownPrefix, respell
from trailmin.current.iac.splice import NotEditableError, SourceText, Splice, spliced
from trailmin.current.iac.terraform.entries import Entries, entries_of
from trailmin.current.iac.terraform.hcl_tree import Block, Expression, Listing, Mapped, Member
from trailmin.current.iac.terraform.hcl_writer import (
    DOCUMENT_NAMES,
    aligned,
    condition_lines,
    for_document,
    inline,
    list_text,
    member_lines,
    quoted,
    spelled,
)
from trailmin.current.iac.terraform.listing_edit import edited_listing, line_indent, removed_lines
from trailmin.current.iac.terraform.principal_writer import written_principals
from trailmin.current.iac.terraform.statements import TerraformStatement
from trailmin.current.iac.yaml_text import Raw
from trailmin.policy import Condition, Statement, StatementSpec, edit_statement

_COMMENT_LINE = re.compile(r"^[ \t]*(?:#|//)[^\n]*\n", re.MULTILINE)


@dataclass(slots=True, kw_only=True)
class StatementWriter:
    """Writes edits of statements that stand in one file."""

    source: SourceText
    known: Sequence[KnownPrefix]
    splices: list[Splice] = field(default_factory=list)

    def replace(
        self, place: TerraformStatement, statement: Statement, parts: Sequence[StatementSpec]
    ) -> tuple[Statement, ...]:
        """Put parts in a statement's place, and return what is written.

        Raises:
            NotEditableError: The way the source is written does not allow it.
        """
        body = _body(place)
        start, end = body.start, body.end
        texts: list[str] = []
        meant: list[Statement] = []
        for spec in parts:
            text, written = self._part(place, body, statement, spec)
            texts.append(text if not texts else _COMMENT_LINE.sub("", text))
            meant.append(written)
        if len(texts) > 1:
            texts = [self._joined(place, body, texts)]
        self.splices.append(Splice(start=start, end=end, new=texts[0]))
        return tuple(meant)

    def remove(self, places: Sequence[TerraformStatement]) -> None:
        """Take statements out of their document, which keeps others.

        Raises:
            NotEditableError: One of them stands alone where it is.
        """
        listings: dict[int, tuple[Listing, list[int]]] = {}
        for place in places:
            body = _body(place)
            if isinstance(body, Block):
                self.splices.append(removed_lines(self.source, body.start, body.end))
            elif place.listing is None:
                raise NotEditableError("a statement that stands alone goes, and others are kept")
            else:
                listings.setdefault(place.listing.start, (place.listing, []))[1].append(place.index)
        for listing, gone in listings.values():
            kept = [index for index in range(len(listing.children)) if index not in gone]
            if not kept:
                raise NotEditableError("every statement of a list goes, and others are kept")
            self.splices += edited_listing(self.source, listing, kept, ())

    # --- one statement

    def _part(
        self, place: TerraformStatement, body: Block | Mapped, statement: Statement, spec: StatementSpec
    ) -> tuple[str, Statement]:
        splices: list[Splice] = []
        written = edit_statement(statement, spec)
        if spec.sid != statement.sid:
            splices += self._set_sid(body, spec.sid)
        if spec.actions is not None and spec.actions != statement.actions:
            entries = entries_of(spec.actions, place.elements.get("Action") or place.elements["NotAction"], ())
            splices += self._set_list(place, body, "Action", entries)
        if spec.resources is not None and spec.resources != statement.resources:
            element = place.elements.get("Resource") or place.elements["NotResource"]
            entries = entries_of(spec.resources, element, self.known)
            splices += self._set_list(place, body, "Resource", entries)
            written = replace(written, resources=entries.texts)
        if spec.principals is not None and spec.principals != statement.principals:
            found, principals = written_principals(self, place, body, spec.principals)
            splices += found
            written = replace(written, principals=principals)
        held = {(c.operator, c.key) for c in statement.conditions}
        if new := [c for c in written.conditions if (c.operator, c.key) not in held]:
            splices += self._add_conditions(body, new)
        old = self.source.text[body.start : body.end]
        text = spliced(self.source.text, splices, body.start, body.end)
        if _aligned_text(old) == old:
            text = _aligned_text(text)
        return text, written

    def _joined(self, place: TerraformStatement, body: Block | Mapped, texts: Sequence[str]) -> str:
        newline = self.source.newline
        indent = line_indent(self.source, body.start)
        if isinstance(body, Block):
            return f"{newline}{newline}{indent}".join(texts)
        if place.listing is None:
            column = body.start - self.source.line_start(body.start)
            return list_text(texts, column=column, indent=indent, unit=_unit(indent), newline=newline)
        own_lines = self.source.owns_lines(body.start) or "\n" in texts[0]
        return f",{newline}{indent}".join(texts) if own_lines else ", ".join(texts)

    def _set_list(self, place: TerraformStatement, body: Block | Mapped, name: str, entries: Entries) -> list[Splice]:
        found = name if name in place.elements else f"Not{name}"
        key = DOCUMENT_NAMES[found] if isinstance(body, Block) else found
        member = next(m for m in body.members if m.name == key)
        splices: list[Splice] = []
        if found != name:
            new = DOCUMENT_NAMES[name] if isinstance(body, Block) else name
            is_quoted = self.source.text[member.key_start] == '"'
            splices.append(Splice(start=member.key_start, end=member.key_end, new=quoted(new) if is_quoted else new))
        in_document = isinstance(body, Block) and name == "Resource"
        return [*splices, *self.set_value(member.value, entries, body, in_document=in_document)]

    def set_value(self, node: Expression, entries: Entries, body: Block | Mapped, *, in_document: bool) -> list[Splice]:
        """Write other values where one or a list stands; `in_document`: as `aws_iam_policy_document` takes them."""
        texts = [spelled(for_document(s) if in_document else s) for s in entries.new]
        if isinstance(node, Listing) and entries.kept is not None:
            return edited_listing(self.source, node, entries.kept, texts)
        is_one = len(texts) == 1 and not isinstance(node, Listing) and not isinstance(body, Block)
        return [self._whole(node, texts, is_one=is_one, kept=entries.kept)]

    def _whole(self, node: Expression, texts: list[str], *, is_one: bool, kept: Sequence[int] | None) -> Splice:
        """The whole value replaced; one that was no list may be kept as it is."""
        if kept and not isinstance(node, Listing):
            if not texts:
                return Splice(start=node.start, end=node.start, new="")
            texts = [self.source.text[node.start : node.end], *texts]
            is_one = False
        if is_one:
            return Splice(start=node.start, end=node.end, new=texts[0])
        indent = line_indent(self.source, node.start)
        column = node.start - self.source.line_start(node.start)
        new = list_text(texts, column=column, indent=indent, unit=_unit(indent), newline=self.source.newline)
        return Splice(start=node.start, end=node.end, new=new)

    # --- members

    def _set_sid(self, body: Block | Mapped, sid: str | None) -> list[Splice]:
        name = "sid" if isinstance(body, Block) else "Sid"
        member = next((m for m in body.members if m.name == name), None)
        if member is not None and sid is not None:
            return [Splice(start=member.value.start, end=member.value.end, new=quoted(sid))]
        if member is not None:
            return [self.without(body, member)]
        first = body.members[0]
        key, sign = self._key(name, body)
        text = f"{key}{sign}{quoted(sid or '')}"
        if not self.source.owns_lines(first.key_start):
            return [Splice(start=first.key_start, end=first.key_start, new=f"{text}, ")]
        comma = "," if isinstance(body, Mapped) and self._comma_after(first.end) else ""
        indent = line_indent(self.source, first.key_start)
        return [Splice(start=first.key_start, end=first.key_start, new=f"{text}{comma}{self.source.newline}{indent}")]

    def without(self, body: Block | Mapped, member: Member) -> Splice:
        """Take out one of several members."""
        if self.source.owns_lines(member.key_start):
            return Splice(start=self.source.line_start(member.key_start), end=self.source.line_end(member.end), new="")
        at = body.members.index(member)
        if at + 1 < len(body.members):
            return Splice(start=member.key_start, end=body.members[at + 1].key_start, new="")
        return Splice(start=body.members[at - 1].end, end=member.end, new="")

    def _add_conditions(self, body: Block | Mapped, added: Sequence[Condition]) -> list[Splice]:
        if isinstance(body, Block):
            return self._add_blocks(body, added)
        value: dict[str, dict[str, object]] = {}
        for condition in added:
            texts = self._texts(condition, in_document=False)
            value.setdefault(condition.operator, {})[condition.key] = texts[0] if len(texts) == 1 else texts
        held = body.get("Condition")
        if held is None:
            return self._append(body, {"Condition": value})
        if not isinstance(held, Mapped) or not held.members:
            raise NotEditableError("the Condition is computed, or empty")
        splices: list[Splice] = []
        for operator, keys in value.items():
            inner = held.get(operator)
            if inner is None:
                splices += self._append(held, {operator: keys})
            elif isinstance(inner, Mapped) and inner.members:
                splices += self._append(inner, keys)
            else:
                raise NotEditableError("the Condition is computed, or empty")
        return splices

    def _texts(self, condition: Condition, *, in_document: bool) -> list[str | Raw]:
        """The values to print, as references where the module has them."""
        entries = [respell((text,), (), self.known)[0] for text in condition.values]
        return [
            text
            if entry.spelling == (text,)
            else Raw(spelled(for_document(entry.spelling) if in_document else entry.spelling))
            for entry, text in zip(entries, condition.values, strict=True)
        ]

    def _add_blocks(self, body: Block, added: Sequence[Condition]) -> list[Splice]:
        if not self.source.owns_lines(body.close):
            raise NotEditableError("a statement stands on one line")
        outer = line_indent(self.source, body.start)
        indent = outer + _unit(outer)
        lines: list[str] = []
        for condition in added:
            block = condition_lines(condition.operator, condition.key, self._texts(condition, in_document=True))
            lines += ["", *(f"{indent}{_tabbed(line, indent)}" for line in block)]
        at = self.source.line_start(body.close)
        newline = self.source.newline
        return [Splice(start=at, end=at, new="".join(line + newline for line in lines))]

    def _append(self, body: Mapped, members: dict[str, object]) -> list[Splice]:
        last = body.members[-1]
        if not self.source.owns_lines(last.key_start):
            text = ", " + inline(members)[2:-2]
            return [Splice(start=last.end, end=last.end, new=text)]
        indent = line_indent(self.source, last.key_start)
        lines = [f"{indent}{_tabbed(line, indent)}" for line in member_lines(members)]
        splices: list[Splice] = []
        is_parted = len(body.members) > 1 and self._comma_after(body.members[0].end)
        if is_parted and not self._comma_after(last.end):
            splices.append(Splice(start=last.end, end=last.end, new=","))
        at = self.source.line_end(last.end)
        newline = self.source.newline
        return [*splices, Splice(start=at, end=at, new="".join(line + newline for line in lines))]

    def _key(self, name: str, body: Block | Mapped) -> tuple[str, str]:
        """A key and the sign behind it, as the first member has them."""
        first, text = body.members[0], self.source.text
        key = quoted(name) if text[first.key_start] == '"' else name
        sign = text[first.key_end : first.value.start]
        return key, sign if ":" in sign else " = "

    def _comma_after(self, at: int) -> bool:
        return self.source.text[at:].lstrip(" \t").startswith(",")


def _body(place: TerraformStatement) -> Block | Mapped:
    if place.body is None:
        raise NotEditableError("the statement has no text of its own")
    return place.body


def _aligned_text(text: str) -> str:
    return "\n".join(aligned(text.split("\n")))


def _unit(indent: str) -> str:
    return "\t" if "\t" in indent else "  "


def _tabbed(line: str, indent: str) -> str:
    """A new line with tabs where its neighbours have them."""
    if "\t" not in indent:
        return line
    inner = len(line) - len(line.lstrip(" "))
    return "\t" * (inner // 2) + line[inner:]
