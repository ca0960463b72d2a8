"""The Principal element of a statement, written into a source: those who stay keep their spelling."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from trailmin.current.iac.dialect import Dialect, Style
from trailmin.current.iac.spelling import KnownPrefix, SpelledItem, respell, text_of
from trailmin.current.iac.splice import NotEditableError, Splice
from trailmin.current.iac.statements import StatementPlace
from trailmin.current.iac.tree import SourceNode
from trailmin.current.iac.yaml_text import Raw
from trailmin.policy import Principals

if TYPE_CHECKING:
    from trailmin.current.iac.statement_edit import StatementEditor

_ELEMENT = "Principal"


def set_principals(editor: "StatementEditor", place: StatementPlace, wanted: Sequence[Principals]) -> list[Splice]:
    """Return the replacements that put other principals in a statement.

    Raises:
        NotEditableError: The element is shared with other places of the file, or not the statement's own.
    """
    member = place.node.member(_ELEMENT) if place.node is not None else None
    if member is None or member.is_merged or member.value.is_shared:
        raise NotEditableError("the statement has no Principal of its own")
    node = member.value
    kinds = {group.kind: group.values for group in wanted}
    held = {one.name for one in node.members or ()}
    if node.is_scalar or kinds.keys() - held or any(one.is_merged for one in node.members or ()):
        return [_whole(editor, node, wanted, is_inline=node.is_flow or (place.node is not None and place.node.is_flow))]
    splices: list[Splice] = []
    for one in node.members or ():
        element = place.elements[f"{_ELEMENT}/{one.name}"]
        if one.name not in kinds:
            splices += editor.source.remove_member(node, one)
        elif kinds[one.name] != element.texts and element.node is not None:
            known = referable(one.name, editor.dialect)
            entries = respell(kinds[one.name], element.items, known)
            splices += editor.element_splices(element.node, element, entries, in_brackets=node.is_flow)
    return splices


def principals_as_written(
    wanted: Sequence[Principals], place: StatementPlace, dialect: Dialect
) -> tuple[Principals, ...]:
    """Return what principals stand for once they are written in the source's spelling."""
    written: list[Principals] = []
    for group in wanted:
        items = _items(place, group.kind)
        entries = respell(group.values, items, referable(group.kind, dialect))
        texts = (
            text
            for entry in entries
            for text in (items[entry.kept].texts if entry.kept is not None else (text_of(entry.spelling),))
        )
        written.append(Principals(kind=group.kind, values=tuple(dict.fromkeys(texts))))
    return tuple(written)


def principal_value(
    wanted: Sequence[Principals], dialect: Dialect, style: Style
) -> str | Mapping[str, Raw | list[Raw]]:
    """Return principals as a value to print anew, with the references that the source has for them."""
    if any(group.kind == "*" for group in wanted):
        return "*"
    value: dict[str, Raw | list[Raw]] = {}
    for group in wanted:
        entries = respell(group.values, (), referable(group.kind, dialect))
        texts = [Raw(dialect.write(entry.spelling, style)) for entry in entries]
        value[group.kind] = texts[0] if len(texts) == 1 else texts
    return value


def referable(kind: str, dialect: Dialect) -> Sequence[KnownPrefix]:
    """Return what principals of a kind can be written by."""
    return dialect.known if kind == "AWS" else ()


def _items(place: StatementPlace, kind: str) -> Sequence[SpelledItem]:
    element = place.elements.get(f"{_ELEMENT}/{kind}")
    return element.items if element is not None else ()


def _whole(editor: "StatementEditor", node: SourceNode, wanted: Sequence[Principals], *, is_inline: bool) -> Splice:
    """Principals of other kinds than before."""
    value = principal_value(wanted, editor.dialect, Style(is_json=node.is_json, is_flow=is_inline))
    return editor.value_splice(node, value, is_inline=is_inline)
