"""Which statement each used authorization rests on (DESIGN 7).

Several unconditional Allows may grant the same call: one of them keeps it, the narrowest. When only conditioned ones
can have allowed it, all of them keep it, since logs do not show most condition keys. What infrastructure code has under
a condition of its own counts as conditioned: one statement may be deployed, or another.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trailmin.catalog import Catalog
from trailmin.current import PolicyKind
from trailmin.policy import Mismatch, action_matches, match_statement, resources_intersect
from trailmin.synth.context import request_of
from trailmin.synth.grants import StatementInForce, names_action
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


def assign_uses(uses: Sequence[Use], statements: Sequence[StatementInForce], catalog: Catalog) -> Assignment:
    """Assign every use that is evidence to the statements that keep it.

    Args:
        uses: Of one role; denied ones are no evidence and are passed over.
        statements: The role's Allow statements.
        catalog: Tells which actions take resources, and which services have policies on theirs.
    """
    kept: dict[StatementKey, dict[str, list[Use]]] = defaultdict(lambda: defaultdict(list))
    elsewhere: dict[StatementKey, dict[str, list[Use]]] = defaultdict(lambda: defaultdict(list))
    ungranted: list[Use] = []
    about: dict[str, list[StatementInForce]] = {}
    for use in uses:
        if use.outcome is Outcome.DENIED:
            continue
        if use.action not in about:
            about[use.action] = [ref for ref in statements if names_action(ref.statement, use.action)]
        granting = _granting(use, about[use.action], catalog) or _granting_elsewhere(use, about[use.action], catalog)
        keepers = _keepers(granting, use)
        for ref in granting:
            (kept if ref in keepers else elsewhere)[ref.key][use.action].append(use)
        if not granting and use.outcome is Outcome.ALLOWED:
            ungranted.append(use)
    return Assignment(kept=_frozen(kept), elsewhere=_frozen(elsewhere), ungranted=tuple(ungranted))


def _granting(use: Use, statements: Sequence[StatementInForce], catalog: Catalog) -> dict[StatementInForce, bool]:
    """Of the statements about its action those that can have granted the use, and whether each did for certain."""
    request = request_of(use, catalog)
    terms = ((ref, match_statement(ref.statement, request)) for ref in statements)
    return {ref: not term and not ref.is_doubtful for ref, term in terms if not isinstance(term, Mismatch)}


def _granting_elsewhere(
    use: Use, statements: Sequence[StatementInForce], catalog: Catalog
) -> dict[StatementInForce, bool]:
    """All statements about an allowed action, where nothing but they can have granted it.

    The service has no policies on its resources, so the call was checked on something else than we think.
    """
    if use.outcome is not Outcome.ALLOWED or catalog.may_be_granted_by_resource(use.action):
        return {}
    return dict.fromkeys(statements, False)


def _keepers(granting: Mapping[StatementInForce, bool], use: Use) -> list[StatementInForce]:
    certain = [ref for ref, is_certain in granting.items() if is_certain]
    if len(certain) > 1:
        return [min(certain, key=lambda ref: _width(ref, use))]
    return certain or list(granting)


def _width(ref: StatementInForce, use: Use) -> tuple[int, int, int, tuple[str, str, int]]:
    """Sorts the statement first that a person would keep: own policies, the action by name, few wildcards."""
    actions = [p for p in ref.statement.actions or ("*",) if action_matches(p, use.action)]
    resources = [p for p in ref.statement.resources or ("*",) if resources_intersect(use.resource, p)]
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
