"""A proof that new policies allow nothing that the old ones do not, by containment of statements.

Theorem: if every new Allow grants, for each of its action and resource patterns, only what one old Allow with no
further conditions grants, and every old Deny is within a new Deny with no further conditions, then every request that
the new policies allow the old ones allow. The proof is sound, for every value of the policy variables, and complete
only for new policies that were made by narrowing old statements.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from trailmin.policy.document import Condition, Effect, Policy, Statement
from trailmin.policy.operators import operator_of
from trailmin.policy.pattern import Pattern
from trailmin.policy.request import Request, StatementRef, reference
from trailmin.policy.selection import Selection, statement_actions, statement_resources


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """Every request that the new policies allow, the old ones allow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotProven:
    """The proof does not go through; the new policies may be broader or not."""

    reason: str
    statement: StatementRef | None = None
    """The new Allow that no old one holds, or the old Deny that no new one holds; None where no one is at fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuted:
    """The new policies allow a request that the old ones do not."""

    witness: Request
    """Such a request, complete: it has no other keys. `decide` confirms it."""
    principal: str | None = None
    """Of policies with principals: who makes it, as `parse_caller` reads it."""
    allowed_by: StatementRef
    """The new statement that allows it."""
    denied_by: StatementRef | None
    """The old Deny that stops it; None where no old Allow matches."""


Inclusion: TypeAlias = Proven | Refuted | NotProven


def included_by_containment(new: Sequence[Policy], old: Sequence[Policy]) -> Proven | NotProven:
    """Whether the union of `new` allows nothing that the union of `old` does not, where containment proves it."""
    new_denies, old_allows = _with_effect(new, Effect.DENY), _with_effect(old, Effect.ALLOW)
    for ref, deny in _with_effect(old, Effect.DENY):
        if not any(_is_contained(deny, other) for _, other in new_denies):
            return NotProven(reason=f"the Deny of {ref} is not within any new Deny", statement=ref)
    for ref, allow in _with_effect(new, Effect.ALLOW):
        gap = _uncovered(allow, [other for _, other in old_allows])
        if gap is not None:
            return NotProven(reason=f"{ref} allows {gap}, which no old statement is seen to allow", statement=ref)
    return Proven()


def conditions_imply(new: Statement, old: Statement) -> bool:
    """Whether the conditions of `new`, where they hold, make those of `old` hold, by their texts."""
    return all(any(_condition_implies(held, wanted, new, old) for held in new.conditions) for wanted in old.conditions)


def _with_effect(policies: Sequence[Policy], effect: Effect) -> list[tuple[StatementRef, Statement]]:
    return [
        (reference(policies, index, statement), statement)
        for index, policy in enumerate(policies)
        for statement in policy.statements
        if statement.effect is effect
    ]


def _is_contained(statement: Statement, other: Statement) -> bool:
    """Whether `other` matches every request that `statement` matches, proved."""
    return (
        _principals(statement) == _principals(other)
        and statement_actions(statement).is_within(statement_actions(other))
        and statement_resources(statement).is_within(statement_resources(other))
        and conditions_imply(statement, other)
    )


def _principals(statement: Statement) -> tuple[object, ...]:
    return (statement.principals, statement.not_principals)


def _uncovered(allow: Statement, old: Iterable[Statement]) -> str | None:
    """What of a new Allow is not proved to be allowed by the old ones; None if all is."""
    candidates = [other for other in old if _principals(allow) == _principals(other) and conditions_imply(allow, other)]
    if any(_is_contained(allow, other) for other in candidates):
        return None
    if allow.not_actions:
        return "all actions but some"
    if not allow.resources:
        return "all resources but some" if allow.not_resources else "actions"
    resources = statement_resources(allow).patterns
    for action in statement_actions(allow).patterns:
        granting = [statement_resources(other) for other in candidates if statement_actions(other).covers(action)]
        for resource in resources:
            if not _covered(resource, granting):
                return f"{action.text} on {resource.text}"
    return None


def _covered(resource: Pattern, granting: Sequence[Selection]) -> bool:
    if any(selection.covers(resource) for selection in granting):
        return True
    listed = tuple(pattern for selection in granting if not selection.negated for pattern in selection.patterns)
    return Selection(patterns=listed).covers(resource)


def _condition_implies(held: Condition, wanted: Condition, new: Statement, old: Statement) -> bool:
    if held.key.lower() != wanted.key.lower():
        return False
    if new.variables != old.variables and any("${" in value for value in (*held.values, *wanted.values)):
        return False
    if held.operator.lower() == wanted.operator.lower() and set(held.values) == set(wanted.values):
        return True
    strong, weak = operator_of(held.operator), operator_of(wanted.operator)
    if strong is None or weak is None or strong.is_null_check or weak.is_null_check:
        return False
    if strong not in {weak, replace(weak, if_exists=False)}:
        return False
    # One of the values must be met, or none of them for a negated operator.
    narrower, wider = (wanted.values, held.values) if weak.negated else (held.values, wanted.values)
    return set(narrower) <= set(wider)
