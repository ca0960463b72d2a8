"""A record as it stands in the log, and the one careful reading of records that are not as they should be.

Source of the fields: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

import hashlib
import json
from typing import Annotated, Final

import msgspec

from trailmin.trail.fields import read_time, strip_text
from trailmin.trail.json_text import decode_json, encode_sorted, is_utf8, repair_text

RECORD_CAP: Final = 32 << 20
"""Bytes of JSON in one record; AWS's own limit is 256 KiB, 1 MiB on request."""

_Text = str | None
_NULL: Final = msgspec.Raw(b"null")

RawJson = msgspec.Raw
"""A nested value as the bytes it came in, a view of the log object's text; it has the buffer protocol."""


class WireRecord(msgspec.Struct, gc=False, rename="camel", kw_only=True):
    """The fields of one record that are kept; nested ones as their JSON text, so that most are never decoded.

    One read by `read_record`, or by a typed decoder and then found sound, has a time, a source and a name. Fields
    stand in the order in which CloudTrail writes them, in which they are found fastest.
    """

    user_identity: msgspec.Raw = _NULL
    event_time: str
    event_source: str
    event_name: str
    aws_region: _Text = None
    source_ip_address: _Text = msgspec.field(name="sourceIPAddress", default=None)
    user_agent: _Text = None
    error_code: _Text = None
    error_message: _Text = None
    request_parameters: msgspec.Raw = _NULL
    event_id: Annotated[str, msgspec.Meta(min_length=1)] = msgspec.field(name="eventID")
    """Empty where the record has none; then `record_hash` holds its identity."""
    read_only: bool | None = None
    resources: msgspec.Raw = _NULL
    event_type: _Text = None
    recipient_account_id: _Text = None
    shared_event_id: _Text = msgspec.field(name="sharedEventID", default=None)
    vpc_endpoint_id: _Text = None
    event_category: _Text = None
    record_hash: _Text = None


class UnreadableRecordError(ValueError):
    """Why a record is set aside, without quoting it."""


_decode_strictly = msgspec.json.Decoder(WireRecord).decode
_RECORD_KEYS = frozenset({"eventVersion", "eventTime", "@timestamp", "eventSource", "eventName", "userIdentity"})


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
            if _is_sound(record):
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


def _is_sound(record: WireRecord) -> bool:
    names = strip_text(record.event_source), strip_text(record.event_name)
    return None not in names and read_time(record.event_time) is not None


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
