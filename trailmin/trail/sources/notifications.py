"""What a message of a queue says of new log objects: S3's notifications, plain, through SNS or through EventBridge.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html, and for CloudTrail's own messages to SNS
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/configure-sns-notifications-for-cloudtrail.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from trailmin.trail.json_text import decode_json
from trailmin.trail.sources.interface import LogObject
from trailmin.trail.sources.layout import is_log, key_from_root


@dataclass(frozen=True, slots=True, kw_only=True)
class Notified:
    """The log objects that a message tells of."""

    log_objects: tuple[LogObject, ...]
    """One of CloudTrail's own messages has neither size nor ETag: then these are 0 and empty."""
    skipped: int
    """Other things that it tells of: digests, removals, tests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poison:
    """A message that is no notification, and why."""

    reason: str


def read_message(body: str) -> Notified | Poison:
    """What a message says; its text is never quoted."""
    message = _decode(body)
    if message.get("Type") == "Notification" and isinstance(message.get("Message"), str):
        message = _decode(message["Message"])
    try:
        entries = list(_entries(message))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        return Poison(reason=f"a notification without its bucket or key ({type(error).__name__})")
    if entries:
        found = [entry for entry in entries if entry is not None and is_log(_key_of(entry))]
        return Notified(log_objects=tuple(found), skipped=len(entries) - len(found))
    if message.get("Event") == "s3:TestEvent":
        return Notified(log_objects=(), skipped=1)
    return Poison(reason="not a notification of S3" if message else "not a JSON object")


def _decode(text: str) -> dict[str, Any]:
    try:
        value = decode_json(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _entries(message: dict[str, Any]) -> Iterator[LogObject | None]:
    """What the message tells of, None for each thing that is no new object."""
    if message.get("source") == "aws.s3" and "detail" in message:
        detail = message["detail"]
        is_new = message["detail-type"] == "Object Created"
        yield _log_object(detail["bucket"]["name"], detail["object"]["key"], detail["object"]) if is_new else None
    elif "s3Bucket" in message and "s3ObjectKey" in message:
        keys = message["s3ObjectKey"]
        for key in [keys] if isinstance(keys, str) else keys:
            yield _log_object(message["s3Bucket"], key, {})
    for record in message.get("Records", ()):
        s3 = record["s3"]
        is_new = record["eventName"].removeprefix("s3:").startswith("ObjectCreated:")
        yield _log_object(s3["bucket"]["name"], unquote_plus(s3["object"]["key"]), s3["object"]) if is_new else None


def _log_object(bucket: str, key: str, facts: dict[str, Any]) -> LogObject:
    if not isinstance(bucket, str) or not isinstance(key, str) or not bucket or not key or "/" in bucket:
        raise ValueError
    location = f"s3://{bucket}/{key}"
    return LogObject(
        key=key_from_root(key) or location,
        location=location,
        size=int(facts.get("size", 0)),
        etag=str(facts.get("eTag") or facts.get("etag") or ""),
    )


def _key_of(found: LogObject) -> str:
    return found.location.removeprefix("s3://").partition("/")[2]
