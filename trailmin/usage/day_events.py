"""From rows of the `events` table to sums, and from sums to rows of the `usage` table."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import pyarrow as pa

from trailmin.lake.schema import USAGE
from trailmin.trail.event import Event, Principal, PrincipalKind
from trailmin.usage.authorization import Resolution
from trailmin.usage.resolver import Resolver
from trailmin.usage.summing import DaySums, Sums, UsageKey

COLUMNS: Final = (
    "date", "event_time", "event_id", "account", "region", "event_source", "event_name", "event_type", "category",
    "read_only", "error_code", "error_message", "principal_kind", "principal_arn", "principal_account",
    "principal_name", "session_name", "invoked_by", "vpc_endpoint", "request_parameters", "resources",
    "shared_event_id",
)  # fmt: skip
"""Of `schema.EVENTS`: what is read of each event."""


def add_events(sums: DaySums, batch: pa.RecordBatch, resolver: Resolver) -> None:
    """Count the events of a batch with `COLUMNS` under each action and resource that they were checked for."""
    for event in _events(batch):
        add_event(sums, event, resolver.resolve(event))


def _events(batch: pa.RecordBatch) -> Iterator[Event]:
    columns = [batch.column(name).to_pylist() for name in COLUMNS[1:]]
    for row in zip(*columns, strict=True):
        yield _event(row)


def _event(row: tuple[Any, ...]) -> Event:
    return Event(
        time=row[0],
        event_id=row[1],
        account=row[2],
        region=row[3],
        source=row[4],
        name=row[5],
        event_type=row[6],
        category=row[7],
        read_only=row[8],
        error_code=row[9],
        error_message=row[10],
        principal=Principal(
            kind=PrincipalKind(row[11]), arn=row[12], account=row[13], name=row[14], session_name=row[15]
        ),
        invoked_by=row[16],
        source_ip=None,
        user_agent=None,
        vpc_endpoint=row[17],
        request_parameters=row[18],
        resources=row[19],
        shared_event_id=row[20],
    )


def add_event(sums: DaySums, event: Event, resolution: Resolution) -> None:
    """Count one event under each action and resource that it was checked for."""
    base = UsageKey(
        account=event.account,
        principal_kind=event.principal.kind,
        principal_arn=event.principal.arn,
        principal_account=event.principal.account,
        principal_name=event.principal.name,
        workload=event.principal.session_name,
        event_source=event.source,
        event_name=event.name,
        category=event.category,
        read_only=event.read_only,
        action=None,
        resource=None,
        outcome=resolution.outcome,
        required=True,
        basis=None,
        unmapped=resolution.unmapped,
        region=event.region,
        vpc_endpoint=event.vpc_endpoint,
        invoked_by=event.invoked_by,
        passed_to=None,
    )
    calls = 1
    for authorization in resolution.authorizations:
        for resource in authorization.resources:
            key = base._replace(
                action=authorization.action,
                resource=resource,
                required=authorization.required,
                basis=authorization.basis,
                passed_to=authorization.passed_to,
            )
            sums.add(key, event.time, event.event_id, calls=calls)
            calls = 0
    if calls:
        sums.add(base, event.time, event.event_id, calls=1)


def usage_rows(day: date, sums: DaySums) -> pa.RecordBatch:
    """The rows of a day, as `schema.USAGE`, in a total order."""
    return pa.RecordBatch.from_pylist([_row(day, key, row) for key, row in sums.rows()], schema=USAGE)


def _row(day: date, key: UsageKey, row: Sums) -> dict[str, Any]:
    return {
        "date": day,
        **{k: (str(v) if k in {"principal_kind", "outcome", "basis"} and v else v) for k, v in key._asdict().items()},
        "count": row.count,
        "calls": row.calls,
        "first_seen": row.first_seen,
        "last_seen": row.last_seen,
        "event_ids": [event_id for _, event_id in row.examples],
    }
