"""Policy documents of a module: `jsonencode`, heredocs, files, and `aws_iam_policy_document`.

Source: registry documentation of hashicorp/aws, data source `aws_iam_policy_document`; the provider writes `&{...}` of
resources, identifiers and condition values as `${...}` (internal/service/iam/policy_document_data_source.go).
"""

import posixpath
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from trailmin.current.iac.dialect import UnreadableError
from trailmin.current.iac.spelling import (
    Hole,
    SpelledItem,
    Spelling,
    holes_of,
    numbering,
    text_of,
    variables_for_unknown,
)
from trailmin.current.iac.statements import LISTS, PRINCIPALS, Element, StatementPlace, denied_element
from trailmin.current.iac.terraform.evaluation import Scope
from trailmin.current.iac.terraform.hcl_tree import (
    Block,
    Call,
    Conditional,
    Expression,
    Interpolation,
    Listing,
    Mapped,
    Template,
    Traversal,
)
from trailmin.current.iac.terraform.hcl_writer import DOCUMENT_NAMES, PRINCIPAL_BLOCKS
from trailmin.current.iac.terraform.json_document import JsonDialect, read_json_document
from trailmin.current.iac.terraform.module import ModuleFile
from trailmin.current.iac.terraform.values import Fields, Many, Scalar, Text, Value, known_value
from trailmin.current.iac.tree import SourceNode
from trailmin.policy import VERSION_2012

_DOCUMENT = "aws_iam_policy_document"
_DEPTH_CAP = 20


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A policy document."""

    file: ModuleFile
    """Where most of it stands."""
    statements: tuple[TerraformStatement, ...]
    version: str | None = VERSION_2012
    address: str = ""
    """Of a data source."""
    json: JsonDialect | None = None
    is_blocks: bool = False
    """Whether statements are blocks of a data source."""


def read_document(expression: Expression, scope: Scope, depth: int = 0) -> Document:  # noqa: PLR0911
    """Return the document that an expression stands for.

    Raises:
        UnreadableError: It is computed.
    """
    if depth > _DEPTH_CAP:
        raise UnreadableError("the document refers to itself")
    match expression:
        case Call(name="jsonencode", children=(argument,)):
            return _object_document(argument, scope)
        case Call(name="file", children=(argument,)):
            return _file_document(argument, scope)
        case Template(is_heredoc=True):
            return _json_document(expression, scope)
        case Template(parts=(Interpolation(expression=Expression() as inner),)):
            return read_document(inner, scope, depth + 1)
        case Template():
            # Its JSON is escaped twice: what is edited in it would not be found again.
            raise UnreadableError("the document is one quoted text")
        case Conditional(children=(condition, yes, no)):
            holds = scope.value(condition)
            if isinstance(holds, Scalar) and isinstance(holds.value, bool):
                return read_document(yes if holds.value else no, scope, depth + 1)
        case Traversal(steps=("data", kind, name, *_, "json")) if kind == _DOCUMENT:
            return data_document(f"data.{_DOCUMENT}.{name}", scope, depth + 1)
        case Traversal(steps=("local" | "var", name)):
            table = scope.module.locals if expression.steps[0] == "local" else scope.module.variables
            if name in table and f"var.{name}" not in scope.module.values:
                member, file = table[name]
                return read_document(member.value, scope.within(file), depth + 1)
    raise UnreadableError(f"the document is computed: {scope.source(expression).splitlines()[0][:80]}")


# --- aws_iam_policy_document


def data_document(address: str, scope: Scope, depth: int = 0) -> Document:
    """Return the document of a data source, with those that it takes as sources and overrides.

    Raises:
        UnreadableError: It is not there, or computed.
    """
    if address not in scope.module.blocks:
        raise UnreadableError(f"{address} is not in this module")
    block, file = scope.module.blocks[address]
    here = scope.within(file)
    is_loop = block.get("for_each") is not None
    statements: list[TerraformStatement] = list(_listed_documents(block, "source_policy_documents", here, depth))
    if (old := block.get("source_json")) is not None:
        statements += read_document(old, here, depth + 1).statements
    for inner in block.blocks:
        if inner.type == "statement":
            found = _block_statement(inner, here)
            statements = _overridden(statements, [replace(found, reason=_LOOP) if is_loop else found])
        elif inner.type == "dynamic" and inner.labels == ("statement",):
            statements += _dynamic_statements(inner, here)
    statements = _overridden(statements, list(_listed_documents(block, "override_policy_documents", here, depth)))
    if (old := block.get("override_json")) is not None:
        statements = _overridden(statements, list(read_document(old, here, depth + 1).statements))
    version = block.get("version")
    known = known_value(here.value(version)) if version is not None else VERSION_2012
    return Document(file=file, statements=tuple(statements), version=known, address=address, is_blocks=True)


_LOOP = "it is made in a loop (for_each)"


def _listed_documents(block: Block, name: str, scope: Scope, depth: int) -> Iterator[TerraformStatement]:
    node = block.get(name)
    if node is None:
        return
    if isinstance(node, Call) and node.name in {"compact", "concat"} and len(node.children) == 1:
        node = node.children[0]
    if not isinstance(node, Listing):
        raise UnreadableError(f"{name} is computed")
    for item in node.children:
        yield from read_document(item, scope, depth + 1).statements


def _overridden(held: list[TerraformStatement], others: list[TerraformStatement]) -> list[TerraformStatement]:
    """Statements with others behind them; one with the Sid of another takes its place."""
    result = list(held)
    for other in others:
        sid = other.json.get("Sid")
        same = [at for at, one in enumerate(result) if sid and one.json.get("Sid") == sid]
        if same:
            result[same[0]] = other
        else:
            result.append(other)
    return result


def _block_statement(block: Block, scope: Scope) -> TerraformStatement:
    names = {name: element for element, name in DOCUMENT_NAMES.items()}
    values = {names[m.name]: m.value for m in block.members if m.name in names}
    json: dict[str, Any] = {}
    elements: dict[str, Element] = {}
    if "Sid" in values:
        json["Sid"] = _text(values["Sid"], scope)
    json["Effect"] = _text(values["Effect"], scope) if "Effect" in values else "Allow"
    for name in LISTS:
        if name in values:
            elements[name] = _element(name, values[name], scope, _from_document)
            # The provider sorts what it writes, and writes one text without a list.
            texts = sorted(set(elements[name].texts), reverse=True)
            json[name] = texts[0] if len(texts) == 1 else texts
    if json["Effect"] == "Deny":
        number = numbering()
        json |= {name: denied_element(name, element, json[name], number) for name, element in elements.items()}
    if any(inner.type == "dynamic" for inner in block.blocks):
        raise UnreadableError("a statement has dynamic blocks")
    if conditions := _block_conditions(block, scope):
        json["Condition"] = conditions
    for name, argument in PRINCIPAL_BLOCKS.items():
        if kinds := _block_principals(block.of_type(argument), scope):
            elements |= {f"{name}/{kind}": element for kind, element in kinds.items()}
            json[name] = "*" if "*" in kinds else {kind: list(element.texts) for kind, element in kinds.items()}
    return TerraformStatement(node=None, file=scope.file, body=block, elements=elements, json=json)


def _block_principals(blocks: Sequence[Block], scope: Scope) -> dict[str, Element]:
    """Kind to the element that lists the principals of it; of several blocks of one kind, one without a place."""
    found: dict[str, Element] = {}
    for block in blocks:
        kind, identifiers = block.get("type"), block.get("identifiers")
        if kind is None or identifiers is None:
            raise UnreadableError("principals lack type or identifiers")
        name = _text(kind, scope)
        element = _element(name, identifiers, scope, _from_document)
        held = found.get(name)
        found[name] = element if held is None else Element(node=None, items=(*held.items, *element.items))
    return found


def _block_conditions(block: Block, scope: Scope) -> dict[str, dict[str, list[str]]]:
    number = numbering()
    conditions: dict[str, dict[str, list[str]]] = {}
    for inner in block.of_type("condition"):
        test, variable, values = (inner.get(name) for name in ("test", "variable", "values"))
        if test is None or variable is None or values is None:
            raise UnreadableError("a condition lacks test, variable or values")
        texts = [variables_for_unknown(_from_document(s), number) for s in scope.texts(values)]
        conditions.setdefault(_text(test, scope), {}).setdefault(_text(variable, scope), []).extend(texts)
    return conditions


def _dynamic_statements(block: Block, scope: Scope) -> Iterator[TerraformStatement]:
    over, content = block.get("for_each"), block.of_type("content")
    if over is None or len(content) != 1:
        raise UnreadableError("a dynamic block has no for_each or no content")
    named = block.get("iterator")
    name = scope.source(named) if named is not None else block.labels[0]
    for key, value in instances_of(scope.value(over)):
        inner = scope.with_extra({f"{name}.key": key, f"{name}.value": value})
        yield replace(_block_statement(content[0], inner), body=None, reason="it stands in a dynamic block")


def instances_of(value: Value) -> Iterator[tuple[Value, Value]]:
    """Yield key and value of each instance that a for_each makes.

    Raises:
        UnreadableError: They are not known.
    """
    match value:
        case Many(items=items):
            yield from ((item, item) for item in items)
        case Fields(members=members):
            yield from ((Text(spelling=(name,)), member) for name, member in members.items())
        case _:
            raise UnreadableError("what a loop goes over is not known")


def _from_document(spelling: Spelling) -> Spelling:
    return tuple(part if isinstance(part, Hole) else part.replace("&{", "${") for part in spelling)


# --- jsonencode


def _object_document(argument: Expression, scope: Scope) -> Document:
    node, here = _followed(argument, scope)
    if not isinstance(node, Mapped):
        raise UnreadableError("what jsonencode is given is computed")
    listed, version = node.get("Statement"), node.get("Version")
    if listed is None:
        raise UnreadableError("the document has no Statement")
    known = known_value(here.value(version)) if version is not None else None
    return Document(file=here.file, statements=tuple(_object_statements(listed, here)), version=known)


def _object_statements(node: Expression, scope: Scope) -> Iterator[TerraformStatement]:
    node, here = _followed(node, scope)
    match node:
        case Listing():
            for index, item in enumerate(node.children):
                inner, place = _followed(item, here)
                if not isinstance(inner, Mapped):
                    raise UnreadableError("a statement is computed")
                found = _object_statement(inner, place)
                yield replace(found, listing=node if inner is item else None, index=index)
        case Mapped():
            yield _object_statement(node, here)
        case Call(name="concat" | "flatten", children=children):
            for child in children:
                yield from _object_statements(child, here)
        case _:
            raise UnreadableError("the statements are computed")


def _followed(node: Expression, scope: Scope) -> tuple[Expression, Scope]:
    """An expression, or what the local value stands for that it is."""
    for _ in range(_DEPTH_CAP):
        match node:
            case Traversal(steps=("local", name)) if name in scope.module.locals:
                member, file = scope.module.locals[name]
                node, scope = member.value, scope.within(file)
            case _:
                return node, scope
    raise UnreadableError("a local value refers to itself")


def _object_statement(node: Mapped, scope: Scope) -> TerraformStatement:
    if any(member.name is None for member in node.members):
        raise UnreadableError("a statement has a computed key")
    json: dict[str, Any] = {}
    elements: dict[str, Element] = {}
    values = {str(member.name): member.value for member in node.members}
    for name, value in values.items():
        if name in LISTS:
            elements[name] = _element(name, value, scope, lambda spelling: spelling)
            texts = list(elements[name].texts)
            is_list = isinstance(scope.value(value), Many)
            json[name] = texts if is_list or len(texts) != 1 else texts[0]
        elif name == "Condition":
            json[name] = _object_conditions(value, scope)
        elif name in PRINCIPALS and isinstance(value, Mapped):
            kinds = {str(member.name): member.value for member in value.members}
            found = {kind: _element(kind, inner, scope, lambda spelling: spelling) for kind, inner in kinds.items()}
            elements |= {f"{name}/{kind}": element for kind, element in found.items()}
            json[name] = {kind: list(element.texts) for kind, element in found.items()}
        else:
            json[name] = _text(value, scope)
    return TerraformStatement(node=None, file=scope.file, body=node, elements=elements, json=json)


def _object_conditions(node: Expression, scope: Scope) -> dict[str, dict[str, Any]]:
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


# --- JSON


def _json_document(template: Template, scope: Scope) -> Document:
    dialect = JsonDialect.of(template, scope)
    version, places = read_json_document(dialect)
    return Document(file=scope.file, statements=_json_statements(places, scope.file), version=version, json=dialect)


def _json_statements(places: Sequence[StatementPlace], file: ModuleFile) -> tuple[TerraformStatement, ...]:
    return tuple(
        TerraformStatement(
            node=place.node,
            container=place.container,
            index=place.index,
            is_branch=place.is_branch,
            elements=place.elements,
            json=place.json,
            file=file,
        )
        for place in places
    )


def _file_document(argument: Expression, scope: Scope) -> Document:
    path = argument
    if isinstance(path, Template) and path.parts and isinstance(path.parts[0], Interpolation):
        inner = path.parts[0].expression
        if isinstance(inner, Traversal) and inner.steps in {("path", "module"), ("path", "root")}:
            path = replace(path, parts=path.parts[1:])
    value = known_value(scope.value(path))
    if value is None:
        raise UnreadableError("which file the document is in is computed")
    folder = posixpath.dirname(scope.file.name)
    relative = posixpath.normpath(posixpath.join(folder, value.lstrip("/") if path is not argument else value))
    file = scope.module.document(relative)
    if file is None:
        raise UnreadableError(f"the document is in {value}, which is not beside the module")
    dialect = JsonDialect.plain(file, scope)
    version, places = read_json_document(dialect)
    return Document(file=file, statements=_json_statements(places, file), version=version, json=dialect)


# --- parts


def _text(node: Expression, scope: Scope) -> str:
    known = known_value(scope.value(node))
    if known is None:
        raise UnreadableError(f"{scope.source(node)[:80]!r} is not known")
    return known


def _element(name: str, node: Expression, scope: Scope, change: Callable[[Spelling], Spelling]) -> Element:
    children: Sequence[Expression] = node.children if isinstance(node, Listing) else (node,)
    spell = _as_resource if name.endswith("Resource") else change
    items: list[SpelledItem] = []
    for child in children:
        place = SourceNode(start=child.start, end=child.end, value="")
        items.append(SpelledItem(node=place, spellings=tuple(spell(change(s)) for s in scope.texts(child))))
    if not name.endswith("Resource") and any(text_of(s) == "*" and s != ("*",) for i in items for s in i.spellings):
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
