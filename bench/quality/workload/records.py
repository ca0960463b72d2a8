"""CloudTrail records of calls. Source of fields and order: AWS CloudTrail User Guide, "CloudTrail record contents"."""

import random
from datetime import datetime
from typing import Any

from bench.quality.workload.model import Call, DrawnRole, Json
from bench.quality.workload.operations import Operation, operation_named

_AGENTS = {
    "lambda": "Boto3/1.40.12 md/Botocore#1.40.12 os/linux#5.10 lang/python#3.13.5 exec-env/AWS_Lambda_python3.13",
    "oidc": "aws-sdk-nodejs/2.1692.0 linux/v20.19.4 configure-aws-credentials-for-github-actions promise",
    "account": "aws-cli/2.31.4 md/awscrt#0.27.6 ua/2.1 os/linux#6.8.0 md/arch#x86_64 lang/python#3.13.7",
}
_SDK = "aws-sdk-java/2.33.1 md/io#sync md/http#Apache ua/2.1 os/Linux#5.10 lang/java#21.0.8"


def record_of(call: Call, role: DrawnRole, rng: random.Random) -> Json:
    """Return the record that a call leaves in its account's trail."""
    operation = operation_named(call.operation)
    arguments = role.account.arguments(call.arguments)
    identity = _session(role, call.session, call.moment)
    service = operation.invoked_by
    if service:
        identity["invokedBy"] = service
    record: Json = {
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": _time(call.moment),
        "eventSource": f"{operation.source}.amazonaws.com",
        "eventName": operation.name,
        "awsRegion": operation.region.format_map(arguments),
        "sourceIPAddress": service or f"10.0.{rng.randrange(256)}.{rng.randrange(256)}",
        "userAgent": service or _AGENTS.get(role.workload.service, _SDK),
    }
    if call.error is not None:
        record |= {"errorCode": call.error[0], "errorMessage": call.error[1]}
    return (
        record
        | {"requestParameters": _fill(operation.parameters, arguments), "responseElements": None}
        | _tail(operation, arguments, rng)
    )


def management_record(account: str, region: str, moment: datetime, rng: random.Random, **given: Any) -> Json:
    """Return a record of a caller that is no role of the world: identity and call are given."""
    return {
        "eventVersion": "1.11",
        "eventTime": _time(moment),
        "awsRegion": region,
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.31.4",
        "responseElements": None,
        "requestID": _uuid(rng),
        "eventID": _uuid(rng),
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
        **given,
    }


def _session(role: DrawnRole, session: str, moment: datetime) -> Json:
    number = role.account.number
    return {
        "type": "AssumedRole",
        "principalId": f"AROA{role.name.upper()[:12]}:{session}",
        "arn": f"arn:aws:sts::{number}:assumed-role/{role.name}/{session}",
        "accountId": number,
        "accessKeyId": f"ASIA{moment:%Y%m%d%H}EXAMPLE",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": f"AROA{role.name.upper()[:12]}",
                "arn": role.arn,
                "accountId": number,
                "userName": role.name,
            },
            "attributes": {"creationDate": f"{moment:%Y-%m-%dT%H}:00:00Z", "mfaAuthenticated": "false"},
        },
    }


def _tail(operation: Operation, arguments: dict[str, str], rng: random.Random) -> Json:
    is_data = operation.data_type is not None
    tail: Json = {"requestID": _uuid(rng), "eventID": _uuid(rng), "readOnly": operation.read_only}
    if operation.listed:
        tail["resources"] = [
            {"accountId": arguments["account"], **({"type": kind} if kind else {}), "ARN": arn.format_map(arguments)}
            for kind, arn in operation.listed
        ]
    return tail | {
        "eventType": "AwsApiCall",
        "managementEvent": not is_data,
        "recipientAccountId": arguments["account"],
        "eventCategory": "Data" if is_data else "Management",
    }


def _fill(template: Any, arguments: dict[str, str]) -> Any:
    if isinstance(template, str):
        return template.format_map(arguments)
    if isinstance(template, dict):
        return {key: _fill(value, arguments) for key, value in template.items()}
    if isinstance(template, list):
        return [_fill(value, arguments) for value in template]
    return template


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _uuid(rng: random.Random) -> str:
    text = f"{rng.getrandbits(128):032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
