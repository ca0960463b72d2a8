"""Amazon EC2 reads, in the wire form in which CloudTrail has their parameters (`instancesSet.items[]`)."""

from sample_logs.accounts import Json
from sample_logs.record import Call


def describe_instances(region: str, instance: str | None = None) -> Call:
    """Return a description of one instance, or of all."""
    instances: Json = {"items": [{"instanceId": instance}]} if instance else {}
    return _describe(region, "DescribeInstances", {"instancesSet": instances, "filterSet": {}})


def describe_tags(region: str, instance: str) -> Call:
    """Return a reading of an instance's tags."""
    items = [{"name": "resource-id", "valueSet": {"items": [{"value": instance}]}}]
    return _describe(region, "DescribeTags", {"filterSet": {"items": items}})


def describe(region: str, name: str) -> Call:
    """Return another Describe call without parameters."""
    return _describe(region, name, {})


def _describe(region: str, name: str, parameters: Json) -> Call:
    return Call(source="ec2", name=name, region=region, read_only=True, parameters=parameters)
