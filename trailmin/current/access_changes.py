"""Edits of a policy on a resource as changes of the places where infrastructure code has its statements."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from trailmin.current.resource_policy import PlacedPolicy, ResourcePolicy
from trailmin.current.source_edit import SourceChange, SourceChangeKind
from trailmin.policy import Arn, Edit, Principals, RemoveStatement, ReplaceStatement, Statement, StatementSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedChanges:
    """What becomes of the places of a policy."""

    changes: tuple[SourceChange, ...] = ()
    """One for each place."""
    elsewhere: tuple[Statement, ...] = ()
    """Statements in force that change, and that no infrastructure code has."""


def changes_in_source(policy: ResourcePolicy, edits: Sequence[Edit]) -> PlacedChanges:
    """Return the changes that make edits in infrastructure code, each by the statements of its place."""
    if not any(policy.sources):
        return PlacedChanges()
    elsewhere: list[Statement] = []
    by_place: list[tuple[PlacedPolicy, list[Edit]]] = []
    for edit in edits:
        source, statement = policy.sources[edit.index], policy.policy.statements[edit.index]
        if source is None:
            elsewhere.append(statement)
            continue
        there = _translated(edit, source.index, statement, source.placed.policy.statements[source.index])
        same = next((found for placed, found in by_place if placed is source.placed), None)
        if same is None:
            by_place.append((source.placed, [there]))
        else:
            same.append(there)
    return PlacedChanges(
        changes=tuple(_change(placed, found) for placed, found in by_place), elsewhere=tuple(elsewhere)
    )


def _change(placed: PlacedPolicy, edits: Sequence[Edit]) -> SourceChange:
    gone = sum(isinstance(edit, RemoveStatement) for edit in edits)
    if gone == len(placed.policy.statements):
        return SourceChange(kind=SourceChangeKind.REMOVE, policy=placed)
    return SourceChange(kind=SourceChangeKind.EDIT, policy=placed, edits=tuple(edits))


def _translated(edit: Edit, index: int, deployed: Statement, code: Statement) -> Edit:
    """An edit of a statement in force as one of the code's own statement."""
    match edit:
        case RemoveStatement():
            return RemoveStatement(index=index)
        case ReplaceStatement(parts=parts):
            return ReplaceStatement(index=index, parts=tuple(_spec(part, deployed, code) for part in parts))


def _spec(spec: StatementSpec, deployed: Statement, code: Statement) -> StatementSpec:
    principals = spec.principals
    if principals is not None:
        principals = tuple(_as_named(principals, code))
    return replace(spec, sid=_sid(spec.sid, deployed.sid, code.sid), principals=principals)


def _sid(wanted: str | None, deployed: str | None, code: str | None) -> str | None:
    """The code may call a statement otherwise: a permission by its logical id."""
    if wanted is None or deployed is None or code is None:
        return code if wanted == deployed else wanted
    return f"{code}{wanted.removeprefix(deployed)}" if wanted.startswith(deployed) else wanted


def _as_named(principals: Iterable[Principals], code: Statement) -> Iterator[Principals]:
    """Principals as the code names them: AWS writes an account's id as its root."""
    named = {value for group in code.principals for value in group.values}
    for group in principals:
        yield replace(group, values=tuple(_value(value, named) for value in group.values))


def _value(value: str, named: set[str]) -> str:
    arn = Arn.parse(value)
    is_root = arn is not None and arn.service == "iam" and arn.resource == "root"
    return arn.account if arn is not None and is_root and value not in named and arn.account in named else value
