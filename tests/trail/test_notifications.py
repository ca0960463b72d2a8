import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailmin.trail.sources import LogObject
from trailmin.trail.sources.notifications import Notified, Poison, read_message

KEY = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/01/a b+c.json.gz"
FOUND = LogObject(key=KEY, location=f"s3://trail/{KEY}", size=7, etag="abc")


def from_s3(key: str = KEY, name: str = "ObjectCreated:Put") -> dict[str, Any]:
    quoted = key.replace("+", "%2B").replace(" ", "+")
    s3 = {"bucket": {"name": "trail"}, "object": {"key": quoted, "size": 7, "eTag": "abc", "sequencer": "1"}}
    return {"Records": [{"eventSource": "aws:s3", "eventName": name, "s3": s3}]}


def from_event_bridge(kind: str = "Object Created") -> dict[str, Any]:
    detail = {"bucket": {"name": "trail"}, "object": {"key": KEY, "size": 7, "etag": "abc"}}
    return {"source": "aws.s3", "detail-type": kind, "detail": detail}


def through_sns(message: dict[str, Any]) -> dict[str, Any]:
    return {"Type": "Notification", "TopicArn": "arn", "Message": json.dumps(message)}


@pytest.mark.parametrize(
    "message",
    [from_s3(), through_sns(from_s3()), from_event_bridge(), through_sns(from_event_bridge())],
    ids=["plain", "sns", "eventbridge", "eventbridge-sns"],
)
def test_a_new_log_object_is_told_of_in_every_form(message: dict[str, Any]) -> None:
    assert read_message(json.dumps(message)) == Notified(log_objects=(FOUND,), skipped=0)


def test_cloudtrails_own_message_has_no_size() -> None:
    own = through_sns({"s3Bucket": "trail", "s3ObjectKey": [KEY]})
    (found,) = read_message(json.dumps(own)).log_objects  # type: ignore[union-attr]
    assert (found.location, found.size, found.etag) == (FOUND.location, 0, "")


@pytest.mark.parametrize(
    "message",
    [
        from_s3(name="ObjectRemoved:Delete"),
        from_s3(KEY.replace("CloudTrail/", "CloudTrail-Digest/")),
        from_s3("notes.txt"),
        from_event_bridge("Object Deleted"),
        {"Service": "Amazon S3", "Event": "s3:TestEvent"},
    ],
)
def test_what_is_no_new_log_object_is_skipped(message: dict[str, Any]) -> None:
    assert read_message(json.dumps(message)) == Notified(log_objects=(), skipped=1)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("hello", "not a JSON object"),
        ("[]", "not a JSON object"),
        ("{}", "not a JSON object"),
        ('{"Type": "Notification", "Message": "hello"}', "not a JSON object"),
        ('{"a": 1}', "not a notification of S3"),
        ('{"Records": [{"s3": {}}]}', "without its bucket or key"),
        ('{"Records": 5}', "without its bucket or key"),
        ('{"source": "aws.s3", "detail": {}}', "without its bucket or key"),
        ('{"s3Bucket": "a/b", "s3ObjectKey": ["x"]}', "without its bucket or key"),
    ],
)
def test_what_is_no_notification_is_poison(body: str, reason: str) -> None:
    assert reason in read_message(body).reason  # type: ignore[union-attr]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["Records", "s3", "Message", "Type", "detail", "source", "bucket"]), inner
            )
        ),
    )
)
def test_no_json_breaks_the_reader(value: object) -> None:
    assert isinstance(read_message(json.dumps(value)), Notified | Poison)
