"""AWS Systems Manager as its agent calls it from an instance: all management events.

The agent's channels (`ssmmessages`) are data events of their own type, and `ec2messages` leaves no event:
neither can be in the log of a trail that does not select them.
Source: AWS Systems Manager User Guide, "Logging AWS Systems Manager API calls with AWS CloudTrail".
"""

from sample_logs.accounts import Json
from sample_logs.record import Call


def update_instance_information(region: str, instance: str) -> Call:
    """Return the agent's heartbeat."""
    parameters = {
        "instanceId": instance,
        "agentVersion": "3.3.2746.0",
        "platformType": "Linux",
        "agentName": "amazon-ssm-agent",
    }
    return Call(source="ssm", name="UpdateInstanceInformation", region=region, read_only=False, parameters=parameters)


def list_instance_associations(region: str, account: str, instance: str) -> Call:
    """Return the agent's question what to apply."""
    return Call(
        source="ssm",
        name="ListInstanceAssociations",
        region=region,
        read_only=True,
        parameters={"instanceId": instance, "maxResults": 20},
        resources=(_instance(region, account, instance),),
    )


def put_inventory(region: str, account: str, instance: str) -> Call:
    """Return the agent's report of what is installed."""
    items = [
        {"typeName": "AWS:Application", "schemaVersion": "1.1"},
        {"typeName": "AWS:Network", "schemaVersion": "1.0"},
    ]
    inventory = f"arn:aws:ssm:{region}:{account}:managed-instance-inventory/{instance}"
    return Call(
        source="ssm",
        name="PutInventory",
        region=region,
        read_only=False,
        parameters={"instanceId": instance, "items": items},
        resources=(_instance(region, account, instance), {"accountId": account, "ARN": inventory}),
    )


def _instance(region: str, account: str, instance: str) -> Json:
    return {"accountId": account, "ARN": f"arn:aws:ec2:{region}:{account}:instance/{instance}"}
