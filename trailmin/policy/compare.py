"""Two sets of policies compared by what they mean: how statements are ordered or split does not matter."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from trailmin.policy.action_catalog import ActionCatalog
from trailmin.policy.document import (
    VERSION_2008,
    VERSION_2012,
    Condition,
    Effect,
    Policy,
    Principals,
    Statement,
    policy_of,
)
from trailmin.policy.include import Proven, conditions_imply
from trailmin.policy.inclusion import included
from trailmin.policy.match import action_pattern
from trailmin.policy.pattern import resource_pattern
from trailmin.policy.selection import Selection, statement_actions, statement_resources


class Change(StrEnum):
    """What became of a grant, or of the part of a Deny that is about one action and resource pattern."""

    ADDED = "added"
    """Not within the old policies, as far as that can be told."""
    REMOVED = "removed"
    NARROWED = "narrowed"
    KEPT = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One action (or pattern) on one resource pattern, under conditions."""

    effect: Effect
    action: str
    """A pattern, or `not a, b` for a NotAction."""
    resource: str
    """A pattern, or `not a, b` for a NotResource; `*` for a trust policy's statement."""
    conditions: tuple[Condition, ...]
    principals: tuple[Principals, ...] = ()
    """Of a trust or resource policy; grants to different principals are never compared."""
    not_principals: tuple[Principals, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantChange:
    """What became of one grant."""

    change: Change
    grant: Grant
    now: tuple[Grant, ...] = ()
    """Of a narrowed grant: what of it the new policies have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All grants of the old policies and those the new ones add, sorted by effect, action and resource."""

    changes: tuple[GrantChange, ...]

    def of(self, change: Change, effect: Effect = Effect.ALLOW) -> tuple[GrantChange, ...]:
        """The changes of one kind to what is allowed, or denied."""
        return tuple(found for found in self.changes if found.change is change and found.grant.effect is effect)

    @property
    def may_be_broader(self) -> bool:
        """Whether something is allowed that was not, or a Deny went or shrank."""
        lifted = (*self.of(Change.REMOVED, Effect.DENY), *self.of(Change.NARROWED, Effect.DENY))
        return bool(self.of(Change.ADDED) or lifted)

    @property
    def is_same(self) -> bool:
        """Whether nothing changed."""
        return all(found.change is Change.KEPT for found in self.changes)


def compare(old: Sequence[Policy], new: Sequence[Policy], catalog: ActionCatalog | None = None) -> Comparison:
    """What the new policies, taken together, have of the old ones and what they add.

    With a catalog, patterns and NotAction lists are compared action by action (of the actions that exist today), so
    that `s3:*` against a list shows which actions went; without, pattern by pattern.
    """
    changes: list[GrantChange] = []
    for effect in Effect:
        before, after = (_Cells(_cells(policies, effect, catalog)) for policies in (old, new))
        changes += [_fate(cell, after) for cell in before.cells]
        changes += [GrantChange(change=Change.ADDED, grant=cell.grant) for cell in after.cells if not before.hold(cell)]
    return Comparison(changes=tuple(sorted(changes, key=_sort_key)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    grant: Grant
    actions: Selection
    resources: Selection
    statement: Statement

    @property
    def is_one_action(self) -> bool:
        return not self.actions.negated and self.actions.patterns[0].is_literal

    def has_principals_of(self, other: "_Cell") -> bool:
        mine, theirs = self.statement, other.statement
        return mine.principals == theirs.principals and mine.not_principals == theirs.not_principals

    def is_within(self, other: "_Cell") -> bool:
        return (
            self.has_principals_of(other)
            and self.actions.is_within(other.actions)
            and self.resources.is_within(other.resources)
            and _conditions_imply(self.statement, other.statement)
        )

    def overlaps(self, other: "_Cell") -> bool:
        return (
            self.has_principals_of(other)
            and _overlap(self.actions, other.actions)
            and _overlap(self.resources, other.resources)
        )


class _Cells:
    """Cells by action: one action can only be within, or overlap, the same action or a pattern."""

    def __init__(self, cells: Iterable[_Cell]) -> None:
        self._by_grant = {(cell.grant, cell.statement.variables): cell for cell in cells}
        self.cells = tuple(self._by_grant.values())
        self._by_action: dict[str, list[_Cell]] = {}
        self._wide: list[_Cell] = []
        for cell in self.cells:
            group = self._by_action.setdefault(cell.grant.action.lower(), []) if cell.is_one_action else self._wide
            group.append(cell)

    def near(self, cell: _Cell) -> Sequence[_Cell]:
        """The cells that may overlap `cell`."""
        if not cell.is_one_action:
            return self.cells
        return [*self._by_action.get(cell.grant.action.lower(), []), *self._wide]

    def hold(self, cell: _Cell) -> bool:
        """Whether all of `cell` is within these cells, proved: in one of them, or its resources in several."""
        if (cell.grant, cell.statement.variables) in self._by_grant:
            return True
        near = self.near(cell)
        if any(cell.is_within(other) for other in near):
            return True
        if cell.resources.negated:
            return False
        listed = tuple(
            pattern
            for other in near
            if not other.resources.negated
            and cell.has_principals_of(other)
            and cell.actions.is_within(other.actions)
            and _conditions_imply(cell.statement, other.statement)
            for pattern in other.resources.patterns
        )
        return cell.resources.is_within(Selection(patterns=listed))


def _conditions_imply(new: Statement, old: Statement) -> bool:
    """Whether the conditions of `new`, where they hold, make those of `old` hold: by their texts, or else proved."""
    if conditions_imply(new, old):
        return True
    # Of a key that the new conditions do not ask for nothing can be proved.
    asked = {condition.key.lower() for condition in new.conditions}
    if not {condition.key.lower() for condition in old.conditions} <= asked:
        return False
    return _proved(new.conditions, old.conditions, new.variables, old.variables)


@lru_cache(maxsize=1 << 12)
def _proved(new: tuple[Condition, ...], old: tuple[Condition, ...], new_variables: bool, old_variables: bool) -> bool:
    """Whether conditions imply others, over all values of their keys; the two may be of different Versions."""
    policies = [
        policy_of(
            [Statement(index=0, effect=Effect.ALLOW, actions=("any:Action",), resources=("*",), conditions=conditions)],
            version=VERSION_2012 if variables else VERSION_2008,
        )
        for conditions, variables in ((new, new_variables), (old, old_variables))
    ]
    return included(policies[:1], policies[1:]) == Proven()


def _fate(cell: _Cell, after: _Cells) -> GrantChange:
    if after.hold(cell):
        return GrantChange(change=Change.KEPT, grant=cell.grant)
    now = tuple(sorted((other.grant for other in after.near(cell) if cell.overlaps(other)), key=_grant_key))
    return GrantChange(change=Change.NARROWED if now else Change.REMOVED, grant=cell.grant, now=now)


def _overlap(a: Selection, b: Selection) -> bool:
    if a.negated and b.negated:
        return True
    listed, other = (b, a) if a.negated else (a, b)
    return any(other.meets(pattern) for pattern in listed.patterns)


def _cells(policies: Sequence[Policy], effect: Effect, catalog: ActionCatalog | None) -> Iterator[_Cell]:
    for policy in policies:
        for statement in policy.statements:
            if statement.effect is not effect:
                continue
            for action, actions in _actions(statement, catalog):
                for resource, resources in _resources(statement):
                    grant = Grant(
                        effect=effect,
                        action=action,
                        resource=resource,
                        conditions=_sorted(statement),
                        principals=statement.principals,
                        not_principals=statement.not_principals,
                    )
                    yield _Cell(grant=grant, actions=actions, resources=resources, statement=statement)


def _actions(statement: Statement, catalog: ActionCatalog | None) -> Iterator[tuple[str, Selection]]:
    if statement.not_actions:
        selected = statement_actions(statement)
        names = [name for name in catalog.expand("*") if selected.matches(name.lower())] if catalog else []
        if not names:
            yield _excepted(statement.not_actions), selected
        for name in names:
            yield name, Selection(patterns=(action_pattern(name),))
    for text in statement.actions:
        for name in (catalog and tuple(catalog.expand(text))) or (text,):
            yield name, Selection(patterns=(action_pattern(name),))


def _resources(statement: Statement) -> Iterator[tuple[str, Selection]]:
    if not statement.resources:
        label = _excepted(statement.not_resources) if statement.not_resources else "*"
        yield label, statement_resources(statement)
    for text in statement.resources:
        yield text, Selection(patterns=(resource_pattern(text, variables=statement.variables),))


def _excepted(texts: Sequence[str]) -> str:
    return "not " + ", ".join(sorted(texts))


def _sorted(statement: Statement) -> tuple[Condition, ...]:
    return tuple(sorted(statement.conditions, key=lambda found: (found.operator, found.key, found.values)))


def _grant_key(grant: Grant) -> tuple[object, ...]:
    conditions = tuple((found.operator, found.key, found.values) for found in grant.conditions)
    principals = tuple((found.kind, found.values) for found in (*grant.principals, *grant.not_principals))
    return (grant.effect.value, grant.action.lower(), grant.action, grant.resource, conditions, principals)


def _sort_key(change: GrantChange) -> tuple[object, ...]:
    return (*_grant_key(change.grant), change.change.value)
