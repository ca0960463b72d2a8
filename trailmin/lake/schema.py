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

_POLICY_TEXTS = pa.list_(pa.struct([("name", _TEXT), ("sha256", _TEXT), ("text", _TEXT)]))

RUNS = pa.schema(
    [
        pa.field("sequence", pa.int64(), nullable=False),  # of the run: 1, 2, …
        pa.field("run_id", _TEXT, nullable=False),  # hash of all that the run was made from and found
        pa.field("since", pa.date32(), nullable=False),  # first and last day (UTC) of the logs that it looked at
        pa.field("until", pa.date32(), nullable=False),
        pa.field("account", _TEXT),
        pa.field("role", _TEXT, nullable=False),
        pa.field("role_arn", _TEXT),
        pa.field("status", _TEXT, nullable=False),  # of the proposal, or `gone`
        pa.field("granted", pa.int64(), nullable=False),  # grants in force
        pa.field("used", pa.int64(), nullable=False),  # of these: used, implied or companion
        pa.field("unused", pa.int64(), nullable=False),
        pa.field("not_observable", pa.int64(), nullable=False),
        pa.field("too_new", pa.int64(), nullable=False),
        pa.field("removed", pa.int64(), nullable=False),  # grants that the proposal takes away
        pa.field("in_force", _POLICY_TEXTS, nullable=False),
        pa.field("proposed", _POLICY_TEXTS),  # all policies after the proposal; null where nothing is proposed
        pa.field("proposal_digest", _TEXT),  # of these, whatever their names and order
        pa.field("approved", _POLICY_TEXTS),  # what drift is measured against; null: nothing was approved yet
        pa.field("approved_by", _TEXT),  # first-seen, merged, settled
        pa.field("approved_on", pa.date32()),
        pa.field("before", _POLICY_TEXTS),  # what was in force before the merge
        pa.field("pending", pa.list_(_TEXT), nullable=False),  # digests of proposals that were not seen in force yet
        pa.field("is_merged", pa.bool_(), nullable=False),  # a proposal was found in force for the first time
        pa.field("drift", _TEXT),
        pa.field("drift_reason", _TEXT),
        pa.field("drift_since", pa.date32()),  # `until` of the run that found it first
        pa.field("detected_days", pa.int64()),  # of a drift found first: since the change in the log that made it
        pa.field("remediated_days", pa.int64()),  # of a drift that is gone: since it was found
        pa.field("revoked", pa.list_(pa.struct([("days", pa.int64()), ("grants", pa.int64())])), nullable=False),
        pa.field(  # grants of one statement that share a verdict
            "verdicts",
            pa.list_(
                pa.struct(
                    [
                        ("policy", _TEXT),
                        ("statement", pa.int64()),
                        ("sid", _TEXT),
                        ("verdict", _TEXT),
                        ("is_kept", pa.bool_()),
                        ("unused_since", pa.date32()),  # `until` of the run that called it unused first, unbroken
                        ("actions", pa.list_(_TEXT)),
                    ]
                )
            ),
            nullable=False,
        ),
    ]
)
"""One row for each role and run. What a run has to know of earlier ones is in the last one's rows, so that a run costs
the same however long the history is."""
