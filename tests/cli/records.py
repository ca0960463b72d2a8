"""CloudTrail records for tests, in the shape of real ones."""

import gzip
import json
from pathlib import Path
from typing import Any


def record(role: str = "reader", **changes: Any) -> dict[str, Any]:
    """A successful GetObject by a role, with some fields changed."""
    account = "111122223333"
    return {
        "eventVersion": "1.11",
        "eventTime": "2026-09-01T10:00:00Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject",
        "eventType": "AwsApiCall",
        "eventCategory": "Data",
        "readOnly": True,
        "awsRegion": "eu-west-1",
        "eventID": "e-1",
        "recipientAccountId": account,
        "requestParameters": {"bucketName": "photos", "key": "a.jpg"},
        "userIdentity": session(role, account),
        **changes,
    }


def session(role: str, account: str) -> dict[str, Any]:
    """The identity of a session of a role."""
    return {
        "type": "AssumedRole",
        "accountId": account,
        "arn": f"arn:aws:sts::{account}:assumed-role/{role}/session",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "arn": f"arn:aws:iam::{account}:role/{role}",
                "accountId": account,
                "userName": role,
            }
        },
    }


def write_log(path: Path, *records: object) -> Path:
    """Write a log object as CloudTrail delivers it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(json.dumps({"Records": records}).encode()))
    return path
