"""From events to the usage table, one day at a time.

The table is rebuilt for the days whose events changed, and for all days when the catalog changed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

import pyarrow as pa

from trailmin.catalog import Catalog
from trailmin.lake import Lake
from trailmin.lake.schema import USAGE
from trailmin.trail.event import Event, Principal, PrincipalKind
from trailmin.usage.authorization import Resolution
from trailmin.usage.resolver import Resolver
from trailmin.usage.summing import DaySums, Sums, UsageKey

_COLUMNS = (
    "date", "event_time", "event_id", "account", "region", "event_source", "event_name", "event_type", "category",
    "read_only", "error_code", "error_message", "principal_kind", "principal_arn", "principal_account",
    "principal_name", "session_name", "invoked_by", "vpc_endpoint", "request_parameters", "resources",
    "shared_event_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class RollupReport:
    """What a refresh did."""

    dates: tuple[date, ...]
    """The days that were rebuilt."""
    events: int


def refresh_usage(lake: Lake, catalog: Catalog, *, progress: Callable[[date], None] | None = None) -> RollupReport:
    """Bring the usage table up to the events; without new events and with the same catalog nothing is read.

    Raises:
        LakeError: The lake cannot be read or written.
    """
    version = lake.events_version()
    dates = _stale_dates(lake, catalog, version)
    if not dates:
        return RollupReport(dates=(), events=0)
    resolver = Resolver(catalog)
    events = 0

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal events
        for day, of_day in groupby(lake.deduplicated_events(dates, _COLUMNS), key=_date_of):
            if progress is not None:
                progress(day)
            sums = DaySums()
            for batch in of_day:
                events += batch.num_rows
                for event in _events(batch):
                    add_event(sums, event, resolver.resolve(event))
            yield _batch(day, sums)

    lake.replace_usage(batches(), dates, events_version=version, catalog_version=catalog.version)
    return RollupReport(dates=tuple(dates), events=events)


def _stale_dates(lake: Lake, catalog: Catalog, version: int) -> list[date]:
    state = lake.usage_state()
    if state is None or state[1] != catalog.version:
        return sorted(lake.event_dates())
    if state[0] == version:
        return []
    changed = lake.changed_dates(state[0])
    return sorted(lake.event_dates() if changed is None else changed)


def _date_of(batch: pa.RecordBatch) -> date:
    day: date = batch.column("date")[0].as_py()
    return day


def _events(batch: pa.RecordBatch) -> Iterator[Event]:
    columns = [batch.column(name).to_pylist() for name in _COLUMNS[1:]]
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


def _batch(day: date, sums: DaySums) -> pa.RecordBatch:
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
