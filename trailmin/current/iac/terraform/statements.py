"""A statement of a module's policy documents, and what its values stand for, in whatever way it is written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from trailmin.current.iac.dialect import UnreadableError
from trailmin.current.iac.spelling import Hole, SpelledItem, Spelling, holes_of, text_of
from trailmin.current.iac.statements import Element, StatementPlace
from trailmin.current.iac.terraform.evaluation import Scope
from trailmin.current.iac.terraform.hcl_tree import Block, Expression, Listing, Mapped
from trailmin.current.iac.terraform.module import ModuleFile
from trailmin.current.iac.terraform.values import known_value
from trailmin.current.iac.tree import SourceNode


@dataclass(frozen=True, slots=True, kw_only=True)
class TerraformStatement(StatementPlace):
    """A statement of a document, and where it stands."""

    file: ModuleFile
    body: Block | Mapped | None = None
    """None: in JSON, or without text of its own."""
    listing: Listing | None = None
    """Of an object: the list that holds it."""
    reason: str = ""
    """Why it cannot be edited."""


def read_text(node: Expression, scope: Scope) -> str:
    """Return what an expression stands for.

    Raises:
        UnreadableError: It is not known.
    """
    known = known_value(scope.value(node))
    if known is None:
        raise UnreadableError(f"{scope.source(node)[:80]!r} is not known")
    return known


def read_element(
    name: str, node: Expression, scope: Scope, as_in_policy: Callable[[Spelling], Spelling] = lambda spelling: spelling
) -> Element:
    """Return the values of an element, what is unknown of a resource as a pattern.

    Args:
        name: Of the element, or the kind of its principals.
        node: One value or a list of them.
        scope: In which it is written.
        as_in_policy: From a spelling as it is written to what the policy will have.

    Raises:
        UnreadableError: The values are not known, or not so far that they could be told apart.
    """
    children: Sequence[Expression] = node.children if isinstance(node, Listing) else (node,)
    is_resource = name.endswith("Resource")
    items: list[SpelledItem] = []
    for child in children:
        place = SourceNode(start=child.start, end=child.end, value="")
        spellings = (as_in_policy(spelling) for spelling in scope.texts(child))
        items.append(SpelledItem(node=place, spellings=tuple(_as_resource(s) if is_resource else s for s in spellings)))
    if not is_resource and any(text_of(s) == "*" and s != ("*",) for i in items for s in i.spellings):
        raise UnreadableError(f"{name} is not known")
    if name.startswith("Not") and any(h.value is None for i in items for s in i.spellings for h in holes_of(s)):
        # A wildcard for what is unknown would exclude more than what is deployed does.
        raise UnreadableError(f"{name} is not known")
    return Element(node=SourceNode(start=node.start, end=node.end, value=""), items=tuple(items))


def _as_resource(spelling: Spelling) -> Spelling:
    """What an unknown start of a resource stands for is an ARN; a `*` in its place would be none."""
    first = spelling[0] if len(spelling) > 1 else ""
    if not isinstance(first, Hole) or first.text != "*":
        return spelling
    return (replace(first, pattern="arn:*:*:*:*:*"), *spelling[1:])
