"""A record as it stands in the log, and the one careful reading of records that are not as they should be.

Source of the fields: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

import hashlib
import json
from operator import attrgetter
from typing import Annotated, Any, Final

import msgspec

from trailmin.trail.fields import STRIPPED, TIMES, read_time, strip_text
from trailmin.trail.json_text import decode_json, encode_sorted, is_utf8, repair_text

RECORD_CAP: Final = 32 << 20
"""Bytes of JSON in one record; AWS's own limit is 256 KiB, 1 MiB on request."""

_Text = str | None
_NULL: Final = msgspec.Raw(b"null")

RawJson = msgspec.Raw
"""A nested value as the bytes it came in, a view of the log object's text; it has the buffer protocol."""

Fields = dict[str, tuple[Any, ...]]
"""Records' fields by name, each with one value a record."""


class WireRecord(msgspec.Struct, gc=False, rename="camel"):
    """The fields of one record that are kept; nested ones as their JSON text, so that most are never decoded.

    One decoded by `decode` below, or by a typed decoder and then found `are_sound`, has a time, a source and a name.
    """

    event_time: str
    event_source: str
    event_name: str
    event_id: Annotated[str, msgspec.Meta(min_length=1)] = msgspec.field(name="eventID")
    """Empty where the record has none; then `record_hash` holds its identity."""
    recipient_account_id: _Text = None
    aws_region: _Text = None
    event_type: _Text = None
    event_category: _Text = None
    read_only: bool | None = None
    error_code: _Text = None
    error_message: _Text = None
    source_ip_address: _Text = msgspec.field(name="sourceIPAddress", default=None)
    user_agent: _Text = None
    vpc_endpoint_id: _Text = None
    shared_event_id: _Text = msgspec.field(name="sharedEventID", default=None)
    user_identity: msgspec.Raw = _NULL
    request_parameters: msgspec.Raw = _NULL
    resources: msgspec.Raw = _NULL
    record_hash: _Text = None


class UnreadableRecordError(ValueError):
    """Why a record is set aside, without quoting it."""


_decode_strictly = msgspec.json.Decoder(WireRecord).decode
_event_source, _event_name = attrgetter("event_source"), attrgetter("event_name")
_event_time = attrgetter("event_time")
_RECORD_KEYS = frozenset({"eventVersion", "eventTime", "@timestamp", "eventSource", "eventName", "userIdentity"})


def are_sound(records: list[WireRecord]) -> bool:
    """Whether all records that were decoded by type alone have what an event cannot be without.

    Decoding has seen to it that there is an id.
    """
    return (
        all(map(STRIPPED.__getitem__, set(map(_event_source, records))))
        and all(map(STRIPPED.__getitem__, set(map(_event_name, records))))
        and None not in times_of(records)
    )


def times_of(records: list[WireRecord]) -> set[int | None]:
    """The times at which records happened, as `TIMES` reads them."""
    return set(map(TIMES.__getitem__, set(map(_event_time, records))))


def transpose(records: list[WireRecord]) -> Fields:
    """The fields of at least one record. Each record is visited once, while it is in the processor's cache."""
    names = WireRecord.__struct_fields__
    return dict(zip(names, zip(*map(msgspec.structs.astuple, records), strict=True), strict=True))


def read_record(raw: bytes) -> WireRecord:
    """One record from its JSON text, as far as it can be read.

    Numbers do for texts, texts for booleans, `@timestamp` for the time (Logstash exports); bytes that are not UTF-8
    become U+FFFD.

    Raises:
        UnreadableRecordError: not an object, not JSON, above the cap, or without time, source or name.
    """
    if len(raw) > RECORD_CAP:
        raise UnreadableRecordError(f"larger than {RECORD_CAP >> 20} MiB")
    if is_utf8(raw):
        try:
            record = _decode_strictly(raw)
        except (msgspec.DecodeError, RecursionError):
            pass
        else:
            if are_sound([record]):
                return record
    return _read_leniently(read_members(repair_text(raw)))


def read_members(raw: bytes) -> dict[str, object]:
    """The members of a JSON object, decoded.

    Raises:
        UnreadableRecordError: not an object, or not JSON.
    """
    try:
        value = decode_json(raw)
    except (ValueError, RecursionError) as error:
        raise UnreadableRecordError(f"not JSON: {_why_not_json(error)}") from error
    if not isinstance(value, dict):
        raise UnreadableRecordError("not a JSON object")
    return value


def looks_like_record(members: dict[str, object]) -> bool:
    """Whether an object that stands alone is a record, rather than some other document."""
    return not _RECORD_KEYS.isdisjoint(members)


def _why_not_json(error: BaseException) -> str:
    """The decoder's sentence; those of `json` and `UnicodeDecodeError` would quote the text."""
    if isinstance(error, msgspec.DecodeError):
        return str(error).removeprefix("JSON is malformed: ")
    return "nested too deeply" if isinstance(error, RecursionError) else str(error).partition(":")[0]


def _read_leniently(members: dict[str, object]) -> WireRecord:
    source, name = _text(members, "eventSource"), _text(members, "eventName")
    time = _time(members)
    if not strip_text(source) or not strip_text(name) or source is None or name is None:
        if _text(members, "eventCategory") == "Insight" or _text(members, "eventType") == "AwsCloudTrailInsight":
            raise UnreadableRecordError("an Insights record: it tells of no single call")
        raise UnreadableRecordError("no eventName" if strip_text(source) else "no eventSource")
    event_id = _text(members, "eventID")
    return WireRecord(
        event_time=time,
        event_source=source,
        event_name=name,
        event_id=event_id or "",
        recipient_account_id=_text(members, "recipientAccountId"),
        aws_region=_text(members, "awsRegion"),
        event_type=_text(members, "eventType"),
        event_category=_text(members, "eventCategory"),
        read_only=_boolean(members, "readOnly"),
        error_code=_text(members, "errorCode"),
        error_message=_text(members, "errorMessage"),
        source_ip_address=_text(members, "sourceIPAddress"),
        user_agent=_text(members, "userAgent"),
        vpc_endpoint_id=_text(members, "vpcEndpointId"),
        shared_event_id=_text(members, "sharedEventID"),
        user_identity=_nested(members, "userIdentity"),
        request_parameters=_nested(members, "requestParameters"),
        resources=_nested(members, "resources"),
        record_hash=None if event_id else hashlib.blake2b(encode_sorted(members), digest_size=16).hexdigest(),
    )


def _time(members: dict[str, object]) -> str:
    key = "eventTime" if members.get("eventTime") is not None else "@timestamp"
    time = members.get(key)
    if time is None:
        raise UnreadableRecordError("no eventTime")
    if not isinstance(time, str) or read_time(time) is None:
        raise UnreadableRecordError(f"{key} is not an ISO 8601 time")
    return time


def _text(members: dict[str, object], key: str) -> str | None:
    value = members.get(key)
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    return None


def _boolean(members: dict[str, object], key: str) -> bool | None:
    value = members.get(key)
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None


def _nested(members: dict[str, object], key: str) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(members.get(key)))
