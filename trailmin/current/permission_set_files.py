"""`permission-sets.json` of a snapshot: what IAM Identity Center says of permission sets.

Made of outputs of the AWS CLI (`aws sso-admin …`), joined in one object: `Instances` of `list-instances`, and in
`PermissionSets` for each permission set the members of `describe-permission-set`,
`get-inline-policy-for-permission-set`, `list-managed-policies-in-permission-set`,
`list-customer-managed-policy-references-in-permission-set`, `get-permissions-boundary-for-permission-set` and
`list-accounts-for-provisioned-permission-set`, beside the `InstanceArn` that they were asked with.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from trailmin.current.model import ManagedPolicyOfSet, PermissionSet, PolicyInForce, PolicyKind
from trailmin.policy import parse_policy

PERMISSION_SETS = "permission-sets.json"

ROLE_PREFIX = "AWSReservedSSO_"
"""Of the roles that permission sets are provisioned as: prefix, name of the set, `_` and 16 hexadecimal digits."""

INLINE_POLICY_NAME = "AwsSSOInlinePolicy"
"""What a permission set's inline policy is called on its roles; on the permission set it has no name."""


def read_permission_sets(output: Mapping[str, Any]) -> Iterator[PermissionSet]:
    """Yield the permission sets that a parsed `permission-sets.json` tells of.

    Raises:
        KeyError, TypeError, ValueError: It has not the shape that the AWS CLI gives it.
        PolicyError: An inline policy is not a policy.
    """
    owners = {one["InstanceArn"]: one.get("OwnerAccountId") for one in output["Instances"]}
    for entry in output["PermissionSets"]:
        yield _permission_set(entry, owners.get(entry["InstanceArn"]))


def _permission_set(entry: Mapping[str, Any], owner: str | None) -> PermissionSet:
    described = entry["PermissionSet"]
    name, accounts = str(described["Name"]), entry.get("AccountIds")
    managed = [_of_arn(one["Arn"]) for one in entry.get("AttachedManagedPolicies", ())]
    managed += [_reference(one) for one in entry.get("CustomerManagedPolicyReferences", ())]
    return PermissionSet(
        name=name,
        arn=described["PermissionSetArn"],
        instance_arn=entry["InstanceArn"],
        account=owner,
        accounts=tuple(sorted({str(account) for account in accounts})) if accounts is not None else None,
        created=_time(described.get("CreatedDate")),
        inline=_inline(name, entry.get("InlinePolicy")),
        managed=tuple(managed),
        boundary=_boundary(entry.get("PermissionsBoundary")),
    )


def role_name_of(permission_set: str) -> str:
    """Return what stands for the roles of a permission set: their names without the digits that differ."""
    return f"{ROLE_PREFIX}{permission_set}"


def _inline(permission_set: str, text: str | None) -> PolicyInForce | None:
    """The inline policy; a permission set without one has an empty text."""
    if not text:
        return None
    return PolicyInForce(
        kind=PolicyKind.INLINE,
        name=INLINE_POLICY_NAME,
        account=None,
        arn=None,
        role_name=role_name_of(permission_set),
        policy=parse_policy(text, origin=f"inline policy of permission set {permission_set}"),
        text=text,
    )


def _of_arn(arn: str) -> ManagedPolicyOfSet:
    path, _, name = arn.partition(":policy")[2].rpartition("/")
    return ManagedPolicyOfSet(name=name, path=f"{path}/", arn=arn)


def _reference(entry: Mapping[str, Any]) -> ManagedPolicyOfSet:
    return ManagedPolicyOfSet(name=entry["Name"], path=entry.get("Path") or "/")


def _boundary(entry: Mapping[str, Any] | None) -> ManagedPolicyOfSet | None:
    if not entry:
        return None
    arn, reference = entry.get("ManagedPolicyArn"), entry.get("CustomerManagedPolicyReference")
    return _of_arn(arn) if arn else _reference(reference) if reference else None


def _time(value: str | float | None) -> datetime | None:
    """The AWS CLI prints ISO 8601; the API's own JSON has seconds."""
    if value is None:
        return None
    if isinstance(value, (int, float)):
        return datetime.fromtimestamp(value, UTC)
    time = datetime.fromisoformat(value)
    return time.astimezone(UTC) if time.tzinfo is not None else time.replace(tzinfo=UTC)
