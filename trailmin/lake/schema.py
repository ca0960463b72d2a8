"""The Delta tables' Arrow schemas, nullability included. Times are UTC milliseconds."""

import pyarrow as pa

SCHEMA_VERSION = 2
"""Stored with each table. Older ones are migrated (`migrate.py`), newer ones refused with a sentence.

1: the first. 2: `log_objects` has `day`, `attempt` and `origin`, and one file for each batch.
"""

_TIME = pa.timestamp("ms", tz="UTC")
_TEXT = pa.string()

LOG_OBJECTS = pa.schema(
    [
        pa.field("key", _TEXT, nullable=False),
        pa.field("size", pa.int64(), nullable=False),
        pa.field("etag", _TEXT, nullable=False),
        pa.field("batch_id", _TEXT, nullable=False),
        pa.field("attempt", pa.int64()),  # at the batch: the rows of the one that its commit names count; null: a plan
        pa.field("day", pa.date32()),  # of delivery, from the key; 1970-01-01 where the key tells none
        pa.field("origin", _TEXT),  # what kind of source it came from, which decides what it can have shown
        pa.field("recorded_at", _TIME, nullable=False),  # when this row was written: the latest counts
        pa.field("state", _TEXT, nullable=False),  # planned, read, failed, unreadable (tried again), digest
        pa.field("events", pa.int64()),
        pa.field("set_aside", pa.int64()),
        pa.field("set_aside_reasons", _TEXT),  # JSON list of {"index", "reason"}
        pa.field("first_event", _TIME),
        pa.field("last_event", _TIME),
        pa.field(
            "digest", _TEXT
        ),  # verified, unverified, altered, deleted; of digests: valid, unverified, invalid, missing
    ]
)

EVENTS = pa.schema(
    [
        pa.field("date", pa.date32(), nullable=False),
        pa.field("event_time", _TIME, nullable=False),
        pa.field("identity", _TEXT, nullable=False),  # event id and recipient account, else the record's hash
        pa.field("event_id", _TEXT),
        pa.field("account", _TEXT),
        pa.field("region", _TEXT),
        pa.field("event_source", _TEXT, nullable=False),
        pa.field("event_name", _TEXT, nullable=False),
        pa.field("event_type", _TEXT),
        pa.field("category", _TEXT),
        pa.field("read_only", pa.bool_()),
        pa.field("error_code", _TEXT),
        pa.field("error_message", _TEXT),
        pa.field("principal_kind", _TEXT, nullable=False),
        pa.field("principal_arn", _TEXT),
        pa.field("principal_account", _TEXT),
        pa.field("principal_name", _TEXT),
        pa.field("session_name", _TEXT),
        pa.field("invoked_by", _TEXT),
        pa.field("source_ip", _TEXT),
        pa.field("user_agent", _TEXT),
        pa.field("vpc_endpoint", _TEXT),
        pa.field("request_parameters", _TEXT),
        pa.field("resources", _TEXT),
        pa.field("shared_event_id", _TEXT),
        pa.field("log_object", _TEXT, nullable=False),
    ]
)

USAGE = pa.schema(
    [
        pa.field("date", pa.date32(), nullable=False),
        pa.field("account", _TEXT),
        pa.field("principal_kind", _TEXT, nullable=False),
        pa.field("principal_arn", _TEXT),
        pa.field("principal_account", _TEXT),
        pa.field("principal_name", _TEXT),
        pa.field("workload", _TEXT),
        pa.field("event_source", _TEXT, nullable=False),
        pa.field("event_name", _TEXT, nullable=False),
        pa.field("category", _TEXT),
        pa.field("read_only", pa.bool_()),
        pa.field("action", _TEXT),  # null: unmapped, or no authorization (see outcome)
        pa.field("resource", _TEXT),
        pa.field("outcome", _TEXT, nullable=False),
        pa.field("required", pa.bool_(), nullable=False),
        pa.field("basis", _TEXT),
        pa.field("unmapped", _TEXT),
        pa.field("region", _TEXT),
        pa.field("vpc_endpoint", _TEXT),
        pa.field("invoked_by", _TEXT),
        pa.field("passed_to", _TEXT),
        pa.field("count", pa.int64(), nullable=False),  # events that were checked for this action on this resource
        pa.field("calls", pa.int64(), nullable=False),  # of these, events counted in this row: sums to the events
        pa.field("first_seen", _TIME, nullable=False),
        pa.field("last_seen", _TIME, nullable=False),
        pa.field("event_ids", pa.list_(_TEXT), nullable=False),
    ]
)
