"""Since when a grant has been in force (DESIGN 6): dates of the role and of policy versions, changes, snapshots."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from trailmin.current import PolicyInForce, PolicyKind, Role
from trailmin.policy import Policy, Statement, action_included, resource_included
from trailmin.synth.grants import Grant, names_action
from trailmin.usage import PolicyChangeEvent
from trailmin.usage.policy_changes import BOUNDARY_CHANGES

_NEW_TEXT = frozenset({"CreatePolicyVersion", "SetDefaultPolicyVersion"})

_AT_ONCE = timedelta(days=1)
"""From making a version to putting it in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Version:
    began: datetime | None
    policy: Policy | None
    """None: a version was there, its text is unknown."""


def grant_began(grant: Grant, role: Role, changes: Sequence[PolicyChangeEvent]) -> datetime | None:
    """Return when a grant came into force, as late as the evidence allows; None when nothing says it is recent.

    Args:
        grant: What is asked about.
        role: Who holds it.
        changes: Changes to IAM policies seen in the log, oldest first.
    """
    began = [role.created] if role.created is not None else []
    began += _attachments(grant.ref.policy, role, changes)
    began += _bounds(role, changes)
    if (version := _version_began(grant, _versions(grant.ref.policy, role, changes))) is not None:
        began.append(version)
    return _by_snapshots(grant, role, max(began, default=None))


def begins_as_one(policy: PolicyInForce, role: Role, changes: Sequence[PolicyChangeEvent]) -> bool:
    """Return whether all grants of a policy began together: neither other versions nor earlier snapshots are known."""
    return not role.earlier and len(_versions(policy, role, changes)) == 1


def _by_snapshots(grant: Grant, role: Role, began: datetime | None) -> datetime | None:
    """An earlier snapshot without the grant: it began later, by the next snapshot, unless we know when."""
    for before in role.earlier:
        if not any(_makes(policy, grant) for policy in before.policies):
            if began is not None and began >= datetime.combine(before.day, time.min, UTC):
                return began
            return datetime.combine(before.next_day, time.max, UTC)
    return began


def _attachments(policy: PolicyInForce, role: Role, changes: Iterable[PolicyChangeEvent]) -> list[datetime]:
    if policy.kind is PolicyKind.INLINE:
        return []
    return [
        c.time
        for c in changes
        if c.event_name == "AttachRolePolicy" and c.role_name == role.name and _is_of(c, policy)
        and role.account in (None, c.account)
    ]  # fmt: skip


def _bounds(role: Role, changes: Iterable[PolicyChangeEvent]) -> list[datetime]:
    """When the permissions boundary was changed: it may have cut until then what it lets through now."""
    boundary = role.boundary.arn if role.boundary is not None else None
    return [
        c.time
        for c in changes
        if role.account in (None, c.account)
        and (
            (c.event_name in BOUNDARY_CHANGES and c.role_name == role.name)
            or (c.event_name in _NEW_TEXT and c.policy == boundary)
        )
    ]


def _versions(policy: PolicyInForce, role: Role, changes: Iterable[PolicyChangeEvent]) -> list[_Version]:
    """All known versions, newest first; the first is the one in force."""
    ours = [c for c in changes if policy.account in (None, c.account) and _concerns(c, policy, role)]
    events = [_Version(began=c.time, policy=c.document) for c in reversed(ours)]
    if policy.arn is None:
        # What a policy without dates said before the first change in the log is not known.
        before = [_Version(began=None, policy=None)] if events else []
        return [_Version(began=events[0].began if events else None, policy=policy.policy), *events[1:], *before]
    earlier = [_Version(began=v.created, policy=v.policy) for v in policy.earlier]
    switched = [c for c in ours if _puts_in_force(c, policy)]
    began = max([t for t in (policy.created, *(c.time for c in switched)) if t is not None], default=None)
    if switched and _is_taken_up_again(switched[-1], policy):
        earlier = [_Version(began=None, policy=None)]
    return [_Version(began=began, policy=policy.policy), *earlier]


def _concerns(change: PolicyChangeEvent, policy: PolicyInForce, role: Role) -> bool:
    if policy.kind is not PolicyKind.INLINE:
        return change.event_name in _NEW_TEXT and _is_of(change, policy)
    if change.event_name != "PutRolePolicy" or change.role_name != role.name:
        return False
    if policy.document is None:
        return change.policy == policy.name
    # A file is named after the policy, or after anything else: what no other file is named after may be it.
    return change.policy not in {other.name for other in role.policies if other is not policy}


def _is_of(change: PolicyChangeEvent, policy: PolicyInForce) -> bool:
    """Whether a change is of a managed policy; where a document does not tell its ARN, of one of its name."""
    if policy.arn is not None:
        return change.policy == policy.arn
    return (change.policy or "").rpartition("/")[2] == policy.name


def _is_taken_up_again(change: PolicyChangeEvent, policy: PolicyInForce) -> bool:
    """Whether a change puts a version in force that is older: another one was in force before, which is not told."""
    is_new = policy.created is not None and change.time - policy.created < _AT_ONCE
    return change.event_name == "SetDefaultPolicyVersion" and not is_new


def _puts_in_force(change: PolicyChangeEvent, policy: PolicyInForce) -> bool:
    """Whether a change may have made the version in force the default; the event of a new version may not tell."""
    if change.event_name == "SetDefaultPolicyVersion":
        return True
    return change.document is None or change.document.statements == policy.policy.statements


def _version_began(grant: Grant, versions: Sequence[_Version]) -> datetime | None:
    """When the grant appeared: the start of the oldest version in an unbroken row that makes it."""
    began = versions[0].began
    for older in versions[1:]:
        if older.policy is None or not _makes(older.policy, grant):
            break
        began = older.began
    return began


def _makes(policy: Policy, grant: Grant) -> bool:
    """Whether a policy made a grant, and denied none of it that is not denied now."""
    wanted = grant.ref.statement
    denied = [_content(s) for s in grant.ref.policy.policy.statements if s.effect == "Deny"]
    if any(
        s.effect == "Deny" and names_action(s, grant.action) and _content(s) not in denied for s in policy.statements
    ):
        return False
    return any(
        s.effect == "Allow" and _grants_action(s, grant.action) and _covers_resources(s, wanted)
        and s.conditions == wanted.conditions
        for s in policy.statements
    )  # fmt: skip


def _content(statement: Statement) -> Statement:
    """What it says, wherever it stands and whatever it is called."""
    return replace(statement, index=0, sid=None)


def _grants_action(statement: Statement, action: str) -> bool:
    if statement.not_actions:
        return not any(action_included(action, pattern) for pattern in statement.not_actions)
    return any(action_included(action, pattern) for pattern in statement.actions)


def _covers_resources(statement: Statement, wanted: Statement) -> bool:
    if statement.not_resources or wanted.not_resources:
        return statement.not_resources == wanted.not_resources
    return all(
        any(resource_included(resource, pattern) for pattern in statement.resources) for resource in wanted.resources
    )
