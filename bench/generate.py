"""A seeded trail in the shape and size of real ones: about 1.9 kB of JSON an event, a seventh of it gzipped.

A log object of 1,000 events shows 90 sessions; published trails show 50 to 75.
"""

import gzip
import json
import random
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

_START = datetime(2026, 3, 1, tzinfo=UTC)
_CALLS = (
    ("s3", "GetObject", "Data", True),
    ("s3", "PutObject", "Data", False),
    ("dynamodb", "PutItem", "Data", False),
    ("kms", "Decrypt", "Management", True),
    ("sts", "AssumeRole", "Management", True),
    ("ec2", "DescribeInstances", "Management", True),
    ("lambda", "GetFunction20150331v2", "Management", True),
    ("logs", "CreateLogStream", "Management", False),
    ("ssm", "UpdateInstanceInformation", "Management", False),
    ("secretsmanager", "GetSecretValue", "Management", True),
)


def generate_trail(folder: Path, *, files: int, events: int, seed: int = 7) -> None:
    """Write `files` log objects of `events` records each below `folder`, in CloudTrail's own layout, over 30 days."""
    rng = random.Random(seed)
    roles = [f"service-role-{n:03}" for n in range(30)]
    for number in range(files):
        start = _START + timedelta(minutes=5 * (number * 30 * 288 // files))
        account = f"{111111111111 * (1 + number % 3)}"
        records = [_record(rng, start, account, roles) for _ in range(events)]
        path = folder / f"AWSLogs/{account}/CloudTrail/us-east-1/{start:%Y/%m/%d}"
        path.mkdir(parents=True, exist_ok=True)
        name = f"{account}_CloudTrail_us-east-1_{start:%Y%m%dT%H%MZ}_{rng.getrandbits(64):016x}.json.gz"
        with gzip.open(path / name, "wb", compresslevel=6) as log_object:
            log_object.write(json.dumps({"Records": records}, separators=(",", ":")).encode())


def generate_records(rng: random.Random, count: int) -> list[dict[str, object]]:
    """Records of one account and five minutes."""
    roles = [f"service-role-{n:03}" for n in range(30)]
    return [_record(rng, _START, "111111111111", roles) for _ in range(count)]


def _record(rng: random.Random, start: datetime, account: str, roles: list[str]) -> dict[str, object]:
    service, name, category, read_only = rng.choice(_CALLS)
    time = f"{start + timedelta(seconds=rng.randrange(300)):%Y-%m-%dT%H:%M:%SZ}"
    is_denied = rng.random() < 0.05
    record: dict[str, object] = {
        "eventVersion": "1.11",
        "userIdentity": _identity(rng, start, account, rng.choice(roles)),
        "eventTime": time,
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": f"10.{rng.randrange(4)}.{rng.randrange(256)}.{rng.randrange(256)}",
        "userAgent": rng.choice(("aws-sdk-java/2.20.43 Linux/5.10", "Boto3/1.34.2 md/Botocore#1.34.2", "aws-cli/2.15")),
        "requestParameters": _parameters(rng, service),
        "responseElements": None
        if read_only
        else {"x": _text(rng, 24), "credentials": {"sessionToken": _text(rng, 300)}},
        "requestID": str(uuid.UUID(int=rng.getrandbits(128))),
        "eventID": str(uuid.UUID(int=rng.getrandbits(128))),
        "readOnly": read_only,
        "eventType": "AwsApiCall",
        "managementEvent": category == "Management",
        "recipientAccountId": account,
        "eventCategory": category,
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": f"{service}.us-east-1.amazonaws.com",
        },
    }
    if is_denied:
        record["errorCode"] = "AccessDenied"
        record["errorMessage"] = f"User: x is not authorized to perform: {service}:{name} on resource: y"
    if service == "s3":
        record["additionalEventData"] = {
            "SignatureVersion": "SigV4",
            "x-amz-id-2": _text(rng, 76),
            "bytesTransferredIn": 0,
        }
        record["resources"] = [
            {"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::data-{rng.randrange(20)}/{_text(rng, 20)}"},
            {"accountId": account, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::data-{rng.randrange(20)}"},
        ]
    return record


def _identity(rng: random.Random, start: datetime, account: str, role: str) -> dict[str, object]:
    instance = rng.randrange(3)
    session = f"i-{int(role[-3:]) * 3 + instance:017x}"
    role_id = f"AROA{role[-3:]:0>17}"
    return {
        "type": "AssumedRole",
        "principalId": f"{role_id}:{session}",
        "arn": f"arn:aws:sts::{account}:assumed-role/{role}/{session}",
        "accountId": account,
        "accessKeyId": f"ASIA{role[-3:]}{instance}{start:%Y%m%d}EX",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": role_id,
                "arn": f"arn:aws:iam::{account}:role/team/{role}",
                "accountId": account,
                "userName": role,
            },
            "attributes": {"creationDate": f"{start:%Y-%m-%dT%H:00:00Z}", "mfaAuthenticated": "false"},
        },
    }


def _parameters(rng: random.Random, service: str) -> dict[str, object] | None:
    if service in {"s3", "dynamodb"}:
        return {
            "bucketName": f"data-{rng.randrange(20)}",
            "key": f"year=2026/{_text(rng, 40)}",
            "Host": "s3.amazonaws.com",
        }
    if service == "ec2":
        return {"maxResults": 100, "nextToken": _text(rng, 60), "filterSet": {"items": [{"name": "vpc-id"}]}}
    if service == "kms":
        return {"encryptionContext": {"aws:lambda:FunctionArn": f"arn:aws:lambda:{_text(rng, 30)}"}}
    return None if rng.random() < 0.3 else {"name": _text(rng, 30), "instanceId": f"i-{rng.getrandbits(64):017x}"}


def _text(rng: random.Random, length: int) -> str:
    return f"{rng.getrandbits(4 * length):0{length}x}"
