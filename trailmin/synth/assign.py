"""Which statement each used authorization rests on (DESIGN 7).

Several unconditional Allows may grant the same call: one of them keeps it, the narrowest. When only conditioned ones
can have allowed it, all of them keep it, since logs do not show most condition keys.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trailmin.catalog import Catalog
from trailmin.current import PolicyKind
from trailmin.policy import (
    NO_RESOURCE,
    Statement,
    Truth,
    action_matches,
    conditions_truth,
    resource_included,
    resource_matches,
    resources_intersect,
)
from trailmin.synth.context import known_context
from trailmin.synth.grants import StatementRef
from trailmin.usage import Outcome, Use

_KINDS = (PolicyKind.INLINE, PolicyKind.CUSTOMER_MANAGED, PolicyKind.AWS_MANAGED)

StatementKey = tuple[str, str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Where the uses of one role went."""

    kept: Mapping[StatementKey, Mapping[str, tuple[Use, ...]]]
    """Statement to action to the uses that the statement keeps."""
    elsewhere: Mapping[StatementKey, Mapping[str, tuple[Use, ...]]]
    """Uses that a statement grants as well, and another one keeps."""
    ungranted: tuple[Use, ...]
    """Allowed calls that no identity policy can have granted: a resource policy did."""


def assign_uses(uses: Sequence[Use], statements: Sequence[StatementRef], catalog: Catalog) -> Assignment:
    """Assign every use that is evidence to the statements that keep it.

    Args:
        uses: Of one role; denied ones are no evidence and are passed over.
        statements: The role's Allow statements.
        catalog: Tells which actions take resources.
    """
    kept: dict[StatementKey, dict[str, list[Use]]] = defaultdict(lambda: defaultdict(list))
    elsewhere: dict[StatementKey, dict[str, list[Use]]] = defaultdict(lambda: defaultdict(list))
    ungranted: list[Use] = []
    for use in uses:
        if use.outcome is Outcome.DENIED:
            continue
        granting = [ref for ref in statements if may_grant(ref.statement, use, catalog)]
        keepers = _keepers(granting, use, catalog)
        for ref in granting:
            (kept if ref in keepers else elsewhere)[ref.key][use.action].append(use)
        if not granting and use.outcome is Outcome.ALLOWED:
            ungranted.append(use)
    return Assignment(kept=_frozen(kept), elsewhere=_frozen(elsewhere), ungranted=tuple(ungranted))


def may_grant(statement: Statement, use: Use, catalog: Catalog) -> bool:
    """Whether the statement can have granted the use, under some value of what the log does not show."""
    if statement.not_actions:
        if any(action_matches(pattern, use.action) for pattern in statement.not_actions):
            return False
    elif not any(action_matches(pattern, use.action) for pattern in statement.actions):
        return False
    if statement.not_resources:
        if any(_covers(pattern, use.resource) for pattern in statement.not_resources):
            return False
    elif not any(touches(pattern, use, catalog) for pattern in statement.resources):
        return False
    return conditions_truth(statement.conditions, known_context(use)) is not Truth.FALSE


def touches(pattern: str, use: Use, catalog: Catalog) -> bool:
    """Whether a resource pattern can have matched the use's resource."""
    if use.resource != NO_RESOURCE:
        return resources_intersect(use.resource, pattern)
    return is_unknown_resource(use, catalog) or resource_matches(pattern, NO_RESOURCE)


def is_unknown_resource(use: Use, catalog: Catalog) -> bool:
    """Whether `*` stands for a resource that could not be told, rather than for none."""
    action = catalog.action(use.action)
    return use.resource == NO_RESOURCE and (action is None or action.takes_resources)


def _covers(pattern: str, resource: str) -> bool:
    if resource == NO_RESOURCE:
        return resource_matches(pattern, NO_RESOURCE)
    return bool(resource_included(resource, pattern))


def _keepers(granting: Sequence[StatementRef], use: Use, catalog: Catalog) -> list[StatementRef]:
    certain = [
        ref
        for ref in granting
        if not ref.statement.conditions
        and not is_unknown_resource(use, catalog)
        and any(_covers(pattern, use.resource) for pattern in ref.statement.resources)
    ]
    return [min(certain, key=lambda ref: _width(ref, use))] if certain else list(granting)


def _width(ref: StatementRef, use: Use) -> tuple[int, int, int, tuple[str, str, int]]:
    """Sorts the statement first that a person would keep: own policies, the action by name, few wildcards."""
    actions = [p for p in ref.statement.actions or ("*",) if action_matches(p, use.action)]
    resources = [p for p in ref.statement.resources or ("*",) if _covers(p, use.resource)]
    return (
        _KINDS.index(ref.policy.kind),
        min((_wildcards(p) for p in actions), default=3),
        min((_wildcards(p) for p in resources), default=3),
        ref.key,
    )


def _wildcards(pattern: str) -> int:
    """0 without wildcards, 1 with some, 2 for a whole service, 3 for everything."""
    if pattern == "*":
        return 3
    if pattern.endswith(":*"):
        return 2
    return 1 if "*" in pattern or "?" in pattern else 0


def _frozen(
    found: Mapping[StatementKey, Mapping[str, Sequence[Use]]],
) -> dict[StatementKey, dict[str, tuple[Use, ...]]]:
    return {key: {action: tuple(uses) for action, uses in by_action.items()} for key, by_action in found.items()}
