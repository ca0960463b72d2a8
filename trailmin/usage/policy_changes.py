"""Changes to IAM policies that the log shows: since when a grant has been in force (DESIGN 6)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trailmin.errors import PolicyError
from trailmin.policy import Policy, parse_policy
from trailmin.trail import decode_json

BOUNDARY_CHANGES = frozenset({"DeleteRolePermissionsBoundary", "PutRolePermissionsBoundary"})

POLICY_CHANGES = BOUNDARY_CHANGES | {
    "PutRolePolicy", "AttachRolePolicy", "CreatePolicyVersion", "SetDefaultPolicyVersion",
}  # fmt: skip
"""Events of iam.amazonaws.com that put a grant into force, or let it through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChangeEvent:
    """One successful change to a policy of a role."""

    time: datetime
    account: str | None
    event_name: str
    role_name: str | None
    policy: str | None
    """The name of an inline policy, the ARN of a managed one."""
    document: Policy | None
    """The new text, where the event carries one that can be read."""


def policy_change(time: datetime, account: str | None, event_name: str, parameters: str | None) -> PolicyChangeEvent:
    """Return what one event changed; `parameters` is the JSON text of its request parameters."""
    fields = _fields(parameters)
    return PolicyChangeEvent(
        time=time,
        account=account,
        event_name=event_name,
        role_name=_text(fields.get("roleName")),
        policy=_text(fields.get("policyName")) or _text(fields.get("policyArn")),
        document=_document(fields.get("policyDocument")),
    )


def in_order(changes: Iterable[PolicyChangeEvent]) -> tuple[PolicyChangeEvent, ...]:
    """Return the changes oldest first; a later one in the same millisecond stays later."""
    return tuple(sorted(changes, key=lambda c: c.time))


def _fields(parameters: str | None) -> Mapping[str, Any]:
    try:
        given = decode_json(parameters) if parameters else None
    except ValueError:
        return {}
    return given if isinstance(given, Mapping) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _document(text: object) -> Policy | None:
    if not isinstance(text, str):
        return None
    try:
        return parse_policy(text)
    except PolicyError:
        return None
