import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.trail.records import record, zipped
from trailmin.engine import open_engine
from trailmin.lake import IngestReport, Lake
from trailmin.lake import follow as follow_module
from trailmin.lake.follow import ingest_queue
from trailmin.trail.sources import AwsAccess
from trailmin.trail.sources.sqs import Limits, Queue

ONE = "111122223333"


class Logs:
    """A log bucket that tells a queue of its new objects."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.s3 = boto3.client("s3", endpoint_url=endpoint)
        self.sqs = boto3.client("sqs", endpoint_url=endpoint)
        self.bucket = f"trail-{uuid.uuid4()}"
        self.url = self.sqs.create_queue(QueueName=self.bucket)["QueueUrl"]
        self.arn = f"arn:aws:sqs:us-east-1:123456789012:{self.bucket}"
        self.s3.create_bucket(Bucket=self.bucket)
        self.s3.put_bucket_notification_configuration(
            Bucket=self.bucket,
            NotificationConfiguration={
                "QueueConfigurations": [{"QueueArn": self.arn, "Events": ["s3:ObjectCreated:*"]}]
            },
        )
        # S3 tells a queue of itself first.
        self.sqs.purge_queue(QueueUrl=self.url)

    def deliver(self, *numbers: int, body: bytes | None = None) -> None:
        for number in numbers:
            key = f"AWSLogs/{ONE}/CloudTrail/us-east-1/2026/03/01/{number}.json.gz"
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=body or zipped(record(eventID=f"e-{number}")))

    def queue(self) -> Queue:
        return Queue(self.url, AwsAccess(endpoint_url=self.endpoint))

    def left(self) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return sum(int(attributes[name]) for name in names)


@pytest.fixture
def logs(aws_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Logs:
    monkeypatch.setattr("trailmin.trail.sources.sqs._POLL", 1)
    return Logs(aws_endpoint)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.create(tmp_path / "lake")


def drain(logs: Logs, lake: Lake, **more: Any) -> IngestReport:
    given: dict[str, Any] = {"follow": False, "limits": Limits(), "is_stopped": lambda: False, **more}
    return ingest_queue(logs.queue(), lake, engine=open_engine(1), **given)


def ids(lake: Lake) -> list[str]:
    return [str(row) for row in lake.query("SELECT event_id FROM events ORDER BY 1").column(0).to_pylist()]


def test_what_the_queue_tells_of_comes_in_and_its_messages_go(logs: Logs, lake: Lake) -> None:
    logs.deliver(*range(25))
    logs.sqs.send_message(QueueUrl=logs.url, MessageBody='{"Service": "Amazon S3", "Event": "s3:TestEvent"}')
    report = drain(logs, lake)
    assert (report.read, report.new, report.set_aside) == (25, 25, 0)
    assert logs.left() == 0
    assert len(ids(lake)) == 25


def test_a_message_that_comes_again_adds_nothing(logs: Logs, lake: Lake) -> None:
    logs.deliver(1)
    (message,) = logs.sqs.receive_message(QueueUrl=logs.url, VisibilityTimeout=0)["Messages"]
    drain(logs, lake)
    logs.sqs.send_message(QueueUrl=logs.url, MessageBody=message["Body"])
    report = drain(logs, lake)
    assert (report.read, report.skipped) == (0, 1)
    assert ids(lake) == ["e-1"]
    assert logs.left() == 0


def test_messages_stay_when_the_commit_fails(logs: Logs, lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    logs.deliver(1, 2)

    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(follow_module, "ingest", crash)
        with pytest.raises(RuntimeError, match="power cut"):
            drain(logs, lake)
    assert logs.left() == 2


def test_poison_is_set_aside_with_its_reason_and_stays_in_the_queue(logs: Logs, lake: Lake) -> None:
    logs.sqs.send_message(QueueUrl=logs.url, MessageBody="<hello>")
    logs.deliver(1)
    report = drain(logs, lake)
    assert (report.read, report.failed, report.set_aside) == (1, 1, 1)
    assert [one.reason for one in report.rejected] == ["not a JSON object"]
    assert logs.left() == 1


def test_an_object_that_cannot_be_read_keeps_its_message_and_a_broken_one_does_not(logs: Logs, lake: Lake) -> None:
    logs.deliver(1, 2)
    logs.deliver(3, body=b"no JSON at all")
    logs.s3.delete_object(Bucket=logs.bucket, Key=f"AWSLogs/{ONE}/CloudTrail/us-east-1/2026/03/01/2.json.gz")
    report = drain(logs, lake)
    assert (report.read, report.failed) == (1, 2)
    assert {one.reason for one in report.rejected} == {"gone since it was listed", "not JSON"}
    assert logs.left() == 1


def test_batches_end_at_their_limits(logs: Logs, lake: Lake) -> None:
    logs.deliver(*range(30))
    batches: list[int] = []
    drain(logs, lake, limits=Limits(messages=10), on_batch=lambda report: batches.append(report.read))
    assert len(batches) >= 3
    assert sum(batches) == 30


def test_a_stop_gives_back_what_was_not_begun(logs: Logs, lake: Lake) -> None:
    logs.deliver(1, 2)
    asked: list[int] = []

    def is_stopped() -> bool:
        asked.append(1)
        return len(asked) > 2

    drain(logs, lake, is_stopped=is_stopped, follow=True)
    assert ids(lake) == []
    assert len(logs.sqs.receive_message(QueueUrl=logs.url, MaxNumberOfMessages=10)["Messages"]) == 2


def test_messages_stay_hidden_as_long_as_they_are_worked_on(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trailmin.trail.sources.sqs.VISIBILITY", 5)
    monkeypatch.setattr("trailmin.trail.sources.sqs._RENEWAL", 0.3)
    logs.deliver(1)
    queue = logs.queue()
    with queue.keep_hidden():
        batch = queue.collect(Limits(seconds=6), lambda: False, wait=True)
        assert len(batch.messages) == 1
        assert "Messages" not in logs.sqs.receive_message(QueueUrl=logs.url)


def through_sns(logs: Logs) -> Callable[[str], None]:
    sns = boto3.client("sns", endpoint_url=logs.endpoint)
    topic = sns.create_topic(Name=f"t-{uuid.uuid4()}")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=logs.arn)

    def tell(key: str) -> None:
        sns.publish(TopicArn=topic, Message=json.dumps({"s3Bucket": logs.bucket, "s3ObjectKey": [key]}))

    return tell


def test_messages_of_cloudtrail_through_sns_are_understood(logs: Logs, lake: Lake) -> None:
    logs.s3.put_bucket_notification_configuration(Bucket=logs.bucket, NotificationConfiguration={})
    tell = through_sns(logs)
    logs.deliver(1)
    tell(f"AWSLogs/{ONE}/CloudTrail/us-east-1/2026/03/01/1.json.gz")
    report = drain(logs, lake)
    assert (report.read, report.new) == (1, 1)
    assert logs.left() == 0


def test_the_command_follows_a_queue_until_it_is_told_to_stop(logs: Logs, tmp_path: Path) -> None:
    logs.deliver(1, 2, 3)
    command = [sys.executable, "-m", "trailmin", "ingest", logs.url.replace("http://", "sqs://"), "--follow"]
    command += ["--lake", str(tmp_path / "lake"), "--endpoint-url", logs.endpoint, "--workers", "1", "--json"]
    command += ["--batch-seconds", "1"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    ) as process:
        assert process.stderr is not None
        assert "committed 3 log objects" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        shown = json.loads(process.communicate(timeout=30)[0])
    assert shown["log_objects"] == {"read": 3, "skipped": 0, "failed": 0}
    assert process.returncode == 0
    assert logs.left() == 0
