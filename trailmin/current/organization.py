"""`organization.json` of a snapshot: the organization of the account, and the service control policies in it.

Made of outputs of the AWS CLI (`aws organizations …`), joined in one object: `describe-organization` as it is;
`Accounts` of `list-accounts`; `Policies`, for each service control policy of `list-policies` the `Policy` of
`describe-policy` beside the `Targets` of `list-targets-for-policy`; `Parents`, for each account the `Parents` of
`list-parents`: of the account first, then of each parent up to the root.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from trailmin.current.resource_policy import ControlPolicy, Organization
from trailmin.policy import parse_policy

_KIND = "SERVICE_CONTROL_POLICY"


def read_organization(output: Mapping[str, Any]) -> Iterator[Organization]:
    """Yield the one organization that a parsed `organization.json` tells of.

    Raises:
        KeyError, TypeError, ValueError: It has not the shape that the AWS CLI gives it.
        PolicyError: The content of a policy is not one.
    """
    organization, accounts = output["Organization"], output.get("Accounts")
    yield Organization(
        id=organization["Id"],
        accounts=frozenset(str(one["Id"]) for one in accounts) if accounts is not None else None,
        management_account=organization.get("MasterAccountId"),
        control_policies=tuple(sorted(_control_policies(output), key=lambda one: one.name)),
        parents={
            account: tuple(parent["Id"] for parent in parents) for account, parents in output.get("Parents", {}).items()
        },
    )


def _control_policies(output: Mapping[str, Any]) -> Iterator[ControlPolicy]:
    for entry in output.get("Policies", ()):
        summary = entry["Policy"]["PolicySummary"]
        if summary["Type"] != _KIND:
            continue
        name = summary["Name"]
        yield ControlPolicy(
            name=name,
            policy=parse_policy(entry["Policy"]["Content"], origin=f"service control policy {name}", kind="scp"),
            targets=frozenset(target["TargetId"] for target in entry["Targets"]),
            is_on_root=any(target["Type"] == "ROOT" for target in entry["Targets"]),
        )
