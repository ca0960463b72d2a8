"""Compaction: many small files of a date become few large ones, sorted so that readers skip most of them.

It runs beside ingest. What it writes replaces just the files that it read, and only if all of them are still part of
the table when it commits; otherwise, a late log object or another compaction having come first, it leaves the date to
the next time. No row changes, and the commit says so: nothing is rolled up again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import pyarrow as pa
from deltalake import DeltaTable

from trailmin.lake.commit import DATES_KEY, Change, commit_change
from trailmin.lake.files import Bounds, DataFile, write_file
from trailmin.lake.lake import Lake
from trailmin.lake.ledger import Ledger
from trailmin.lake.log import usage_metadata
from trailmin.lake.read import connect, scan, stream
from trailmin.lake.schema import EVENTS, LOG_OBJECTS, USAGE
from trailmin.lake.storage import Folder
from trailmin.lake.tables import file_rows, lake_errors, open_table, partition_date, remove_uncommitted

TARGET_BYTES: Final = 128 << 20
"""Of a compacted file; a date with one file of this or fewer bytes is left alone."""

_COMMIT_BYTES: Final = 1 << 30
"""Of files that are replaced in one commit."""

_FILE_ROWS: Final = 2_000_000

_ORDERS: Final = {
    "events": "account, principal_arn, principal_name, event_source, event_name, event_time, identity, log_object",
    "usage": "account, principal_arn, principal_name, event_source, action, resource",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """Files to be replaced, and what replaces them."""

    day: date | None
    paths: tuple[str, ...]
    files: tuple[DataFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactionReport:
    """What a compaction did to a table."""

    table: str
    files_before: int
    files_after: int
    left: tuple[date, ...] = ()
    """Dates that changed meanwhile."""


def compact(lake: Lake) -> tuple[CompactionReport, ...]:
    """Rewrite the dates that have more than one file, and the log of log objects.

    Raises:
        LakeError: the lake cannot be read or written.
    """
    with lake_errors(lake.name):
        return (
            _compact_ledger(lake),
            _compact_table("events", lake.events_folder, EVENTS),
            _compact_table("usage", lake.usage_folder, USAGE),
        )


def _compact_table(name: str, folder: Folder, schema: pa.Schema) -> CompactionReport:
    rows = file_rows(open_table(folder))
    left: list[date] = []
    after = len(rows)
    for group in _groups(rows):
        pieces = [_rewrite(folder, schema, _ORDERS[name], day, paths) for day, paths in group]
        for piece, is_replaced in zip(pieces, _replace(folder, schema, pieces), strict=True):
            if is_replaced:
                after += len(piece.files) - len(piece.paths)
            elif piece.day is not None:
                left.append(piece.day)
    return CompactionReport(table=name, files_before=len(rows), files_after=after, left=tuple(left))


def _groups(rows: Sequence[dict[str, Any]]) -> Iterator[list[tuple[date, list[str]]]]:
    """The dates that are worth the work, in groups that are committed together."""
    by_date: dict[date, list[dict[str, Any]]] = {}
    for row in rows:
        # What is large was written in order before, or is large enough for its readers to skip most of it.
        if row["size_bytes"] < TARGET_BYTES:
            by_date.setdefault(date.fromisoformat(partition_date(row["path"]) or ""), []).append(row)
    group: list[tuple[date, list[str]]] = []
    size = 0
    for day, found in sorted(by_date.items()):
        if len(found) < 2:
            continue
        group.append((day, [row["path"] for row in found]))
        size += sum(row["size_bytes"] for row in found)
        if size >= _COMMIT_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _rewrite(folder: Folder, schema: pa.Schema, order: str, day: date, paths: Sequence[str]) -> _Piece:
    return _Piece(day=day, paths=tuple(paths), files=tuple(_sorted_files(folder, paths, schema, order, day)))


def _sorted_files(folder: Folder, paths: Sequence[str], schema: pa.Schema, order: str, day: date) -> Iterator[DataFile]:
    """The rows of one date in order, in files of bounded size. DuckDB sorts beyond its memory on disk."""
    columns = [field for field in schema if field.name != "date"]
    names = ", ".join(field.name for field in columns)
    with connect(folder) as connection:
        query = f"SELECT {names} FROM {scan(folder, paths, schema)} ORDER BY {order}"  # noqa: S608 - paths are quoted
        waiting: list[pa.RecordBatch] = []
        count = 0
        for batch in stream(connection, query, pa.schema(columns)):
            waiting.append(batch)
            count += batch.num_rows
            if count >= _FILE_ROWS:
                yield write_file(pa.Table.from_batches(waiting), folder, day)
                waiting, count = [], 0
        if waiting:
            yield write_file(pa.Table.from_batches(waiting), folder, day)


def _replace(folder: Folder, schema: pa.Schema, pieces: Sequence[_Piece]) -> list[bool]:
    """Put files in the place of others in one commit, of each piece if those are all still there; says of which."""
    intact: list[bool] = []

    def derive(table: DeltaTable) -> Change | None:
        held = {row["path"] for row in file_rows(table)}
        intact[:] = [held.issuperset(piece.paths) for piece in pieces]
        chosen = [piece for piece, is_intact in zip(pieces, intact, strict=True) if is_intact]
        if not chosen:
            return None
        return Change(
            added=tuple(file for piece in chosen for file in piece.files),
            removed=tuple(path for piece in chosen for path in piece.paths),
            metadata=usage_metadata(table, folder) or {} if schema is USAGE else {DATES_KEY: ""},
            changes_data=False,
        )

    try:
        commit_change(folder, schema, derive)
    finally:
        remove_uncommitted([file for piece in pieces for file in piece.files], folder)
    return intact


def _compact_ledger(lake: Lake) -> CompactionReport:
    """Put the results that count into one file, and drop what is dead: plans that were carried out, second attempts."""
    folder = lake.log_objects_folder
    files = Ledger(folder, lake.events_folder).files()
    paths = [row["path"] for row in (*files.settled, *files.dead)]
    pending = sum(map(len, files.pending.values()))
    before = len(paths) + pending
    if len(paths) < 2:
        return CompactionReport(table="log_objects", files_before=before, files_after=before)
    written = _ledger_files(folder, [row["path"] for row in files.settled])
    (is_replaced,) = _replace(folder, LOG_OBJECTS, [_Piece(day=None, paths=tuple(paths), files=tuple(written))])
    return CompactionReport(
        table="log_objects", files_before=before, files_after=len(written) + pending if is_replaced else before
    )


def _ledger_files(folder: Folder, paths: Sequence[str]) -> list[DataFile]:
    """Sorted by day of delivery, so that a look-up reads only what is near its days."""
    with connect(folder) as connection:
        columns = ", ".join(LOG_OBJECTS.names)
        query = f"SELECT {columns} FROM {scan(folder, paths, LOG_OBJECTS)} ORDER BY day, key, recorded_at, batch_id"  # noqa: S608 - paths are quoted
        return [
            write_file(rows, folder, None, _bounds(rows))
            for batches in _chunks(stream(connection, query, LOG_OBJECTS))
            if (rows := pa.Table.from_batches(batches)).num_rows
        ]


def _chunks(batches: Iterator[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    chunk: list[pa.RecordBatch] = []
    for batch in batches:
        chunk.append(batch)
        if sum(one.num_rows for one in chunk) >= _FILE_ROWS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _bounds(rows: pa.Table) -> Bounds:
    batches = rows.column("batch_id").to_pylist()
    days = rows.column("day").to_pylist()
    bounds: Bounds = {
        "batch_id": (min(batches), max(batches)),
        "day": (min(days).isoformat(), max(days).isoformat()),
    }
    if len(set(batches)) == 1:
        attempt = rows.column("attempt")[0].as_py()
        bounds = {**bounds, "attempt": (attempt, attempt)}
    return bounds
