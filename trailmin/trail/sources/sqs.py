"""Log objects that a queue tells of. Its messages come again until they are deleted."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, ClassVar, Final

from trailmin.errors import TrailError
from trailmin.trail.sources.access import AwsAccess
from trailmin.trail.sources.aws import AwsError, explain, is_denied, is_gone, open_client
from trailmin.trail.sources.interface import Listing, LogObject, SettledKeys
from trailmin.trail.sources.notifications import Notified, Poison, read_message
from trailmin.trail.sources.s3 import parse_location, read_object

VISIBILITY: Final = 300
"""Seconds for which messages stay hidden from others; renewed while they are worked on."""

_RENEWAL: Final = 100.0
_POLL: Final = 5
"""Seconds that a request for messages waits for some; also how long a stop may take to be noticed."""

_AT_ONCE: Final = 10
"""Messages of one request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message that was received."""

    id: str
    receipt: str
    content: Notified | Poison


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """Messages that are worked on together."""

    is_remote: ClassVar[bool] = True

    messages: tuple[Message, ...]
    access: AwsAccess

    @property
    def poison(self) -> tuple[tuple[str, str], ...]:
        """Id and reason of each message that is no notification."""
        return tuple((one.id, one.content.reason) for one in self.messages if isinstance(one.content, Poison))

    def list(self, settled: SettledKeys | None = None) -> Iterator[Listing]:
        """See `Source.list`: what the messages tell of, each log object once, as the last message has it."""
        notified = [one.content for one in self.messages if isinstance(one.content, Notified)]
        by_key = {found.key: found for content in notified for found in content.log_objects}
        yield Listing(
            log_objects=tuple(by_key[key] for key in sorted(by_key)), skipped=sum(one.skipped for one in notified)
        )

    def open(self, log_object: LogObject) -> BinaryIO:
        """See `Source.open`."""
        return read_object(self.access, log_object)

    def close(self) -> None:
        """Nothing to give back: the messages are the queue's."""

    def __reduce__(self) -> tuple[Callable[..., "Messages"], tuple[AwsAccess]]:
        """Workers open log objects; they need not the messages."""
        return _without_messages, (self.access,)


def _without_messages(access: AwsAccess) -> Messages:
    return Messages(messages=(), access=access)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When a batch of messages is full."""

    size: int = 256 << 20
    """Stored bytes of log objects."""
    seconds: float = 120
    messages: int = 20_000
    """A standard queue hands out at most 120,000 that are not deleted."""


class Queue:
    """A queue with notifications of a log bucket.

    Messages that were received are hidden from others until they are deleted or given back, or this process ends.
    """

    def __init__(self, url: str, access: AwsAccess) -> None:
        self.url = url
        self._access = access
        self._client = open_client(access, "sqs", _region_of(url))
        self._held: dict[str, str] = {}
        """Message id → receipt, of messages that are kept hidden."""
        self._lock = threading.Lock()

    def collect(self, limits: Limits, is_stopped: Callable[[], bool], *, wait: bool) -> Messages:
        """Messages until a limit is reached, the first empty answer without `wait`, or a stop.

        Raises:
            TrailError: the queue cannot be read.
        """
        found: dict[str, Message] = {}
        size, end = 0, time.monotonic() + limits.seconds
        while size < limits.size and len(found) < limits.messages and time.monotonic() < end and not is_stopped():
            answer = self._receive(end - time.monotonic())
            for message in answer:
                found[message.id] = message
                if isinstance(message.content, Notified):
                    size += sum(one.size for one in message.content.log_objects)
            if not answer and not wait:
                break
        return Messages(messages=tuple(found.values()), access=self._access)

    def delete(self, messages: Iterable[Message]) -> None:
        """Take messages from the queue for good.

        Raises:
            TrailError: not allowed, or the queue does not answer.
        """
        for group in _groups(messages):
            entries = [{"Id": str(n), "ReceiptHandle": one.receipt} for n, one in enumerate(group)]
            self._call("delete_message_batch", "sqs:DeleteMessage", Entries=entries)
            self._forget(group)

    def leave(self, messages: Iterable[Message]) -> None:
        """Stop keeping messages hidden: they come again when their time is over, or move to a dead-letter queue."""
        self._forget(messages)

    def give_back(self, messages: Iterable[Message]) -> None:
        """Let others have messages at once."""
        for group in _groups(messages):
            self._forget(group)
            self._hide([one.receipt for one in group], 0)

    @contextmanager
    def keep_hidden(self) -> Iterator[None]:
        """Renew the time for which received messages stay hidden, while the block runs."""
        done = threading.Event()

        def renew() -> None:
            while not done.wait(_RENEWAL):
                with self._lock:
                    receipts = list(self._held.values())
                for start in range(0, len(receipts), _AT_ONCE):
                    self._hide(receipts[start : start + _AT_ONCE], VISIBILITY)

        thread = threading.Thread(target=renew, name="visibility", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _receive(self, seconds: float) -> list[Message]:
        answer = self._call(
            "receive_message",
            "sqs:ReceiveMessage",
            MaxNumberOfMessages=_AT_ONCE,
            WaitTimeSeconds=max(1, min(_POLL, int(seconds))),
            VisibilityTimeout=VISIBILITY,
        )
        found = [
            Message(
                id=one["MessageId"], receipt=one["ReceiptHandle"], content=self._measured(read_message(one["Body"]))
            )
            for one in answer.get("Messages", ())
        ]
        with self._lock:
            self._held.update((one.id, one.receipt) for one in found)
        return found

    def _measured(self, content: Notified | Poison) -> Notified | Poison:
        """Sizes and ETags for log objects of which the message does not tell them."""
        if isinstance(content, Poison) or all(one.etag for one in content.log_objects):
            return content
        return replace(content, log_objects=tuple(map(self._measure, content.log_objects)))

    def _measure(self, found: LogObject) -> LogObject:
        bucket, key = parse_location(found.location)
        payer = {"RequestPayer": "requester"} if self._access.requester_pays else {}
        try:
            facts = open_client(self._access, "s3").head_object(Bucket=bucket, Key=key, **payer)
        except AwsError as error:
            if is_gone(error) or is_denied(error):
                # Reading it says the same, and there the reason is recorded.
                return found
            raise explain(error, "s3:GetObject", f"arn:aws:s3:::{bucket}/{key}", f"read {found.location}") from error
        return replace(found, size=facts["ContentLength"], etag=facts["ETag"].strip('"'))

    def _hide(self, receipts: list[str], seconds: int) -> None:
        entries = [
            {"Id": str(n), "ReceiptHandle": receipt, "VisibilityTimeout": seconds} for n, receipt in enumerate(receipts)
        ]
        try:
            self._client.change_message_visibility_batch(QueueUrl=self.url, Entries=entries)
        except AwsError:
            # The messages come again, and find that the lake has their log objects: a matter of cost alone.
            return

    def _forget(self, messages: Iterable[Message]) -> None:
        with self._lock:
            for one in messages:
                self._held.pop(one.id, None)

    def _call(self, operation: str, permission: str, **parameters: Any) -> Any:
        try:
            return getattr(self._client, operation)(QueueUrl=self.url, **parameters)
        except AwsError as error:
            raise explain(error, permission, f"the queue {self.url}", f"use the queue {self.url}") from error


def queue_url(spec: str, access: AwsAccess) -> str:
    """The URL of the queue that `sqs://sqs.REGION.amazonaws.com/ACCOUNT/NAME` names, at a plain endpoint without TLS.

    Raises:
        TrailError: the spec names no queue.
    """
    place = spec.removeprefix("sqs://").removeprefix("https://").removeprefix("http://")
    if place.count("/") < 2 or place.endswith("/"):
        raise TrailError(
            f"{spec} names no queue",
            hint="write sqs:// and the queue's URL: sqs://sqs.REGION.amazonaws.com/ACCOUNT/NAME",
        )
    is_plain = (access.endpoint_url or "").startswith("http://")
    return f"{'http' if is_plain else 'https'}://{place}"


def _region_of(url: str) -> str | None:
    host = url.split("/")[2].split(".")
    return host[1] if host[0] == "sqs" and len(host) > 2 else None


def _groups(messages: Iterable[Message]) -> Iterator[list[Message]]:
    every = list(messages)
    yield from (every[start : start + _AT_ONCE] for start in range(0, len(every), _AT_ONCE))
