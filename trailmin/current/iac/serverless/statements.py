"""Lists of statements of a `serverless.yml`, with those that variables bring in from another place or file."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from trailmin.current.iac.dialect import UnreadableError
from trailmin.current.iac.serverless.variables import ServerlessDialect
from trailmin.current.iac.spelling import numbering
from trailmin.current.iac.statements import StatementPlace, read_statement
from trailmin.current.iac.tree import SourceNode

_DEPTH_CAP = 8


def read_service_statements(node: SourceNode, dialect: ServerlessDialect) -> tuple[StatementPlace, ...]:
    """Return the statements of a list; what a variable brings in is read, and stays as it is.

    Raises:
        UnreadableError: One of them is computed, or stands where nothing is read from.
    """
    return tuple(_places(node, dialect, numbering()))


def _places(node: SourceNode, dialect: ServerlessDialect, number: Callable[[], int]) -> Iterator[StatementPlace]:
    if (target := dialect.elsewhere(node)) is not None:
        yield from _elsewhere(target, dialect, number, node.value or "", 0)
        return
    for branch in dialect.branches(node):
        in_branch = branch is not node
        if branch.items is None:
            found = read_statement(branch, dialect, number, is_branch=in_branch)
            yield replace(found, is_conditional=in_branch)
            continue
        for index, item in enumerate(branch.items):
            if (target := dialect.elsewhere(item)) is not None:
                yield from _elsewhere(target, dialect, number, item.value or "", 0)
                continue
            for one in dialect.branches(item):
                found = read_statement(one, dialect, number, container=branch, index=index, is_branch=one is not item)
                yield replace(found, is_conditional=in_branch or found.is_branch)


def _elsewhere(
    target: SourceNode, dialect: ServerlessDialect, number: Callable[[], int], variable: str, depth: int
) -> Iterator[StatementPlace]:
    """The statements that a variable stands for: a list of them, or one."""
    if depth > _DEPTH_CAP:
        raise UnreadableError("its variables stand for each other")
    for item in target.items if target.items is not None else (target,):
        if (inner := dialect.elsewhere(item)) is not None:
            yield from _elsewhere(inner, dialect, number, variable, depth + 1)
        else:
            place = read_statement(item, dialect, number)
            yield replace(place, node=None, container=None, fixed=f"it stands where {variable} says")
