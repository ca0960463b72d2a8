"""The Principal of a statement in HCL, written into the text: blocks of a document, or members of an object."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trailmin.current.iac.spelling import KnownPrefix, respell
from trailmin.current.iac.splice import NotEditableError, Splice
from trailmin.current.iac.statements import Element
from trailmin.current.iac.terraform.entries import Entries, entries_of
from trailmin.current.iac.terraform.hcl_tree import Block, Mapped, Member
from trailmin.current.iac.terraform.hcl_writer import for_document, inline, principal_lines, spelled
from trailmin.current.iac.terraform.listing_edit import line_indent, removed_lines
from trailmin.current.iac.terraform.statements import TerraformStatement
from trailmin.current.iac.yaml_text import Raw
from trailmin.policy import Principals

if TYPE_CHECKING:
    from trailmin.current.iac.terraform.statement_writer import StatementWriter

_ELEMENT, _BLOCK = "Principal", "principals"


def written_principals(
    writer: "StatementWriter", place: TerraformStatement, body: Block | Mapped, wanted: Sequence[Principals]
) -> tuple[list[Splice], tuple[Principals, ...]]:
    """Return the replacements that put other principals in a statement, and what is written then.

    Raises:
        NotEditableError: The way the source is written does not allow it.
    """
    held = {name.partition("/")[2]: e for name, e in place.elements.items() if name.startswith(f"{_ELEMENT}/")}
    if not held.keys() >= {group.kind for group in wanted}:
        return _anew(writer, body, wanted), tuple(wanted)
    entries = {g.kind: entries_of(g.values, held[g.kind], _known(writer, g.kind)) for g in wanted}
    written = tuple(Principals(kind=kind, values=found.texts) for kind, found in entries.items())
    same = {g.kind for g in wanted if set(g.values) == set(held[g.kind].texts)}
    changed = {kind: found for kind, found in entries.items() if kind not in same}
    gone = held.keys() - entries.keys()
    if isinstance(body, Block):
        return _in_blocks(writer, body, held, changed, gone), written
    return _in_object(writer, body, held, changed, gone), written


def _in_blocks(
    writer: "StatementWriter",
    body: Block,
    held: dict[str, Element],
    changed: dict[str, Entries],
    gone: set[str],
) -> list[Splice]:
    splices: list[Splice] = []
    for block in body.of_type(_BLOCK):
        kind, identifiers = block.get("type"), block.get("identifiers")
        name = writer.source.text[kind.start + 1 : kind.end - 1] if kind is not None else ""
        if name not in held or held[name].node is None or identifiers is None:
            raise NotEditableError("a type of principals is computed, or has several blocks")
        if name in gone:
            splices.append(removed_lines(writer.source, block.start, block.end))
        elif name in changed:
            splices += writer.set_value(identifiers, changed[name], body, in_document=True)
    return splices


def _in_object(
    writer: "StatementWriter",
    body: Mapped,
    held: dict[str, Element],
    changed: dict[str, Entries],
    gone: set[str],
) -> list[Splice]:
    principal = body.get(_ELEMENT)
    if not isinstance(principal, Mapped):
        raise NotEditableError("the Principal is computed")
    splices: list[Splice] = []
    for member in principal.members:
        if member.name in gone:
            splices.append(writer.without(principal, member))
        elif member.name in changed and held[member.name].node is not None:
            splices += writer.set_value(member.value, changed[member.name], body, in_document=False)
    return splices


def _anew(writer: "StatementWriter", body: Block | Mapped, wanted: Sequence[Principals]) -> list[Splice]:
    """Principals of other kinds than before."""
    if isinstance(body, Mapped):
        member: Member | None = next((m for m in body.members if m.name == _ELEMENT), None)
        if member is None:
            raise NotEditableError("the statement has no Principal of its own")
        value = {group.kind: _texts(writer, group, in_document=False) for group in wanted}
        plain = {kind: texts[0] if len(texts) == 1 else texts for kind, texts in value.items()}
        return [Splice(start=member.value.start, end=member.value.end, new=inline(plain))]
    first, *others = body.of_type(_BLOCK)
    indent = line_indent(writer.source, first.start)
    blocks = [principal_lines(_ELEMENT, g.kind, _texts(writer, g, in_document=True)) for g in wanted]
    lines = [line for block in blocks for line in ("", *block)][1:]
    text = writer.source.newline.join(f"{indent}{line}" if line else "" for line in lines).lstrip()
    return [
        Splice(start=first.start, end=first.end, new=text),
        *(removed_lines(writer.source, block.start, block.end) for block in others),
    ]


def _texts(writer: "StatementWriter", group: Principals, *, in_document: bool) -> list[Raw]:
    entries = respell(group.values, (), _known(writer, group.kind))
    return [Raw(spelled(for_document(e.spelling) if in_document else e.spelling)) for e in entries]


def _known(writer: "StatementWriter", kind: str) -> Sequence[KnownPrefix]:
    """What principals of a kind can be written by."""
    return writer.known if kind == "AWS" else ()
