"""Permission sets asked of IAM Identity Center, as `permission-sets.json` of a snapshot has them.

The management account and a delegated administrator may ask; to a member account the instance is visible, and its
permission sets are not.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from botocore.exceptions import ClientError

PERMISSION_SET_ACTIONS = (
    "sso:ListInstances",
    "sso:ListPermissionSets",
    "sso:DescribePermissionSet",
    "sso:GetInlinePolicyForPermissionSet",
    "sso:ListManagedPoliciesInPermissionSet",
    "sso:ListCustomerManagedPolicyReferencesInPermissionSet",
    "sso:GetPermissionsBoundaryForPermissionSet",
    "sso:ListAccountsForProvisionedPermissionSet",
)
"""The permissions that it takes."""

_NOT_THERE = "ResourceNotFoundException"
_NOT_OURS = "AccessDeniedException"


def fetch_permission_sets(
    client_of: Callable[[str, str | None], Any], account: str, regions: Sequence[str]
) -> dict[str, Any] | None:
    """Return all permission sets of the instances that an account administers; None where it administers none.

    Args:
        client_of: Makes boto3's client of a service in a region.
        account: That is asked.
        regions: Where an instance may be; it is in one.

    Raises:
        ClientError: AWS refuses the owner of an instance, or to say which instances there are.
        BotoCoreError: AWS cannot be asked.
    """
    instances: list[Any] = []
    found: list[dict[str, Any]] = []
    for region in regions:
        client = client_of("sso-admin", region)
        for instance in _pages(client, "list_instances", "Instances"):
            try:
                arns = list(
                    _pages(client, "list_permission_sets", "PermissionSets", InstanceArn=instance["InstanceArn"])
                )
            except ClientError as error:
                if instance.get("OwnerAccountId") == account or error.response["Error"]["Code"] != _NOT_OURS:
                    raise
                continue
            instances.append(instance)
            found += [_told(client, {"InstanceArn": instance["InstanceArn"], "PermissionSetArn": arn}) for arn in arns]
    if not instances:
        return None
    return {
        "Instances": sorted(instances, key=lambda one: str(one["InstanceArn"])),
        "PermissionSets": sorted(found, key=lambda one: str(one["PermissionSet"]["PermissionSetArn"])),
    }


def _told(client: Any, asked: dict[str, str]) -> dict[str, Any]:
    """What there is to know of one permission set."""
    references = "list_customer_managed_policy_references_in_permission_set"
    return {
        "InstanceArn": asked["InstanceArn"],
        "PermissionSet": client.describe_permission_set(**asked)["PermissionSet"],
        "InlinePolicy": client.get_inline_policy_for_permission_set(**asked).get("InlinePolicy", ""),
        "AttachedManagedPolicies": list(
            _pages(client, "list_managed_policies_in_permission_set", "AttachedManagedPolicies", **asked)
        ),
        "CustomerManagedPolicyReferences": list(_pages(client, references, "CustomerManagedPolicyReferences", **asked)),
        "PermissionsBoundary": _boundary(client, asked),
        "AccountIds": sorted(_pages(client, "list_accounts_for_provisioned_permission_set", "AccountIds", **asked)),
    }


def _boundary(client: Any, asked: dict[str, str]) -> dict[str, Any] | None:
    try:
        answer = client.get_permissions_boundary_for_permission_set(**asked)
    except ClientError as error:
        if error.response["Error"]["Code"] == _NOT_THERE:
            return None
        raise
    boundary: dict[str, Any] | None = answer.get("PermissionsBoundary")
    return boundary


def _pages(client: Any, operation: str, key: str, **asked: str) -> Iterator[Any]:
    for page in client.get_paginator(operation).paginate(**asked):
        yield from page.get(key, ())
