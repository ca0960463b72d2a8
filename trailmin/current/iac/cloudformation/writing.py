"""Whole policies as new text of a template: what stands in for an attachment or a policy template, what to paste."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from trailmin.current.iac.cloudformation.sam import template_parameters
from trailmin.current.iac.cloudformation.sam_policies import parameters_of, template_names, template_statements
from trailmin.current.iac.cloudformation.template import Template
from trailmin.current.iac.cloudformation.template_dialect import TemplateDialect
from trailmin.current.iac.dialect import Style
from trailmin.current.iac.normal_form import normal_policy, normal_statements
from trailmin.current.iac.places import PolicyPlace
from trailmin.current.iac.spelling import SpelledItem
from trailmin.current.iac.splice import SourceText, Splice
from trailmin.current.iac.statement_edit import as_written, statement_value
from trailmin.current.iac.statements import StatementPlace
from trailmin.current.iac.tree import SourceNode
from trailmin.current.iac.yaml_text import block_lines, json_block
from trailmin.policy import Edit, Policy, RemoveStatement, ReplaceStatement, Statement, edit_statement
from trailmin.policy.document import statement_to_json


def edited_statements(
    policy: Policy, edits: Sequence[Edit], places: Sequence[StatementPlace], dialect: TemplateDialect
) -> tuple[tuple[Statement, Sequence[SpelledItem]], ...]:
    """Return the statements after edits as they will be written, each with the values it may be spelled from."""
    by_index = {edit.index: edit for edit in edits}
    found: list[tuple[Statement, Sequence[SpelledItem]]] = []
    for statement in policy.statements:
        place = places[statement.index] if places else StatementPlace(node=None)
        element = place.elements.get("Resource") or place.elements.get("NotResource")
        items = element.items if element is not None else ()
        match by_index.get(statement.index):
            case ReplaceStatement(parts=parts):
                found += [(as_written(edit_statement(statement, spec), spec, place, dialect), items) for spec in parts]
            case RemoveStatement():
                continue
            case None:
                found.append((statement, items))
    return tuple(found)


def document_value(
    statements: Sequence[tuple[Statement, Sequence[SpelledItem]]], dialect: TemplateDialect, style: Style
) -> list[Mapping[str, Any]]:
    """Return statements as a value to print."""
    return [statement_value(statement, items, dialect, style) for statement, items in statements]


def in_place_of(source: SourceText, item: SourceNode, value: Mapping[str, Any]) -> Splice:
    """Return the replacement of a value that stands in a list, or behind a key on a line of its own."""
    end = source.content_end(item)
    if item.is_json or item.is_flow:
        indent = _line_indent(source, item.start)
        return Splice(start=item.start, end=end, new=json_block(value, indent=indent, newline=source.newline))
    if item.is_scalar and not source.text[: item.start].rstrip().endswith("-"):
        indent = source.newline + _line_indent(source, item.start) + "  "
        text = indent + indent.join(block_lines([value]))
        return Splice(start=len(source.text[: item.start].rstrip()), end=end, new=text)
    lines = block_lines(value)
    return Splice(start=item.start, end=end, new=(source.newline + source.indent_at(item.start)).join(lines))


def tighter_template(template: Template, place: PolicyPlace, statements: Sequence[Statement]) -> Splice | None:
    """Return the replacement by another policy template that grants just these statements, where there is one."""
    if place.item is None or place.template is None or not place.item.members:
        return None
    (used, *_) = place.item.members
    wanted, given = normal_statements(statements), template_parameters(template, used)
    for name in sorted(template_names()):
        if name == place.template or parameters_of(name) != parameters_of(place.template):
            continue
        found = replace(place, statements=template_statements(name, given, template.dialect))
        if normal_policy(found) == wanted:
            key = used.key
            text = f"{key.quote}{name}{key.quote}"
            return Splice(start=key.start, end=key.end, new=text)
    return None


def pasted(
    statements: Sequence[tuple[Statement, Sequence[SpelledItem]]], dialect: TemplateDialect, *, is_json: bool
) -> str:
    """Return statements to paste, in the template's form."""
    value = document_value(statements, dialect, Style(is_json=is_json))
    return (json_block(value) if is_json else "\n".join(block_lines(value))) + "\n"


def pasted_for_cdk(statements: Sequence[tuple[Statement, Sequence[SpelledItem]]]) -> str:
    """Return statements to paste into a CDK app in TypeScript; Python spells it `from_json`."""
    return "".join(
        f"iam.PolicyStatement.fromJson({json.dumps(statement_to_json(s), indent=2, ensure_ascii=False)})\n"
        for s, _ in statements
    )


def _line_indent(source: SourceText, at: int) -> str:
    line = source.text[source.line_start(at) : at]
    return line[: len(line) - len(line.lstrip())]
