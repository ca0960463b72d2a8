"""One API call and the CloudTrail record that it leaves.

Source of the fields and their order: AWS CloudTrail User Guide, "CloudTrail record contents".
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sample_logs.accounts import Json
from sample_logs.caller import Caller
from sample_logs.chance import Dice

_OLDER_VERSIONS = {"cloudformation": "1.10", "ec2": "1.10", "ssm": "1.10"}
"""Services that write an older version of the record, as services do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What was asked of which service, and what came of it."""

    source: str
    """The label of the event source, such as `s3`."""
    name: str
    region: str
    read_only: bool
    parameters: Json | None = None
    response: Json | None = None
    additional: Json | None = None
    resources: tuple[Json, ...] = ()
    error: tuple[str, str] | None = None
    """Error code and message."""
    is_data: bool = False
    request_id: str | None = None
    host: str | None = None
    """The host name that the client asked; by default the service's own in the region."""
    api_version: str | None = None
    vpc_endpoint: str | None = None

    def failed(self, code: str, message: str) -> "Call":
        """Return the same call, failed: nothing was answered."""
        return replace(self, error=(code, message), response=None)

    def through(self, vpc_endpoint: str) -> "Call":
        """Return the same call, made through a VPC endpoint."""
        return replace(self, vpc_endpoint=vpc_endpoint)


def timestamp(moment: datetime) -> str:
    """Return a moment as `eventTime` has it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def spelled_out(moment: datetime) -> str:
    """Return a moment as times inside parameters and responses have it: `Sep 1, 2026, 6:05:00 AM`."""
    hour = moment.hour % 12 or 12
    return f"{moment:%b} {moment.day}, {moment:%Y}, {hour}:{moment:%M:%S} {'AM' if moment.hour < 12 else 'PM'}"


def to_record(call: Call, caller: Caller, moment: datetime, dice: Dice) -> Json:
    """Return the record of a call in the caller's own account."""
    record: Json = {
        "eventVersion": _OLDER_VERSIONS.get(call.source, "1.11"),
        "userIdentity": caller.identity,
        "eventTime": timestamp(moment),
        "eventSource": f"{call.source}.amazonaws.com",
        "eventName": call.name,
        "awsRegion": call.region,
        "sourceIPAddress": caller.address,
        "userAgent": caller.user_agent,
    }
    if call.error:
        record |= {"errorCode": call.error[0], "errorMessage": call.error[1]}
    record |= {"requestParameters": call.parameters, "responseElements": call.response}
    if call.additional is not None:
        record["additionalEventData"] = call.additional
    record |= {"requestID": call.request_id or dice.uuid(), "eventID": dice.uuid(), "readOnly": call.read_only}
    if call.resources:
        record["resources"] = list(call.resources)
    return record | _tail(call, caller)


def _tail(call: Call, caller: Caller) -> Json:
    tail: Json = {"eventType": "AwsApiCall"}
    if call.api_version:
        tail["apiVersion"] = call.api_version
    tail |= {"managementEvent": not call.is_data, "recipientAccountId": caller.account}
    if call.vpc_endpoint:
        tail |= {"vpcEndpointId": call.vpc_endpoint, "vpcEndpointAccountId": caller.account}
    tail["eventCategory"] = "Data" if call.is_data else "Management"
    if caller.invoked_by is None:
        tail["tlsDetails"] = _tls(call)
    return tail


def _tls(call: Call) -> dict[str, Any]:
    return {
        "tlsVersion": "TLSv1.3",
        "cipherSuite": "TLS_AES_128_GCM_SHA256",
        "clientProvidedHostHeader": call.host or f"{call.source}.{call.region}.amazonaws.com",
    }
