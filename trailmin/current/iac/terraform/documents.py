"""Policy documents of a module: `jsonencode`, heredocs, files, and `aws_iam_policy_document`.

Source: registry documentation of hashicorp/aws, data source `aws_iam_policy_document`, for sources and overrides.
"""

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from trailmin.current.iac.dialect import UnreadableError
from trailmin.current.iac.statements import StatementPlace
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
from trailmin.current.iac.terraform.json_document import JsonDialect, read_json_document
from trailmin.current.iac.terraform.module import ModuleFile
from trailmin.current.iac.terraform.statement_blocks import block_statement, dynamic_statements
from trailmin.current.iac.terraform.statement_objects import followed, object_statements
from trailmin.current.iac.terraform.statements import TerraformStatement
from trailmin.current.iac.terraform.values import Scalar, known_value
from trailmin.policy import VERSION_2012

_DOCUMENT = "aws_iam_policy_document"
_DEPTH_CAP = 20
_LOOP = "it is made in a loop (for_each)"


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
            found = block_statement(inner, here)
            statements = _overridden(statements, [replace(found, reason=_LOOP) if is_loop else found])
        elif inner.type == "dynamic" and inner.labels == ("statement",):
            statements += dynamic_statements(inner, here)
    statements = _overridden(statements, list(_listed_documents(block, "override_policy_documents", here, depth)))
    if (old := block.get("override_json")) is not None:
        statements = _overridden(statements, list(read_document(old, here, depth + 1).statements))
    version = block.get("version")
    known = known_value(here.value(version)) if version is not None else VERSION_2012
    return Document(file=file, statements=tuple(statements), version=known, address=address, is_blocks=True)


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


def _object_document(argument: Expression, scope: Scope) -> Document:
    node, here = followed(argument, scope)
    if not isinstance(node, Mapped):
        raise UnreadableError("what jsonencode is given is computed")
    listed, version = node.get("Statement"), node.get("Version")
    if listed is None:
        raise UnreadableError("the document has no Statement")
    known = known_value(here.value(version)) if version is not None else None
    return Document(file=here.file, statements=tuple(object_statements(listed, here)), version=known)


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
