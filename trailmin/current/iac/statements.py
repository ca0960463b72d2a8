"""The statements of a policy document in a source: read as JSON, statement for statement, each with its place."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from trailmin.current.iac.dialect import Dialect, UnreadableError
from trailmin.current.iac.spelling import (
    UNKNOWN,
    Hole,
    SpelledItem,
    Spelling,
    StandIn,
    holes_of,
    known_text,
    numbering,
    text_of,
    variables_for_unknown,
)
from trailmin.current.iac.tree import SourceNode, scalar_value

LISTS = ("Action", "NotAction", "Resource", "NotResource")
EXCEPTIONS = ("NotAction", "NotResource")
PRINCIPALS = ("Principal", "NotPrincipal")
"""What those of one kind stand in is an element of its own, `Principal/AWS`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """An element that is a text or a list of texts."""

    node: SourceNode | None
    """None: the source has no text of its own for it."""
    items: tuple[SpelledItem, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """What it stands for."""
        return tuple(text for item in self.items for text in item.texts)

    @property
    def is_known(self) -> bool:
        """Whether it is known what each of its items stands for."""
        return all(known_text(item.spellings) is not None for item in self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementPlace:
    """A statement and where it stands."""

    node: SourceNode | None
    """The mapping; None: the source has no text of its own for it."""
    container: SourceNode | None = None
    """The list that holds it; None where it stands without one."""
    index: int = 0
    """In the list."""
    is_branch: bool = False
    """Whether it stands in a condition, which holds its place in the list."""
    is_conditional: bool = False
    """Whether it, or the list that holds it, stands in a condition: it may not be deployed."""
    fixed: str = ""
    """Who puts it there whatever the source says, so that it stays."""
    elements: Mapping[str, Element] = field(default_factory=dict)
    json: Mapping[str, Any] = field(default_factory=dict)


def read_statements(node: SourceNode, dialect: Dialect) -> tuple[StatementPlace, ...]:
    """Return the statements that a Statement element stands for.

    Raises:
        UnreadableError: One of them, or the element, is computed.
    """
    number = numbering()
    places: list[StatementPlace] = []
    for branch in dialect.branches(node):
        in_branch = branch is not node
        if branch.items is None:
            found = read_statement(branch, dialect, number, is_branch=in_branch)
            places.append(replace(found, is_conditional=in_branch))
            continue
        for index, item in enumerate(branch.items):
            for one in dialect.branches(item):
                found = read_statement(one, dialect, number, container=branch, index=index, is_branch=one is not item)
                places.append(replace(found, is_conditional=in_branch or found.is_branch))
    return tuple(places)


def read_statement(
    node: SourceNode,
    dialect: Dialect,
    number: Callable[[], int],
    *,
    container: SourceNode | None = None,
    index: int = 0,
    is_branch: bool = False,
) -> StatementPlace:
    """Return one statement.

    Raises:
        UnreadableError: It is computed.
    """
    if node.members is None or node.tag is not None:
        raise UnreadableError("a statement is computed")
    elements: dict[str, Element] = {}
    json: dict[str, Any] = {}
    for member in node.members:
        if member.name in LISTS:
            elements[member.name] = _element(member.name, member.value, dialect)
            json[member.name] = _one_or_list(elements[member.name], member.value)
        elif member.name == "Condition":
            json[member.name] = _conditions(member.value, dialect, number)
        elif member.name in PRINCIPALS and not member.value.is_scalar:
            kinds = _principals(member.value, dialect)
            elements |= {f"{member.name}/{kind}": element for kind, (element, _) in kinds.items()}
            json[member.name] = {kind: texts for kind, (_, texts) in kinds.items()}
        else:
            json[member.name] = read_value(member.value, dialect)
    subtracted = LISTS if json.get("Effect") == "Deny" else EXCEPTIONS
    json |= {
        name: subtracted_element(name, elements[name], json[name], number) for name in subtracted if name in elements
    }
    return StatementPlace(
        node=node, container=container, index=index, is_branch=is_branch, elements=elements, json=json
    )


def read_value(node: SourceNode, dialect: Dialect) -> Any:
    """Return a value as JSON, with the texts that its expressions stand for.

    Raises:
        UnreadableError: A part of it is computed, or stands for several texts.
    """
    branches = dialect.branches(node)
    if len(branches) != 1:
        raise UnreadableError("a part of it depends on a condition that is not known")
    (branch,) = branches
    if branch.tag is None and branch.members is not None and not _is_text(branch, dialect):
        return {member.name: read_value(member.value, dialect) for member in branch.members}
    if branch.tag is None and branch.items is not None:
        return [read_value(item, dialect) for item in branch.items]
    if branch.tag is None and branch.is_scalar and not branch.quote and not isinstance(scalar_value(branch), str):
        return scalar_value(branch)
    spellings = dialect.spellings(branch)
    if len(spellings) != 1:
        raise UnreadableError("a part of it stands for several texts")
    return text_of(spellings[0])


def _principals(node: SourceNode, dialect: Dialect) -> dict[str, tuple[Element, str | list[str]]]:
    """Kind of principals to the element that lists them, and what it stands for."""
    if node.members is None or node.tag is not None or _is_text(node, dialect):
        raise UnreadableError("a Principal is computed")
    found: dict[str, tuple[Element, str | list[str]]] = {}
    for member in node.members:
        element = _element(member.name, member.value, dialect)
        found[member.name] = (element, _one_or_list(element, member.value))
    return found


def _is_text(node: SourceNode, dialect: Dialect) -> bool:
    """Whether a mapping is an intrinsic function in its long form."""
    try:
        return bool(dialect.spellings(node))
    except UnreadableError:
        return False


def _element(name: str, node: SourceNode, dialect: Dialect) -> Element:
    children: Sequence[SourceNode] = (node,) if node.items is None or node.tag is not None else node.items
    spell = _as_resource if name.endswith("Resource") else (lambda spelling: spelling)
    return Element(
        node=node,
        items=tuple(
            SpelledItem(node=child, spellings=tuple(spell(s) for s in dialect.spellings(child))) for child in children
        ),
    )


def _as_resource(spelling: Spelling) -> Spelling:
    """What an unknown start of a resource stands for is an ARN; a `*` in its place would be none."""
    first = spelling[0] if len(spelling) > 1 else ""
    if not isinstance(first, Hole) or first.text != UNKNOWN:
        return spelling
    return (replace(first, pattern="arn:*:*:*:*:*"), *spelling[1:])


def _one_or_list(element: Element, node: SourceNode) -> str | list[str]:
    texts = list(element.texts)
    return texts[0] if node.items is None and len(texts) == 1 else texts


def subtracted_element(
    name: str, element: Element, read: str | list[str], number: Callable[[], int]
) -> str | list[str]:
    """Return an element of a Deny, or what an Allow excepts: what is unknown in it takes away nothing that is known.

    A pattern in its place would take away too much; a variable equals itself alone, so that a proof or a replay never
    rests on a denial that need not be there.

    Raises:
        UnreadableError: An action is not known; variables have no place in those.
    """
    if element.is_known:
        return read
    if name.endswith("Action"):
        raise UnreadableError("an action that is denied or excepted is not known")
    texts = [
        text_of(spelling) if len(item.spellings) == 1 and _is_known(spelling) else _named_apart(spelling, number)
        for item in element.items
        for spelling in item.spellings
    ]
    return texts[0] if isinstance(read, str) and len(texts) == 1 else texts


def _is_known(spelling: Spelling) -> bool:
    return all(hole.value is not None for hole in holes_of(spelling))


def _named_apart(spelling: Spelling, number: Callable[[], int]) -> StandIn:
    """A text with a variable of its own in it, which therefore equals no other."""
    text = variables_for_unknown(spelling, number)
    return StandIn(text if "${" in text else f"{text}${{unknown{number()}}}")


def _conditions(node: SourceNode, dialect: Dialect, number: Callable[[], int]) -> dict[str, dict[str, Any]]:
    if node.members is None or node.tag is not None:
        raise UnreadableError("its Condition is computed")
    conditions: dict[str, dict[str, Any]] = {}
    for operator in node.members:
        if operator.value.members is None or operator.value.tag is not None:
            raise UnreadableError("its Condition is computed")
        conditions[operator.name] = {
            key.name: _condition_values(key.value, dialect, number) for key in operator.value.members
        }
    return conditions


def _condition_values(node: SourceNode, dialect: Dialect, number: Callable[[], int]) -> Any:
    if node.items is not None and node.tag is None:
        return [_condition_value(item, dialect, number) for item in node.items]
    return _condition_value(node, dialect, number)


_WORDS = {"yes": True, "on": True, "no": False, "off": False}
"""Booleans of YAML 1.1 (yaml.org/type/bool.html), which CloudFormation reads."""


def _condition_value(node: SourceNode, dialect: Dialect, number: Callable[[], int]) -> Any:
    if node.is_scalar and node.tag is None and not node.quote:
        value = _WORDS.get((node.value or "").lower(), scalar_value(node))
        if not isinstance(value, str):
            return value
    texts = [variables_for_unknown(spelling, number) for spelling in dialect.spellings(node)]
    if len(texts) != 1:
        raise UnreadableError("a condition's value stands for several texts")
    return texts[0]
