"""The tags of an account's resources, asked of AWS itself (`resourcegroupstaggingapi`), region by region."""

from collections.abc import Iterator, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from trailmin.errors import CurrentError


def fetch_tags(clients: Sequence[Any]) -> dict[str, Any]:
    """Return the output of `aws resourcegroupstaggingapi get-resources` of all regions, sorted by ARN.

    Args:
        clients: boto3's for `resourcegroupstaggingapi`, one a region.

    Raises:
        CurrentError: AWS refuses; the hint names the permission.
    """
    try:
        found = {entry["ResourceARN"]: entry for client in clients for entry in _entries(client)}
    except (ClientError, BotoCoreError) as error:
        raise CurrentError(
            f"AWS does not tell the tags: {error}", hint="log in to AWS or name a profile, and allow tag:GetResources"
        ) from error
    entries = [{"ResourceARN": arn, "Tags": _sorted(found[arn]["Tags"])} for arn in sorted(found)]
    return {"ResourceTagMappingList": entries}


def _entries(client: Any) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator("get_resources").paginate():
        yield from page["ResourceTagMappingList"]


def _sorted(tags: list[dict[str, str]]) -> list[dict[str, str]]:
    return sorted(({"Key": tag["Key"], "Value": tag["Value"]} for tag in tags), key=lambda tag: tag["Key"])
