"""Events one by one, for those who look at a single log object; the lake's rows are built from the same rules."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

from trailmin.trail.decode import decode_log_object
from trailmin.trail.denial import is_authorization_failure
from trailmin.trail.event import Event, RejectedRecord
from trailmin.trail.fields import STRIPPED, TIMES, has_content, read_resources
from trailmin.trail.gunzip import BrokenLogObjectError
from trailmin.trail.principal import read_caller
from trailmin.trail.redact import redact
from trailmin.trail.wire import WireRecord

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def events_of(source: bytes | BinaryIO, log_object: str) -> Iterator[Event | RejectedRecord]:
    """Each record of a log object as an event or as what was set aside, in the order of the records.

    A log object that cannot be read at all gives one `RejectedRecord` without an index.

    Args:
        source: the log object's bytes, or a seekable stream of them; gzip or plain.
        log_object: the key that rejected records name.

    Raises:
        OSError: the stream cannot be read.
    """
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        for chunk in decode_log_object(stream, log_object):
            for record in chunk.in_order():
                yield record if isinstance(record, RejectedRecord) else to_event(record)
    except BrokenLogObjectError as error:
        yield RejectedRecord(log_object=log_object, index=None, reason=error.message)


def to_event(record: WireRecord) -> Event:
    """The event that a sound record tells of."""
    caller = read_caller(bytes(record.user_identity))
    error_code = record.error_code or None
    parameters = bytes(record.request_parameters)
    return Event(
        time=_EPOCH + timedelta(milliseconds=TIMES[record.event_time] or 0),
        event_id=record.event_id or None,
        account=record.recipient_account_id or caller.principal.account,
        region=record.aws_region or None,
        source=STRIPPED[record.event_source] or "",
        name=STRIPPED[record.event_name] or "",
        event_type=record.event_type or None,
        category=record.event_category or None,
        read_only=record.read_only,
        error_code=error_code,
        error_message=(record.error_message or None) if is_authorization_failure(error_code) else None,
        principal=caller.principal,
        invoked_by=caller.invoked_by,
        source_ip=record.source_ip_address or None,
        user_agent=record.user_agent or None,
        vpc_endpoint=record.vpc_endpoint_id or None,
        request_parameters=redact(parameters.decode()) if has_content(parameters) else None,
        resources=read_resources(bytes(record.resources)),
        shared_event_id=record.shared_event_id or None,
    )
