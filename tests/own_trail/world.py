"""An organization on moto's server: two accounts with a function each, and an audit account with trail, queue and lake.

Whoever asks goes through proxies that keep CloudTrail's records of it.
"""

import io
import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import boto3
import pytest

from tests.aws_server import CREDENTIALS, faulty_proxy, moto_server
from tests.current.accounts import account_proxy
from tests.own_trail.records import Trail
from tests.trail.records import ROLE, record, zipped

AUDIT = "222233334444"
ACCOUNTS = ("111122223333", "444455556666")
REGION = "us-east-1"
ORGANIZATION = "o-a1b2c3d4e5"
LOGS, LAKE, RESULTS, QUEUE = "org-trail", "trailmin-lake", "trailmin-results", "new-logs"
READER = "security/trailmin-read"

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
_POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Where AWS is reached, with and without being recorded."""

    moto: str
    """Unrecorded."""
    storage: str
    """For S3 and SQS."""
    state: str
    """For all that tells the state of accounts."""
    trail: Trail

    def client(self, service: str, role: str | None = None, region: str | None = REGION) -> Any:
        """An unrecorded client, as a role."""
        keys = self.become(role) if role is not None else {}
        return boto3.client(service, region_name=region, endpoint_url=self.moto, **keys)

    def become(self, role: str) -> dict[str, str]:
        """Credentials of a role, whose calls the trail will know."""
        answer = self.client("sts").assume_role(RoleArn=role, RoleSessionName="trailmin")["Credentials"]
        self.trail.roles[answer["AccessKeyId"]] = role
        return {
            "aws_access_key_id": answer["AccessKeyId"],
            "aws_secret_access_key": answer["SecretAccessKey"],
            "aws_session_token": answer["SessionToken"],
        }

    def environment(self, role: str) -> dict[str, str]:
        """The environment of a process that runs as a role."""
        given = {name.upper(): value for name, value in self.become(role).items()}
        return {**os.environ, **given, "AWS_ENDPOINT_URL_S3": self.storage}

    def deliver(self, day: date) -> None:
        """A night's log objects, and the queue's message on each."""
        storage, queues = self.client("s3", _arn("owner")), self.client("sqs", _arn("owner"))
        url = queues.get_queue_url(QueueName=QUEUE)["QueueUrl"]
        for account in ACCOUNTS:
            for region in ("eu-west-1", "us-east-1"):
                name = (
                    f"{account}_CloudTrail_{region}_{day:%Y%m%d}T0205Z_{day.day:02}aZ9xKqLmN0pQrS{account[:2]}.json.gz"
                )
                key = f"AWSLogs/{ORGANIZATION}/{account}/CloudTrail/{region}/{day:%Y/%m/%d}/{name}"
                storage.put_object(Bucket=LOGS, Key=key, Body=zipped(_event(account, region, day)))
                message = {"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": _place(key)}]}
                queues.send_message(QueueUrl=url, MessageBody=json.dumps(message))


def _arn(name: str, account: str = AUDIT) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def _place(key: str) -> dict[str, Any]:
    return {"bucket": {"name": LOGS}, "object": {"key": key, "size": 100}}


def _event(account: str, region: str, day: date) -> dict[str, Any]:
    return record(
        eventID=f"{account}-{region}-{day}",
        eventTime=f"{day}T02:00:00Z",
        awsRegion=region,
        recipientAccountId=account,
        userIdentity=ROLE | {"accountId": account},
    )


@contextmanager
def organization(begin: date) -> Iterator[World]:
    """The organization, for as long as the block runs; the first record is of 03:17 on that day."""
    with pytest.MonkeyPatch.context() as environment, moto_server() as moto:
        for name, value in CREDENTIALS.items():
            environment.setenv(name, value)
        trail = Trail(now=datetime(begin.year, begin.month, begin.day, 3, 17, tzinfo=UTC))
        with (
            account_proxy(moto) as accounts,
            faulty_proxy(moto, _none, trail.observe) as storage,
            faulty_proxy(accounts.url, _none, trail.observe) as state,
        ):
            # Identity Center is the audit account's: the others see it, and not its permission sets.
            accounts.owner = AUDIT
            accounts.refused = {(account, "ListPermissionSets") for account in ACCOUNTS}
            world = World(moto=moto, storage=storage, state=state, trail=trail)
            _fill(world)
            yield world


def _none(_method: str, _path: str) -> str | None:
    return None


def _fill(world: World) -> None:
    storage = world.client("s3", _arn("owner"))
    for bucket in (LOGS, LAKE, RESULTS):
        storage.create_bucket(Bucket=bucket)
    world.client("sqs", _arn("owner")).create_queue(QueueName=QUEUE)
    for account in ACCOUNTS:
        _fill_account(world, account)


def _fill_account(world: World, account: str) -> None:
    owner = _arn("owner", account)
    iam = world.client("iam", owner)
    role = iam.create_role(RoleName="app", Path="/team/", AssumeRolePolicyDocument=json.dumps(_TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName="app", PolicyName="own", PolicyDocument=json.dumps(_POLICY))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("a.py", "")
    world.client("lambda", owner, "eu-west-1").create_function(
        FunctionName="resize", Role=role, Runtime="python3.12", Handler="a.b", Code={"ZipFile": archive.getvalue()}
    )
    world.client("s3", owner).create_bucket(Bucket=f"trail-{account}")
    world.client("cloudtrail", owner, "eu-west-1").create_trail(
        Name="all", S3BucketName=f"trail-{account}", IsMultiRegionTrail=True
    )
