"""Fitting statements into policies that AWS accepts: lossless steps first, then what was approved.

Source: IAM User Guide, "IAM and AWS STS quotas". Statements of one role may stand in any of its policies: an explicit
deny counts wherever it stands.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import TypeAlias

from trailmin.policy.action_catalog import ActionCatalog
from trailmin.policy.document import VERSION_2008, VERSION_2012, Policy, Statement, policy_of
from trailmin.policy.match import resource_included_in_union
from trailmin.policy.pack import compress_actions, merge_statements
from trailmin.policy.size import INLINE_POLICIES_OF_ROLE, MANAGED_POLICIES_PER_ROLE, MANAGED_POLICY, policy_size


@dataclass(frozen=True, slots=True, kw_only=True)
class Widening:
    """A step that allows more than is used, and must be approved by its name."""

    name: str
    """`STATEMENT: PATTERN`, with the statement's Sid or place."""
    pattern: str
    replaces: tuple[str, ...]
    """The resources that the pattern stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """Policies within the quotas."""

    inline: Policy | None
    managed: tuple[Policy, ...]
    compressed: bool
    """Whether actions were put together by wildcards: lossless for the actions that exist today."""
    applied: tuple[Widening, ...]
    """The approved steps that were needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TooLarge:
    """The statements do not fit."""

    reason: str
    offered: tuple[Widening, ...]
    """Steps, not yet approved, that would make them smaller."""


Fit: TypeAlias = Fitted | TooLarge


def fit_statements(
    statements: Iterable[Statement],
    *,
    catalog: ActionCatalog,
    inside_actions: Sequence[str],
    inside_resources: Sequence[str],
    approved: AbstractSet[str] = frozenset(),
    managed_slots: int = MANAGED_POLICIES_PER_ROLE.limit,
) -> Fit:
    """Policies of a role that hold the statements: one inline policy, the rest in managed ones.

    Merges without loss; then action wildcards that match nothing else in the catalog; then, one by one, the resource
    widenings named in `approved`. Wildcards stay within the old grant (`inside_actions`, `inside_resources`).
    """
    merged = merge_statements(statements)
    packed = _packed(merged, managed_slots)
    if packed:
        return _fitted(packed, compressed=False, applied=())
    compressed = merge_statements(_compressed(found, catalog, inside_actions) for found in merged)
    packed = _packed(compressed, managed_slots)
    applied: list[Widening] = []
    while not packed:
        offered = _widenings(compressed, inside_resources)
        step = next((one for one in offered if one.name in approved), None)
        if step is None:
            reason = f"more than {managed_slots} managed policies and the inline quota hold"
            return TooLarge(reason=reason, offered=tuple(offered))
        applied.append(step)
        compressed = merge_statements(_widened(found, step) for found in compressed)
        packed = _packed(compressed, managed_slots)
    return _fitted(packed, compressed=True, applied=tuple(applied))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bins:
    inline: list[Statement]
    managed: list[list[Statement]]


def _packed(statements: Sequence[Statement], managed_slots: int) -> _Bins | None:
    """First fit, the largest first; None where it does not fit."""
    bins = _Bins(inline=[], managed=[])
    places = [(bins.inline, INLINE_POLICIES_OF_ROLE.limit)]
    for statement in sorted(statements, key=lambda one: (-_size([one]), one.index)):
        place = next((held for held, limit in places if _has_room(held, statement, limit)), None)
        if place is None:
            if len(bins.managed) == managed_slots or _size([statement]) > MANAGED_POLICY.limit:
                return None
            place = []
            bins.managed.append(place)
            places.append((place, MANAGED_POLICY.limit))
        place.append(statement)
    return bins


def _has_room(held: Sequence[Statement], statement: Statement, limit: int) -> bool:
    # A policy has one Version, which decides what `${` means in all of its statements.
    same_version = all(one.variables == statement.variables for one in held)
    return same_version and _size([*held, statement]) <= limit


def _size(statements: Sequence[Statement]) -> int:
    return policy_size(_policy(statements))


def _policy(statements: Sequence[Statement]) -> Policy:
    ordered: list[Statement] = []
    sids: set[str | None] = {None}
    for statement in sorted(statements, key=lambda one: one.index):
        # Of statements that come from several policies two may have the same Sid.
        ordered.append(replace(statement, sid=None) if statement.sid in sids else statement)
        sids.add(statement.sid)
    return policy_of(ordered, version=VERSION_2012 if ordered[0].variables else VERSION_2008)


def _fitted(bins: _Bins, *, compressed: bool, applied: tuple[Widening, ...]) -> Fitted:
    return Fitted(
        inline=_policy(bins.inline) if bins.inline else None,
        managed=tuple(map(_policy, bins.managed)),
        compressed=compressed,
        applied=applied,
    )


def _compressed(statement: Statement, catalog: ActionCatalog, inside: Sequence[str]) -> Statement:
    if not statement.actions or not statement.is_allow:
        return statement
    names = {text for text in statement.actions if "*" not in text and "?" not in text}
    others = set(statement.actions) - names
    actions = {*others, *compress_actions(names, catalog, inside)}
    return replace(statement, actions=tuple(sorted(actions, key=lambda text: (text.lower(), text))))


def _widenings(statements: Sequence[Statement], inside: Sequence[str]) -> list[Widening]:
    """For each Allow, resources that begin alike under one pattern within the old grant; what saves most first."""
    found: list[tuple[int, Widening]] = []
    for statement in statements:
        if not statement.is_allow:
            continue
        for pattern, replaced in _common(statement.resources).items():
            if len(replaced) > 1 and resource_included_in_union(pattern, inside):
                name = f"{statement.sid or statement.index}: {pattern}"
                saved = sum(map(len, replaced)) - len(pattern)
                found.append((saved, Widening(name=name, pattern=pattern, replaces=tuple(sorted(replaced)))))
    return [one for _, one in sorted(found, key=lambda pair: (-pair[0], pair[1].name))]


def _common(resources: Sequence[str]) -> dict[str, list[str]]:
    """The resources by what they are up to their last separator, within the resource part of the ARN."""
    groups: dict[str, list[str]] = {}
    for text in resources:
        start = text[: max(text.rfind(separator, 0, len(text) - 1) for separator in "/:-") + 1]
        if start.count(":") >= 5 and not start.endswith("*"):
            groups.setdefault(f"{start}*", []).append(text)
    return groups


def _widened(statement: Statement, step: Widening) -> Statement:
    if not statement.is_allow or not set(step.replaces) <= set(statement.resources):
        return statement
    kept = {*statement.resources} - {*step.replaces} | {step.pattern}
    return replace(statement, resources=tuple(sorted(kept)))
