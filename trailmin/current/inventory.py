"""What else a snapshot lists of an account: the VPCs of its endpoints, the tags of its resources.

Source of the shapes: AWS CLI reference, `ec2 describe-vpc-endpoints` and `resourcegroupstaggingapi get-resources`.
"""

from collections.abc import Iterator, Mapping
from typing import Any


def vpc_endpoints(output: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the id of each endpoint with the id of its VPC.

    Raises:
        KeyError, TypeError, AttributeError: It has another form.
    """
    for entry in output["VpcEndpoints"]:
        yield str(entry["VpcEndpointId"]), str(entry["VpcId"])


def resource_tags(output: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield the ARN of each resource with its tags.

    Raises:
        KeyError, TypeError, AttributeError: It has another form.
    """
    for entry in output["ResourceTagMappingList"]:
        yield str(entry["ResourceARN"]), parse_tags(entry.get("Tags"))


def parse_tags(entries: Any) -> Mapping[str, str]:
    """Return tags by their keys, from a list of `Key` and `Value`.

    Raises:
        KeyError, TypeError: It has another form.
    """
    return {str(tag["Key"]): str(tag["Value"]) for tag in entries or ()}
