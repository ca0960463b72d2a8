"""Edits of a function's permission: of the properties that make its statement; of several, each a resource.

Source: CloudFormation Template Reference, AWS::Lambda::Permission: one principal, one action, one source.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from trailmin.current.iac.cloudformation.resource_policies import PERMISSION, PERMISSION_CONDITIONS
from trailmin.current.iac.cloudformation.template import Template
from trailmin.current.iac.cloudformation.template_dialect import TemplateDialect
from trailmin.current.iac.dialect import Style
from trailmin.current.iac.places import PolicyPlace
from trailmin.current.iac.spelling import SpelledItem, respell
from trailmin.current.iac.splice import NotEditableError, SourceText, Splice, spliced
from trailmin.current.iac.statement_edit import StatementEditor, as_written
from trailmin.current.iac.tree import SourceMember, SourceNode
from trailmin.current.iac.yaml_text import Raw, Value, block_lines, json_block
from trailmin.policy import Condition, Statement, StatementSpec, edit_statement

_PROPERTIES = {condition: name for name, condition in PERMISSION_CONDITIONS.items()}
_COMMENT_LINE = re.compile(r"^[ \t]*#[^\n]*\n", re.MULTILINE)


def edited_permission(
    template: Template,
    dialect: TemplateDialect,
    place: PolicyPlace,
    statement: Statement,
    parts: Sequence[StatementSpec],
) -> tuple[list[Splice], Mapping[str, Statement]]:
    """Return the replacements that make the parts of a permission, and logical id to what each stands for.

    Raises:
        NotEditableError: A part is no permission, or the resource does not stand alone.
    """
    name = place.address.split("/")[1]
    member = template.resources[name]
    properties = place.item
    if properties is None or properties.is_shared or member.is_merged:
        raise NotEditableError("the permission is shared by an anchor with other places of the file")
    editor = _Editor(dialect, place, statement, properties)
    first, *others = parts
    meant = {name: editor.meant(first, name)}
    splices = list(editor.changes(first))
    copies: list[str] = []
    for number, spec in enumerate(others, start=2):
        new = _unused(template, f"{name}{number}", meant)
        meant[new] = editor.meant(spec, new)
        copies.append(_copy(dialect.source, member, new, list(editor.changes(spec))))
    if copies:
        splices.append(_behind(dialect.source, template, member, copies))
    return splices, meant


class _Editor:
    def __init__(
        self, dialect: TemplateDialect, place: PolicyPlace, statement: Statement, properties: SourceNode
    ) -> None:
        self._dialect, self._place, self._statement, self._properties = dialect, place, statement, properties
        self._editor = StatementEditor(source=dialect.source, dialect=dialect)

    def meant(self, spec: StatementSpec, name: str) -> Statement:
        """What a part stands for once it is written."""
        (place,) = self._place.statements
        edited = edit_statement(self._statement, spec)
        written = as_written(edited, spec, place, self._dialect)
        return edit_statement(written, StatementSpec(sid=name))

    def changes(self, spec: StatementSpec) -> Iterator[Splice]:
        """What differs in the properties."""
        (place,) = self._place.statements
        edited = edit_statement(self._statement, spec)
        values = [value for group in edited.principals for value in group.values]
        if len(values) != 1 or len(edited.actions) != 1:
            raise NotEditableError("a permission has one principal and one action")
        if edited.actions != self._statement.actions:
            yield self._set("Action", edited.actions[0])
        if edited.principals != self._statement.principals:
            items = next((e.items for n, e in place.elements.items() if n.startswith("Principal/")), ())
            yield self._set("Principal", values[0], items)
        held = {(c.operator, c.key) for c in self._statement.conditions}
        for condition in edited.conditions:
            if (condition.operator, condition.key) not in held:
                yield from self._add(condition)

    def _set(self, name: str, value: str, items: Sequence[SpelledItem] = ()) -> Splice:
        node = self._properties.get(name)
        if node is None or node.is_shared:
            raise NotEditableError(f"the permission has no {name} of its own")
        (entry, *_) = respell((value,), items, self._dialect.known)
        style = Style(is_json=node.is_json, is_flow=self._properties.is_flow, quote=node.quote)
        text = (
            self._dialect.source.source(node) if entry.kept is not None else self._dialect.write(entry.spelling, style)
        )
        return Splice(start=node.start, end=self._dialect.source.content_end(node), new=text)

    def _add(self, condition: Condition) -> list[Splice]:
        name = _PROPERTIES.get((condition.operator, condition.key))
        if name is None or len(condition.values) != 1:
            raise NotEditableError(f"a permission has no {condition.key} of this form")
        if self._properties.get(name) is not None:
            raise NotEditableError(f"its {name} is not known")
        (entry,) = respell(condition.values, (), self._dialect.known)
        style = Style(is_json=self._properties.is_json, is_flow=self._properties.is_flow)
        text = self._dialect.write(entry.spelling, style)
        return self._editor.append_member(self._properties, name, Raw(text))


def _unused(template: Template, name: str, taken: Mapping[str, Statement]) -> str:
    while name in template.resources or name in taken:
        name = f"{name}x"
    return name


def _copy(source: SourceText, member: SourceMember, name: str, changes: Sequence[Splice]) -> str:
    """The resource's text under another name; remarks on lines of their own are not said twice."""
    quote = member.key.quote
    renamed = Splice(start=member.key.start, end=member.key.end, new=f"{quote}{name}{quote}")
    if member.value.is_flow:
        return spliced(source.text, [renamed, *changes], member.key.start, member.value.end)
    end = source.line_end(member.value.end)
    text = spliced(source.text, [renamed, *changes], source.line_start(member.key.start), end)
    return _COMMENT_LINE.sub("", text).rstrip("\r\n")


def _behind(source: SourceText, template: Template, member: SourceMember, copies: Sequence[str]) -> Splice:
    resources = template.root.get("Resources")
    if resources is not None and resources.is_flow:
        spans = [(one.key.start, one.value.end) for one in resources.members or ()]
        separator = source.flow_separator(spans, resources)
        return Splice(start=member.value.end, end=member.value.end, new="".join(separator + text for text in copies))
    if member.value.is_flow:
        indent = source.indent_at(member.key.start)
        copies = [indent + text for text in copies]
    return source.new_lines(source.line_end(member.value.end), copies)


def pasted_permission(
    statements: Iterable[Statement], place: PolicyPlace, dialect: TemplateDialect, *, is_json: bool
) -> str:
    """Return statements as permissions to paste among a template's resources.

    Raises:
        NotEditableError: One of them is no permission.
    """
    style = Style(is_json=is_json)
    node = place.item.get("FunctionName") if place.item is not None else None
    spelled = dialect.spellings(node) if node is not None else ()
    if len(spelled) != 1:
        raise NotEditableError("its FunctionName is computed")
    function = Raw(dialect.write(spelled[0], style))
    resources: Value = {
        statement.sid or place.name: {
            "Type": PERMISSION,
            "Properties": {"FunctionName": function, **_properties(statement, dialect, style)},
        }
        for statement in statements
    }
    return (json_block(resources) if is_json else "\n".join(block_lines(resources))) + "\n"


def _properties(statement: Statement, dialect: TemplateDialect, style: Style) -> dict[str, Raw]:
    principals = [value for group in statement.principals for value in group.values]
    if len(principals) != 1 or len(statement.actions) != 1:
        raise NotEditableError("a permission has one principal and one action")
    texts = {"Action": statement.actions[0], "Principal": principals[0]}
    for condition in statement.conditions:
        name = _PROPERTIES.get((condition.operator, condition.key))
        if name is None or len(condition.values) != 1:
            raise NotEditableError(f"a permission has no {condition.key} of this form")
        texts[name] = condition.values[0]
    spelled = {name: respell((text,), (), dialect.known)[0].spelling for name, text in texts.items()}
    return {name: Raw(dialect.write(spelling, style)) for name, spelling in spelled.items()}
