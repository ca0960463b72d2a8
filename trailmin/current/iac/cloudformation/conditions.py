"""Conditions of a template: whether they hold, where parameters tell."""

from typing import Protocol

from trailmin.current.iac.dialect import UnreadableError
from trailmin.current.iac.functions import intrinsic
from trailmin.current.iac.spelling import Spelling, known_text
from trailmin.current.iac.tree import SourceNode

_DEPTH_CAP = 20


class Values(Protocol):
    """What tells the values in a template."""

    @property
    def template(self) -> SourceNode:
        """The template."""

    def spellings(self, node: SourceNode) -> tuple[Spelling, ...]:
        """Return the texts that a value stands for."""


def condition_holds(values: Values, name: str, depth: int = 0) -> bool | None:
    """Return whether a condition of a template holds; None where that is not known."""
    node = values.template.walk("Conditions", name)
    return None if node is None or depth > _DEPTH_CAP else _holds(values, node, depth)


def _holds(values: Values, node: SourceNode, depth: int) -> bool | None:
    named = node.get("Condition") if node.tag is None else None
    if named is not None:
        return condition_holds(values, named.value or "", depth + 1)
    name, argument = intrinsic(node) or ("", node)
    if name == "Condition":
        return condition_holds(values, argument.value or "", depth + 1)
    if name == "Fn::Equals":
        return _equal(values, argument)
    return _combined(name, [_holds(values, item, depth + 1) for item in argument.items or ()])


def _combined(name: str, inner: list[bool | None]) -> bool | None:
    match name:
        case "Fn::Not" if inner and inner[0] is not None:
            return not inner[0]
        case "Fn::And":
            return False if False in inner else None if None in inner else True
        case "Fn::Or":
            return True if True in inner else None if None in inner else False
        case _:
            return None


def _equal(values: Values, argument: SourceNode) -> bool | None:
    if argument.items is None or len(argument.items) != 2:
        raise UnreadableError("Fn::Equals does not have two arguments")
    left, right = (known_text(values.spellings(item)) for item in argument.items)
    return None if left is None or right is None else left == right
