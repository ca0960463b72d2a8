"""Since when a grant has been in force (DESIGN 6): dates of the role and of policy versions, changes, snapshots."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from trailmin.current import PolicyInForce, Role
from trailmin.policy import Policy, Statement, action_included, resource_included
from trailmin.synth.grants import Grant
from trailmin.usage import PolicyChangeEvent


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
    if policy.arn is None:
        return []
    return [
        c.time
        for c in changes
        if c.event_name == "AttachRolePolicy" and c.role_name == role.name and c.policy == policy.arn
        and role.account in (None, c.account)
    ]  # fmt: skip


def _versions(policy: PolicyInForce, role: Role, changes: Iterable[PolicyChangeEvent]) -> list[_Version]:
    """All known versions, newest first; the first is the one in force."""
    ours = [c for c in changes if policy.account in (None, c.account) and _concerns(c, policy, role)]
    events = [_Version(began=c.time, policy=c.document) for c in reversed(ours)]
    if policy.arn is None:
        # What an inline policy said before the first change in the log is not known.
        before = [_Version(began=None, policy=None)] if events else []
        return [_Version(began=events[0].began if events else None, policy=policy.policy), *events[1:], *before]
    earlier = [_Version(began=v.created, policy=v.policy) for v in policy.earlier]
    switched = [c.time for c in ours if _puts_in_force(c, policy)]
    began = max([t for t in (policy.created, *switched) if t is not None], default=None)
    return [_Version(began=began, policy=policy.policy), *earlier]


def _concerns(change: PolicyChangeEvent, policy: PolicyInForce, role: Role) -> bool:
    if policy.arn is None:
        return change.event_name == "PutRolePolicy" and (change.role_name, change.policy) == (role.name, policy.name)
    return change.event_name in {"CreatePolicyVersion", "SetDefaultPolicyVersion"} and change.policy == policy.arn


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
    wanted = grant.ref.statement
    return any(
        s.effect == "Allow" and _grants_action(s, grant.action) and _covers_resources(s, wanted)
        and s.conditions == wanted.conditions
        for s in policy.statements
    )  # fmt: skip


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
