"""What the lake knows of log objects: which were read or failed, and which were planned and never committed."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable

from trailmin.lake.schema import LOG_OBJECTS
from trailmin.lake.tables import file_paths, open_table

_PLANNED = "planned"
_READ = "read"
_UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownObject:
    """The latest committed state of a log object."""

    size: int
    etag: str
    state: str
    batch_id: str

    def is_settled(self) -> bool:
        """Whether reading the same bytes again would tell nothing new."""
        return self.state != _UNREADABLE


@dataclass(slots=True, kw_only=True)
class History:
    """Log objects by key."""

    known: dict[str, KnownObject] = field(default_factory=dict)
    pending: dict[str, list[str]] = field(default_factory=dict)
    """Batch id → keys, of plans that were not carried out."""
    dates: dict[str, tuple[date, date]] = field(default_factory=dict)
    """Key → the first and last date on which rows of it may lie."""


def log_object_rows(folder: Path, columns: list[str] | None = None) -> pa.Table:
    """All rows of the `log_objects` table in a folder: plans and results."""
    paths = file_paths(open_table(folder))
    schema = pa.schema([f for f in LOG_OBJECTS if columns is None or f.name in columns])
    tables = [pq.ParquetFile(folder / path).read(columns=columns).cast(schema) for path in paths]
    return pa.concat_tables(tables) if tables else schema.empty_table()


def read_history(folder: Path, events_folder: Path) -> History:
    """What is committed, and what was only planned.

    Args:
        folder: of the table `log_objects`.
        events_folder: of the table `events`, which tells what is done; read after the other, so that nothing done
            meanwhile is taken for pending.
    """
    columns = ["key", "size", "etag", "batch_id", "recorded_at", "state", "first_event", "last_event"]
    rows = sorted(log_object_rows(folder, columns).to_pylist(), key=lambda row: (row["recorded_at"], row["key"]))
    events = open_table(events_folder)
    is_done = {batch: events.transaction_version(batch) is not None for batch in {row["batch_id"] for row in rows}}
    history = History()
    planned: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if not is_done[row["batch_id"]]:
            planned[row["batch_id"]].add(row["key"])
        elif row["state"] != _PLANNED:
            _note(history, row)
    history.pending = {batch: sorted(keys) for batch, keys in planned.items()}
    return history


def latest_rows(rows: pa.Table, events: DeltaTable) -> pa.Table:
    """One row for each log object: its latest committed result, else its plan; sorted by key."""
    chosen: dict[str, dict[str, Any]] = {}
    done: dict[str, bool] = {}
    for row in sorted(rows.to_pylist(), key=lambda row: row["recorded_at"]):
        batch = row["batch_id"]
        if batch not in done:
            done[batch] = events.transaction_version(batch) is not None
        is_result = done[batch] and row["state"] != _PLANNED
        if is_result:
            chosen[row["key"]] = row
        elif not done[batch]:
            chosen.setdefault(row["key"], row | {"state": _PLANNED})
    return pa.Table.from_pylist([chosen[key] for key in sorted(chosen)], schema=rows.schema)


def _note(history: History, row: dict[str, Any]) -> None:
    key = row["key"]
    history.known[key] = KnownObject(size=row["size"], etag=row["etag"], state=row["state"], batch_id=row["batch_id"])
    if row["state"] == _READ and row["first_event"] is not None:
        first, last = _utc_date(row["first_event"]), _utc_date(row["last_event"])
        before = history.dates.get(key, (first, last))
        history.dates[key] = min(first, before[0]), max(last, before[1])


def _utc_date(time: datetime) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=time.timestamp())).date()
