"""Statements as blocks of the data source `aws_iam_policy_document`.

Source: registry documentation of hashicorp/aws; the provider writes `&{...}` of resources, identifiers and condition
values as `${...}` (internal/service/iam/policy_document_data_source.go).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from trailmin.current.iac.dialect import UnreadableError
from trailmin.current.iac.spelling import Hole, Spelling, numbering, variables_for_unknown
from trailmin.current.iac.statements import LISTS, Element, subtracted_element
from trailmin.current.iac.terraform.evaluation import Scope
from trailmin.current.iac.terraform.hcl_tree import Block
from trailmin.current.iac.terraform.hcl_writer import DOCUMENT_NAMES, PRINCIPAL_BLOCKS
from trailmin.current.iac.terraform.instances import instances_of
from trailmin.current.iac.terraform.statements import TerraformStatement, read_element, read_text


def block_statement(block: Block, scope: Scope) -> TerraformStatement:
    """Return the statement that a block makes.

    Raises:
        UnreadableError: A part of it is computed.
    """
    names = {name: element for element, name in DOCUMENT_NAMES.items()}
    values = {names[m.name]: m.value for m in block.members if m.name in names}
    json: dict[str, Any] = {}
    elements: dict[str, Element] = {}
    if "Sid" in values:
        json["Sid"] = read_text(values["Sid"], scope)
    json["Effect"] = read_text(values["Effect"], scope) if "Effect" in values else "Allow"
    for name in LISTS:
        if name in values:
            elements[name] = read_element(name, values[name], scope, _from_document)
            # The provider sorts what it writes, and writes one text without a list.
            texts = sorted(set(elements[name].texts), reverse=True)
            json[name] = texts[0] if len(texts) == 1 else texts
    if json["Effect"] == "Deny":
        number = numbering()
        json |= {name: subtracted_element(name, element, json[name], number) for name, element in elements.items()}
    if any(inner.type == "dynamic" for inner in block.blocks):
        raise UnreadableError("a statement has dynamic blocks")
    if conditions := _conditions(block, scope):
        json["Condition"] = conditions
    for name, argument in PRINCIPAL_BLOCKS.items():
        if kinds := _principals(block.of_type(argument), scope):
            elements |= {f"{name}/{kind}": element for kind, element in kinds.items()}
            json[name] = "*" if "*" in kinds else {kind: list(element.texts) for kind, element in kinds.items()}
    return TerraformStatement(node=None, file=scope.file, body=block, elements=elements, json=json)


def dynamic_statements(block: Block, scope: Scope) -> Iterator[TerraformStatement]:
    """Yield the statements that a `dynamic` block makes, which cannot be edited one by one.

    Raises:
        UnreadableError: How many there are is not known, or a part of one is computed.
    """
    over, content = block.get("for_each"), block.of_type("content")
    if over is None or len(content) != 1:
        raise UnreadableError("a dynamic block has no for_each or no content")
    named = block.get("iterator")
    name = scope.source(named) if named is not None else block.labels[0]
    for key, value in instances_of(scope.value(over)):
        inner = scope.with_extra({f"{name}.key": key, f"{name}.value": value})
        yield replace(block_statement(content[0], inner), body=None, reason="it stands in a dynamic block")


def _principals(blocks: Sequence[Block], scope: Scope) -> dict[str, Element]:
    """Kind to the element that lists the principals of it; of several blocks of one kind, one without a place."""
    found: dict[str, Element] = {}
    for block in blocks:
        kind, identifiers = block.get("type"), block.get("identifiers")
        if kind is None or identifiers is None:
            raise UnreadableError("principals lack type or identifiers")
        name = read_text(kind, scope)
        element = read_element(name, identifiers, scope, _from_document)
        held = found.get(name)
        found[name] = element if held is None else Element(node=None, items=(*held.items, *element.items))
    return found


def _conditions(block: Block, scope: Scope) -> dict[str, dict[str, list[str]]]:
    number = numbering()
    conditions: dict[str, dict[str, list[str]]] = {}
    for inner in block.of_type("condition"):
        test, variable, values = (inner.get(name) for name in ("test", "variable", "values"))
        if test is None or variable is None or values is None:
            raise UnreadableError("a condition lacks test, variable or values")
        texts = [variables_for_unknown(_from_document(s), number) for s in scope.texts(values)]
        conditions.setdefault(read_text(test, scope), {}).setdefault(read_text(variable, scope), []).extend(texts)
    return conditions


def _from_document(spelling: Spelling) -> Spelling:
    return tuple(part if isinstance(part, Hole) else part.replace("&{", "${") for part in spelling)
