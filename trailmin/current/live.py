"""The state in force asked of AWS itself, as the files of a snapshot: account by account, by assumed roles.

What AWS does not tell is told, and leaves a file out: what is missing is unknown, never assumed. An account whose
authorization details cannot be had is left out whole; the others go on.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from trailmin.current.live_clients import assumed, clients_of, reason_of
from trailmin.current.live_permission_sets import PERMISSION_SET_ACTIONS, fetch_permission_sets
from trailmin.current.live_request import LiveRequest
from trailmin.current.live_resource_policies import POLICY_ACTIONS, fetch_resource_policies
from trailmin.current.live_tags import fetch_tags
from trailmin.current.permission_set_files import PERMISSION_SETS
from trailmin.errors import CurrentError

PERMISSIONS = {
    "authorization-details.json": ("iam:GetAccountAuthorizationDetails",),
    "trails.json": ("cloudtrail:DescribeTrails",),
    "event-selectors.json": ("cloudtrail:GetEventSelectors",),
    "functions.json": ("lambda:ListFunctions",),
    "event-source-mappings.json": ("lambda:ListEventSourceMappings",),
    "vpc-endpoints.json": ("ec2:DescribeVpcEndpoints",),
    "tags.json": ("tag:GetResources",),
    "the regions": ("ec2:DescribeRegions",),
    "organization.json": ("organizations:DescribeOrganization", "organizations:ListAccounts"),
    PERMISSION_SETS: PERMISSION_SET_ACTIONS,
    "resource-policies": POLICY_ACTIONS,
}
"""File or folder of a snapshot to the actions that it takes, each on `*`: most cannot be granted on less, and all
trails, permission sets and resources with a policy are asked for. The regions are where none are named."""

_AT_ONCE = 8
"""Accounts that are asked at a time; each waits for AWS most of the time."""

_FUNCTION_FIELDS = ("FunctionName", "FunctionArn", "Role", "LoggingConfig")
"""Environment variables, which may hold secrets, are not among them."""

REFUSED = (ClientError, BotoCoreError)
"""What boto3 raises where AWS refuses or cannot be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveAccount:
    """What one account told."""

    account: str
    files: Mapping[str, object] = field(default_factory=dict)
    """Path of a file of a snapshot to its JSON; empty where the account is left out."""
    missing: tuple[str, ...] = ()
    """What it did not tell, and why."""


def fetch_accounts(request: LiveRequest) -> tuple[LiveAccount, ...]:
    """Return what AWS tells of accounts, by account id.

    Raises:
        CurrentError: There are no credentials, or the organization's accounts cannot be listed.
    """
    roles = find_accounts(request)
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        asked = [pool.submit(_fetch_account, request, account, role) for account, role in roles.items()]
        return tuple(one.result() for one in asked)


def find_accounts(request: LiveRequest) -> dict[str, str | None]:
    """Return the accounts to ask, sorted, each with the ARN of the role to assume there; None: as who asks.

    Raises:
        CurrentError: There are no credentials, the organization's accounts cannot be listed, or no role is named.
    """
    try:
        clients = clients_of(request.access)
        caller = clients("sts", None).get_caller_identity()
        accounts = _accounts(request, clients, str(caller["Account"]))
    except REFUSED as error:
        raise CurrentError(
            f"AWS does not tell which accounts there are: {reason_of(error)}",
            hint="log in to AWS or name a profile, with a region (AWS_DEFAULT_REGION); for an organization allow "
            "organizations:ListAccounts",
        ) from error
    foreign = [account for account in accounts if account != caller["Account"]]
    if foreign and request.assume_role_name is None:
        raise CurrentError(
            f"account {foreign[0]} is not that of the credentials",
            hint="name a role to assume in each account: --assume-role-name, or [aws] assume_role_name",
        )
    partition = str(caller["Arn"]).split(":")[1]
    return {
        account: f"arn:{partition}:iam::{account}:role/{request.assume_role_name}" if account in foreign else None
        for account in accounts
    }


def _accounts(request: LiveRequest, clients: Callable[[str, str | None], Any], own: str) -> tuple[str, ...]:
    listed = _active_accounts(clients("organizations", None)) if request.organization else ()
    return tuple(sorted({*request.accounts, *listed} or {own}))


def _active_accounts(client: Any) -> Iterator[str]:
    for page in client.get_paginator("list_accounts").paginate():
        yield from (str(one["Id"]) for one in page["Accounts"] if one.get("Status", "ACTIVE") == "ACTIVE")


def _fetch_account(request: LiveRequest, account: str, role: str | None) -> LiveAccount:
    try:
        clients = clients_of(assumed(request.access, role, request.external_id) if role else request.access)
        details = _authorization_details(clients("iam", None))
    except REFUSED as error:
        return LiveAccount(account=account, missing=(f"account {account}: {reason_of(error)}; it is left out",))
    regions, unknown = _regions_of(clients, request.regions)
    files: dict[str, object] = {"authorization-details.json": details}
    missing = [f"account {account}: {unknown}"] if unknown else []
    beside = {**_BESIDE, PERMISSION_SETS: lambda *_: fetch_permission_sets(clients, account, regions)}
    for name, fetch in beside.items() if regions else ():
        try:
            found = fetch(clients, regions, files)
        except (*REFUSED, CurrentError) as error:
            needed = " and ".join(PERMISSIONS[name])
            missing.append(f"account {account}: {name} is not known ({needed}): {reason_of(error)}")
        else:
            if found is not None:
                files[name] = _plain(found)
    if regions and request.resource_policies:
        told = fetch_resource_policies(clients, regions)
        files |= {name: _plain(output) for name, output in told.files.items()}
        missing += [f"account {account}: {text}" for text in told.missing]
    return LiveAccount(account=account, files=files, missing=tuple(missing))


def _regions_of(clients: "_Clients", named: tuple[str, ...]) -> tuple[tuple[str, ...], str | None]:
    """The regions to ask in, and why they are not known."""
    if named:
        return named, None
    try:
        found = clients("ec2", None).describe_regions(AllRegions=False)["Regions"]
    except REFUSED as error:
        return (), f"nothing but roles is known (ec2:DescribeRegions, or name the regions): {reason_of(error)}"
    return tuple(sorted(region["RegionName"] for region in found)), None


_Clients = Callable[[str, str | None], Any]
_Regions = Sequence[str]


def _authorization_details(client: Any) -> object:
    """The pages of `aws iam get-account-authorization-details` as one."""
    whole: dict[str, list[Any]] = {
        name: [] for name in ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
    }
    for page in client.get_paginator("get_account_authorization_details").paginate():
        for name, entries in whole.items():
            entries.extend(page.get(name, ()))
    return _plain({name: sorted(entries, key=lambda entry: str(entry["Arn"])) for name, entries in whole.items()})


def _trails(clients: _Clients, regions: _Regions, _files: Mapping[str, object]) -> object:
    found = {
        trail["TrailARN"]: trail
        for region in regions
        for trail in clients("cloudtrail", region).describe_trails()["trailList"]
    }
    return {"trailList": [found[arn] for arn in sorted(found)]}


def _event_selectors(clients: _Clients, _regions: _Regions, files: Mapping[str, Any]) -> object | None:
    if "trails.json" not in files:
        return None
    return [
        _without_metadata(clients("cloudtrail", trail["HomeRegion"]).get_event_selectors(TrailName=trail["TrailARN"]))
        for trail in files["trails.json"]["trailList"]
    ]


def _functions(clients: _Clients, regions: _Regions, _files: Mapping[str, object]) -> object:
    entries = _listed(clients, regions, "lambda", "list_functions", "Functions", "FunctionArn")
    return {"Functions": [{name: one[name] for name in _FUNCTION_FIELDS if name in one} for one in entries]}


def _mappings(clients: _Clients, regions: _Regions, _files: Mapping[str, object]) -> object:
    name = "EventSourceMappings"
    return {name: _listed(clients, regions, "lambda", "list_event_source_mappings", name, "UUID")}


def _vpc_endpoints(clients: _Clients, regions: _Regions, _files: Mapping[str, object]) -> object:
    name = "VpcEndpoints"
    return {name: _listed(clients, regions, "ec2", "describe_vpc_endpoints", name, "VpcEndpointId")}


def _tags(clients: _Clients, regions: _Regions, _files: Mapping[str, object]) -> object:
    return fetch_tags([clients("resourcegroupstaggingapi", region) for region in regions])


def _organization(clients: _Clients, _regions: _Regions, _files: Mapping[str, object]) -> object | None:
    client = clients("organizations", None)
    try:
        organization = client.describe_organization()["Organization"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "AWSOrganizationsNotInUseException":
            return None
        raise
    accounts = [{"Id": account} for account in sorted(_active_accounts(client))]
    return {"Organization": organization, "Accounts": accounts}


_BESIDE: Mapping[str, Callable[[_Clients, _Regions, Mapping[str, Any]], object | None]] = {
    "trails.json": _trails,
    "event-selectors.json": _event_selectors,
    "functions.json": _functions,
    "event-source-mappings.json": _mappings,
    "vpc-endpoints.json": _vpc_endpoints,
    "tags.json": _tags,
    "organization.json": _organization,
}
"""In the order in which they are asked: selectors are those of the trails that were found."""


def _listed(clients: _Clients, regions: _Regions, service: str, operation: str, key: str, identity: str) -> list[Any]:
    """All entries of a paged operation in all regions, by identity."""
    found = [
        entry
        for region in regions
        for page in clients(service, region).get_paginator(operation).paginate()
        for entry in page[key]
    ]
    return sorted(found, key=lambda entry: str(entry[identity]))


def _without_metadata(answer: Mapping[str, object]) -> Mapping[str, object]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def _plain(value: object) -> object:
    """As the AWS CLI prints it: times as ISO 8601."""
    return json.loads(json.dumps(value, default=_time))


def _time(value: datetime) -> str:
    return value.isoformat()
