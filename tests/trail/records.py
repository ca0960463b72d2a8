"""Records to start from."""

import gzip
import json
from typing import Any

ROLE = {
    "type": "AssumedRole",
    "principalId": "AROAX:session",
    "arn": "arn:aws:sts::111122223333:assumed-role/app/session",
    "accountId": "111122223333",
    "sessionContext": {
        "sessionIssuer": {
            "type": "Role",
            "arn": "arn:aws:iam::111122223333:role/team/app",
            "accountId": "111122223333",
            "userName": "app",
        }
    },
}


def record(**members: Any) -> dict[str, Any]:
    """A sound record; a member given as `...` is left out."""
    plain = {
        "eventVersion": "1.11",
        "eventTime": "2026-03-01T12:00:00Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject",
        "eventID": "e-1",
        "recipientAccountId": "111122223333",
        "awsRegion": "us-east-1",
        "userIdentity": ROLE,
        "requestParameters": {"bucketName": "b", "key": "k"},
    }
    return {key: value for key, value in (plain | members).items() if value is not ...}


def envelope(*records: object) -> bytes:
    return json.dumps({"Records": records}).encode()


def zipped(*records: object) -> bytes:
    return gzip.compress(envelope(*records))
