"""Stacks of CloudFormation asked of AWS itself: what a file beside a template would tell.

Source: CloudFormation API reference, DescribeStacks and ListStackResources (DescribeStackResources stops at a hundred).
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from trailmin.current.live import REFUSED, find_accounts
from trailmin.current.live_clients import assumed, clients_of, reason_of
from trailmin.current.live_request import LiveRequest
from trailmin.errors import CurrentError

STACK_PERMISSIONS = ("cloudformation:DescribeStacks", "cloudformation:ListStackResources")
"""Each can be granted on the stack alone: `arn:aws:cloudformation:*:*:stack/NAME/*`."""


def fetch_stacks(request: LiveRequest) -> tuple[Mapping[str, object], ...]:
    """Return the stacks that are asked for, in the form of `describe-stacks` and `describe-stack-resources` together.

    A name is looked for in each account of the request and each of its regions (none: the profile's), an ARN where it
    says. Of a stack, what it is, its parameters and its resources are kept; values that it hides stay hidden.

    Raises:
        CurrentError: A stack is not found, or AWS refuses.
    """
    found: dict[str, Mapping[str, Any]] = {}
    for stack in request.stacks:
        told = list(_found(request, stack))
        if not told:
            raise CurrentError(
                f"there is no stack {stack}",
                hint="give its ARN, or name its region and account: [aws] regions, accounts",
            )
        found |= {str(one["Stacks"][0]["StackId"]): one for one in told}
    return tuple(found[arn] for arn in sorted(found))


def _found(request: LiveRequest, stack: str) -> Iterator[Mapping[str, Any]]:
    match stack.split(":"):
        case ["arn", _, "cloudformation", its_region, its_account, _]:
            access = replace(request.access, region=its_region)
            request = replace(
                request, access=access, accounts=(its_account,), organization=False, regions=(its_region,)
            )
    regions: tuple[str | None, ...] = request.regions or (None,)
    for account, role in find_accounts(request).items():
        try:
            clients = clients_of(assumed(request.access, role, request.external_id) if role else request.access)
            for region in regions:
                if (told := _stack(clients("cloudformation", region), stack)) is not None:
                    yield told
        except REFUSED as error:
            raise CurrentError(
                f"AWS does not tell of the stack {stack} of account {account}: {reason_of(error)}",
                hint=f"allow {' and '.join(STACK_PERMISSIONS)} on it",
            ) from error


def _stack(client: Any, name: str) -> Mapping[str, Any] | None:
    try:
        (stack,) = client.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        # AWS's own answer for a stack that is not there.
        if error.response["Error"]["Code"] == "ValidationError":
            return None
        raise
    told = {"StackName": stack["StackName"], "StackId": stack["StackId"]}
    resources = [
        {**told, **{part: one[part] for part in _KEPT if part in one}}
        for page in client.get_paginator("list_stack_resources").paginate(StackName=stack["StackId"])
        for one in page["StackResourceSummaries"]
    ]
    return {
        "Stacks": [{**told, "Parameters": stack.get("Parameters", [])}],
        "StackResources": sorted(resources, key=lambda one: str(one["LogicalResourceId"])),
    }


_KEPT = ("LogicalResourceId", "PhysicalResourceId", "ResourceType")
