"""Edits of a policy's JSON text that change only what they must.

Statements that no edit names keep their bytes; of a replaced statement only the values that differ are written anew, in
the style of the source (indentation, one line or many, one value or a list, line ends).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from trailmin.errors import DefectError, PolicyError
from trailmin.policy.document import Condition, Policy, Principals, Statement
from trailmin.policy.json_text import JsonNode, read_json
from trailmin.policy.layout import Layout, statement_list_text
from trailmin.policy.parse import PolicyKind, parse_policy


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementSpec:
    """What becomes of a statement, or of one of the parts it is split into. All else stays as it is."""

    sid: str | None
    """The Sid afterwards; None for a statement without one."""
    actions: tuple[str, ...] | None = None
    """The Action element, in place of Action or NotAction; None leaves either as it is."""
    resources: tuple[str, ...] | None = None
    """The Resource element, in place of Resource or NotResource; None leaves either as it is."""
    principals: tuple[Principals, ...] | None = None
    """The Principal element of a resource-based policy, by kinds; None leaves Principal or NotPrincipal as it is."""
    add_conditions: tuple[Condition, ...] = ()
    """Conditions to add to those in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveStatement:
    """Take a statement out."""

    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceStatement:
    """Put one or several statements, derived from it, in a statement's place."""

    index: int
    parts: tuple[StatementSpec, ...]

    def __post_init__(self) -> None:
        if not self.parts:
            raise DefectError(f"replacing Statement[{self.index}] by nothing is RemoveStatement")


Edit: TypeAlias = RemoveStatement | ReplaceStatement


def keep_spec(statement: Statement) -> StatementSpec:
    """The spec that changes nothing, to start from with `dataclasses.replace`."""
    return StatementSpec(sid=statement.sid)


def apply_edits(text: str, edits: Sequence[Edit], *, kind: PolicyKind | str = PolicyKind.IDENTITY) -> str | None:
    """The document with the edits made; None when no statement is left.

    Args:
        text: the document; read files with `newline=""` so that line ends stay what they are.
        edits: at most one for each statement, by its index in `text`.
        kind: what the document is attached to.

    Raises:
        PolicyError: `text` is not a policy, or a condition to add is at odds with one in force.
        DefectError: the edits do not fit the document, or the text written does not read back as the edited policy.
    """
    policy = parse_policy(text, kind=kind)
    edited = edit_policy(policy, edits)
    if edited is None:
        return None
    result = _edited_text(text, policy, edits)
    try:
        written = parse_policy(result, kind=kind)
    except PolicyError as error:
        raise DefectError(f"the edited policy is not a policy: {error.message}") from error
    if _unordered(written) != _unordered(edited):
        raise DefectError("the edited policy does not read back as it was meant")
    return result


def edit_policy(policy: Policy, edits: Sequence[Edit]) -> Policy | None:
    """The model with the edits made; None when no statement is left. Raises as `apply_edits` does."""
    by_index = _edits_by_index(edits, len(policy.statements))
    statements: list[Statement] = []
    for statement in policy.statements:
        match by_index.get(statement.index):
            case None:
                statements.append(statement)
            case ReplaceStatement(parts=parts):
                statements.extend(edit_statement(statement, spec) for spec in parts)
            case RemoveStatement():
                pass
    if not statements:
        return None
    numbered = tuple(replace(statement, index=index) for index, statement in enumerate(statements))
    return replace(policy, statements=numbered)


def edit_statement(statement: Statement, spec: StatementSpec) -> Statement:
    """The statement that a spec makes of `statement`, at the same index."""
    edited = replace(statement, sid=spec.sid, conditions=_with_added(statement, spec.add_conditions))
    if spec.actions is not None:
        edited = replace(edited, actions=spec.actions, not_actions=())
    if spec.resources is not None:
        if not (statement.resources or statement.not_resources):
            raise DefectError(f"Statement[{statement.index}] has no Resource to replace")
        edited = replace(edited, resources=spec.resources, not_resources=())
    if spec.principals is not None:
        if not statement.principals:
            raise DefectError(f"Statement[{statement.index}] has no Principal to replace")
        edited = replace(edited, principals=spec.principals)
    return edited


def _unordered(policy: Policy) -> Policy:
    """The policy with each statement's conditions sorted: all must hold, so their order means nothing."""
    statements = (
        replace(found, conditions=tuple(sorted(found.conditions, key=lambda c: (c.operator, c.key, c.values))))
        for found in policy.statements
    )
    return replace(policy, statements=tuple(statements))


def _edits_by_index(edits: Iterable[Edit], count: int) -> Mapping[int, Edit]:
    by_index: dict[int, Edit] = {}
    for edit in edits:
        if edit.index in by_index or not 0 <= edit.index < count:
            raise DefectError(f"an edit names Statement[{edit.index}], which is taken or does not exist")
        by_index[edit.index] = edit
    return by_index


def _with_added(statement: Statement, added: Iterable[Condition]) -> tuple[Condition, ...]:
    conditions = list(statement.conditions)
    for condition in added:
        operator, key = condition.operator.lower(), condition.key.lower()
        peers = [at for at, held in enumerate(conditions) if held.operator.lower() == operator]
        same = next((conditions[at] for at in peers if conditions[at].key.lower() == key), None)
        if same is None:
            at = peers[-1] + 1 if peers else len(conditions)
            spelled = conditions[peers[0]].operator if peers else condition.operator
            conditions.insert(at, replace(condition, operator=spelled))
        elif same.values != condition.values:
            raise PolicyError(
                f"Statement[{statement.index}] already has another {condition.operator} on {condition.key}",
                hint="Leave the condition in force as it is.",
            )
    return tuple(conditions)


def _edited_text(text: str, policy: Policy, edits: Sequence[Edit]) -> str:
    root = read_json(text)
    member = root.member("Statement")
    if member is None:
        raise DefectError("a policy without Statement was parsed")
    layout = Layout.of(text, root)
    by_index = _edits_by_index(edits, len(policy.statements))
    nodes = member.value.items or (member.value,)
    pieces = [
        _pieces(layout, node, statement, by_index.get(statement.index))
        for node, statement in zip(nodes, policy.statements, strict=True)
    ]
    return statement_list_text(layout, member.value, pieces)


def _pieces(layout: Layout, node: JsonNode, statement: Statement, edit: Edit | None) -> list[str]:
    match edit:
        case None:
            return [layout.source(node)]
        case RemoveStatement():
            return []
        case ReplaceStatement(parts=parts):
            return [_statement_text(layout, node, statement, spec) for spec in parts]


def _statement_text(layout: Layout, node: JsonNode, statement: Statement, spec: StatementSpec) -> str:
    changes = layout.changes(node)
    if spec.sid != statement.sid:
        changes.set_first("Sid", spec.sid)
    if spec.actions is not None and spec.actions != statement.actions:
        changes.set_list("Action", "NotAction", spec.actions)
    if spec.resources is not None and spec.resources != statement.resources:
        changes.set_list("Resource", "NotResource", spec.resources)
    if spec.principals is not None and spec.principals != statement.principals:
        changes.set_lists("Principal", {group.kind: group.values for group in spec.principals})
    held = {(condition.operator, condition.key) for condition in statement.conditions}
    added: dict[str, dict[str, tuple[str, ...]]] = {}
    for condition in edit_statement(statement, spec).conditions:
        if (condition.operator, condition.key) not in held:
            added.setdefault(condition.operator, {})[condition.key] = condition.values
    if added:
        changes.add_conditions(added)
    return changes.text()
