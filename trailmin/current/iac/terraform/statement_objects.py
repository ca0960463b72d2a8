"""Statements as objects, of which `jsonencode` makes a document."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from trailmin.current.iac.dialect import UnreadableError
from trailmin.current.iac.spelling import Hole, numbering, variables_for_unknown
from trailmin.current.iac.statements import LISTS, PRINCIPALS, Element
from trailmin.current.iac.terraform.evaluation import Scope
from trailmin.current.iac.terraform.hcl_tree import Call, Expression, Listing, Mapped, Traversal
from trailmin.current.iac.terraform.statements import TerraformStatement, read_element, read_text
from trailmin.current.iac.terraform.values import Fields, Many, Scalar, Text, Value

_DEPTH_CAP = 20


def object_statements(node: Expression, scope: Scope) -> Iterator[TerraformStatement]:
    """Yield the statements that an expression lists.

    Raises:
        UnreadableError: One is computed, or how many there are.
    """
    node, here = followed(node, scope)
    match node:
        case Listing():
            for index, item in enumerate(node.children):
                inner, place = followed(item, here)
                if not isinstance(inner, Mapped):
                    raise UnreadableError("a statement is computed")
                found = _statement(inner, place)
                yield replace(found, listing=node if inner is item else None, index=index)
        case Mapped():
            yield _statement(node, here)
        case Call(name="concat" | "flatten", children=children):
            for child in children:
                yield from object_statements(child, here)
        case _:
            raise UnreadableError("the statements are computed")


def followed(node: Expression, scope: Scope) -> tuple[Expression, Scope]:
    """Return an expression, or what the local value stands for that it is, and where that is written.

    Raises:
        UnreadableError: The local value refers to itself.
    """
    for _ in range(_DEPTH_CAP):
        match node:
            case Traversal(steps=("local", name)) if name in scope.module.locals:
                member, file = scope.module.locals[name]
                node, scope = member.value, scope.within(file)
            case _:
                return node, scope
    raise UnreadableError("a local value refers to itself")


def _statement(node: Mapped, scope: Scope) -> TerraformStatement:
    if any(member.name is None for member in node.members):
        raise UnreadableError("a statement has a computed key")
    json: dict[str, Any] = {}
    elements: dict[str, Element] = {}
    values = {str(member.name): member.value for member in node.members}
    for name, value in values.items():
        if name in LISTS:
            elements[name] = read_element(name, value, scope)
            texts = list(elements[name].texts)
            is_list = isinstance(scope.value(value), Many)
            json[name] = texts if is_list or len(texts) != 1 else texts[0]
        elif name == "Condition":
            json[name] = _conditions(value, scope)
        elif name in PRINCIPALS and isinstance(value, Mapped):
            kinds = {str(member.name): member.value for member in value.members}
            found = {kind: read_element(kind, inner, scope) for kind, inner in kinds.items()}
            elements |= {f"{name}/{kind}": element for kind, element in found.items()}
            json[name] = {kind: list(element.texts) for kind, element in found.items()}
        else:
            json[name] = read_text(value, scope)
    return TerraformStatement(node=None, file=scope.file, body=node, elements=elements, json=json)


def _conditions(node: Expression, scope: Scope) -> dict[str, dict[str, Any]]:
    value, number = scope.value(node), numbering()
    if not isinstance(value, Fields) or not all(isinstance(keys, Fields) for keys in value.members.values()):
        raise UnreadableError("its Condition is computed")
    return {
        operator: {key: _condition_value(inner, number) for key, inner in keys.members.items()}
        for operator, keys in value.members.items()
        if isinstance(keys, Fields)
    }


def _condition_value(value: Value, number: Callable[[], int]) -> Any:
    match value:
        case Many(items=items):
            return [_condition_value(item, number) for item in items]
        case Scalar(value=scalar):
            return scalar
        case Text(spelling=spelling):
            return variables_for_unknown(spelling, number)
        case Fields():
            raise UnreadableError("its Condition is computed")
        case _:
            return variables_for_unknown((Hole(expression=value.expression),), number)
