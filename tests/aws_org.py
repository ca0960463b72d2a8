"""`python -m tests.aws_org PORT BUCKET ACCOUNTS EACH`: moto's server with an organization's trail in a bucket.

The objects are put into the server's memory, which 20,000 requests would take minutes for.
"""

import sys
import threading
from collections.abc import Iterator
from datetime import date, timedelta

from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

from tests.trail.records import ROLE, record, zipped

ORGANIZATION = "o-a1b2c3d4e5"
REGIONS = ("eu-west-1", "us-east-1")
FIRST = date(2026, 3, 1)
DAYS = 5
EVENTS = 3
"""In each log object."""


def log_objects(accounts: int, each: int) -> Iterator[tuple[str, bytes]]:
    """Keys and contents: event ids tell where each is from."""
    for account in (f"{111100000000 + n}" for n in range(accounts)):
        for number in range(each):
            region = REGIONS[number % len(REGIONS)]
            day = FIRST + timedelta(days=number % DAYS)
            name = f"{account}_CloudTrail_{region}_{day:%Y%m%d}T{number // 60 % 24:02}{number % 60:02}Z_{number:016}"
            key = f"AWSLogs/{ORGANIZATION}/{account}/CloudTrail/{region}/{day:%Y/%m/%d}/{name}.json.gz"
            yield key, zipped(*(_record(account, region, day, f"{account}-{number}-{n}") for n in range(EVENTS)))


def _record(account: str, region: str, day: date, event_id: str) -> dict[str, object]:
    return record(
        eventID=event_id,
        eventTime=f"{day}T12:00:00Z",
        awsRegion=region,
        recipientAccountId=account,
        userIdentity=ROLE | {"accountId": account},
        requestParameters={"bucketName": "b", "key": event_id},
    )


def main(port: str, bucket: str, accounts: str, each: str) -> None:
    """Fill the bucket, then serve until the process is ended."""
    backend = s3_backends["123456789012"]["aws"]
    backend.create_bucket(bucket, "us-east-1")
    for key, content in log_objects(int(accounts), int(each)):
        backend.put_object(bucket, key, content)
    ThreadedMotoServer(ip_address="127.0.0.1", port=int(port), verbose=False).start()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
