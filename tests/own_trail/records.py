"""CloudTrail's records of requests over HTTP: who asked is told by the access key, which STS gave out before.

Source: AWS CloudTrail User Guide, "CloudTrail record contents"; Amazon S3 User Guide, "Example CloudTrail log file
entries for Amazon S3"; AWS Lambda Developer Guide, "Logging AWS Lambda API calls using AWS CloudTrail".
"""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tests.aws_server import Exchange
from tests.own_trail.operations import Request, parse_request

_EVENT_NAMES = {"ListObjectsV2": "ListObjects"}
"""Operations of S3 that have another name in the log."""

_DATA = {
    "s3": re.compile(r"(Get|Head|Put|Delete|List|Copy)Objects?(V2)?|.*Multipart.*|UploadPart.*"),
    "sqs": re.compile(r"(Send|Receive|Delete)Message(Batch)?|ChangeMessageVisibility(Batch)?"),
}
"""Operations that are data events."""

_READS = ("Get", "Head", "List", "Describe", "Receive", "Assume")

_CODE = re.compile(rb'<Code>(\w+)</Code>|"__type": *"(?:[^"]*#)?(\w+)"')
_KEY = re.compile(rb"<AccessKeyId>([^<]+)</AccessKeyId>")


@dataclass(slots=True)
class Trail:
    """The records of what was asked, in the order of the answers."""

    now: datetime
    """The time that records bear; each is a second later than the one before."""
    roles: dict[str, str] = field(default_factory=dict)
    """Access key to the ARN of the role that it was given to."""
    records: list[dict[str, Any]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def observe(self, exchange: Exchange) -> None:
        """Keep the record of a request."""
        request = parse_request(exchange)
        with self._lock:
            self.now += timedelta(seconds=1)
            self.records.append(self._record(request, exchange))
            if request.operation == "AssumeRole" and (found := _KEY.search(exchange.answer)):
                self.roles[found[1].decode()] = request.parameters["roleArn"]

    def _record(self, request: Request, exchange: Exchange) -> dict[str, Any]:
        role = self.roles[request.access_key]
        account = role.split(":")[4]
        is_data = request.service in _DATA and _DATA[request.service].fullmatch(request.operation) is not None
        return {
            "eventVersion": "1.11",
            "eventTime": f"{self.now:%Y-%m-%dT%H:%M:%SZ}",
            "eventID": str(UUID(int=len(self.records))),
            "eventSource": f"{request.service}.amazonaws.com",
            "eventName": _event_name(request, exchange),
            "eventType": "AwsApiCall",
            "eventCategory": "Data" if is_data else "Management",
            "managementEvent": not is_data,
            "readOnly": request.operation.startswith(
                ("Get", "Head", "List", "Describe", "Lookup", "Receive", "Assume")
            ),
            "awsRegion": request.region,
            "recipientAccountId": account,
            "userIdentity": _identity(role, account),
            "sourceIPAddress": "192.0.2.1",
            "userAgent": exchange.headers.get("user-agent", ""),
            **_what(request, account),
            **_error(exchange),
        }


def _event_name(request: Request, exchange: Exchange) -> str:
    """Lambda's have the version of its API behind them."""
    version = re.match(r"/(\d{4})-(\d\d)-(\d\d)/", exchange.path)
    if request.service == "lambda" and version is not None:
        return request.operation + "".join(version.groups())
    return _EVENT_NAMES.get(request.operation, request.operation)


def _identity(role: str, account: str) -> dict[str, Any]:
    name = role.rpartition("/")[2]
    return {
        "type": "AssumedRole",
        "accountId": account,
        "arn": f"arn:aws:sts::{account}:assumed-role/{name}/trailmin",
        "sessionContext": {"sessionIssuer": {"type": "Role", "arn": role, "accountId": account, "userName": name}},
    }


def _what(request: Request, account: str) -> dict[str, Any]:
    """The request's parameters, and for S3 the object and its bucket."""
    if request.service != "s3" or "bucket" not in request.parameters:
        return {"requestParameters": dict(request.parameters) or None}
    given = dict(request.parameters)
    bucket = given.pop("bucket")
    resources = [{"type": "AWS::S3::Bucket", "accountId": account, "ARN": f"arn:aws:s3:::{bucket}"}]
    if "key" in given:
        resources.insert(0, {"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::{bucket}/{given['key']}"})
    host = f"{bucket}.s3.{request.region}.amazonaws.com"
    return {"requestParameters": {"bucketName": bucket, "Host": host, **given}, "resources": resources}


def _error(exchange: Exchange) -> Mapping[str, str]:
    """The code of a failure; an answer to HEAD has none of its own."""
    if exchange.status < 400:
        return {}
    if found := _CODE.search(exchange.answer):
        return {"errorCode": (found[1] or found[2]).decode()}
    return {"errorCode": {404: "NoSuchKey", 412: "PreconditionFailed"}[exchange.status]}
