"""What a roll-up reads and writes, task by task: events of a snapshot, and usage rows that one commit makes visible."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import duckdb
import pyarrow as pa
from deltalake import DeltaTable

from trailmin.lake.commit import Change, commit_change
from trailmin.lake.files import DataFile, write_file
from trailmin.lake.lake import Lake
from trailmin.lake.log import CATALOG_VERSION_KEY, EVENTS_VERSION_KEY
from trailmin.lake.read import deduplicated, scan, stream
from trailmin.lake.schema import EVENTS, USAGE
from trailmin.lake.tables import file_paths, lake_errors, open_table, partition_date, remove_uncommitted

_FILE_ROWS: Final = 1_000_000
"""Of a file of usage: held in memory until it is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSnapshot:
    """The files of `events` at one version."""

    version: int
    rows: Mapping[date, Mapping[str, int]]
    """Date (UTC) → path, relative to the table's folder → its rows."""


def event_snapshot(lake: Lake) -> EventSnapshot:
    """The files of the newest version, with what each holds.

    Raises:
        LakeError: the lake cannot be read.
    """
    with lake_errors(lake.name):
        table = open_table(lake.events_folder)
        added = table.get_add_actions(flatten=True)
        rows: dict[date, dict[str, int]] = {}
        paths, counts = added.column("path").to_pylist(), added.column("num_records").to_pylist()
        for path, count in zip(paths, counts, strict=True):
            rows.setdefault(_date_of(path), {})[path] = count
        return EventSnapshot(version=table.version(), rows=rows)


def read_events(
    connection: duckdb.DuckDBPyConnection, lake: Lake, files: Sequence[str], columns: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    """The events in files of one date, each once, and once for a call that two accounts' logs hold.

    Args:
        connection: that reads the lake's files.
        lake: with the files.
        files: relative to the folder of `events`; all of their date.
        columns: of `schema.EVENTS`.

    Raises:
        LakeError: the files cannot be read.
    """
    schema = pa.schema([EVENTS.field(name) for name in columns])
    with lake_errors(lake.name):
        yield from stream(connection, deduplicated(scan(lake.events_folder, files, EVENTS), columns), schema)


def write_usage(lake: Lake, day: date, rows: Iterable[pa.RecordBatch]) -> list[DataFile]:
    """Write a day's rows, in their order, that nobody sees before `commit_usage`.

    Args:
        lake: where to.
        day: whose they are.
        rows: as `schema.USAGE` without its date; texts may be dictionaries.

    Raises:
        LakeError: the lake cannot be written.
    """
    with lake_errors(lake.name):
        return [write_file(pa.Table.from_batches(some), lake.usage_folder, day) for some in _chunks(rows)]


def _chunks(rows: Iterable[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    chunk: list[pa.RecordBatch] = []
    for batch in rows:
        chunk.append(batch)
        if sum(one.num_rows for one in chunk) >= _FILE_ROWS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def commit_usage(
    lake: Lake, files: Sequence[DataFile], dates: Iterable[date], *, events_version: int, catalog_version: str
) -> None:
    """Put written rows in the place of all usage rows of the dates, in one step.

    Args:
        lake: where to.
        files: from `write_usage`, with rows of those dates only.
        dates: whose rows go.
        events_version: of `events` that the rows were derived from.
        catalog_version: that derived them.

    Raises:
        LakeError: the lake cannot be written.
    """
    wanted = set(dates)
    metadata = {EVENTS_VERSION_KEY: str(events_version), CATALOG_VERSION_KEY: catalog_version}

    def derive(table: DeltaTable) -> Change:
        removed = [path for path in file_paths(table) if _date_of(path) in wanted]
        return Change(added=tuple(files), removed=tuple(removed), metadata=metadata)

    with lake_errors(lake.name):
        commit_change(lake.usage_folder, USAGE, derive)


def discard_usage(lake: Lake, files: Sequence[DataFile]) -> None:
    """Remove written rows that will not be committed."""
    remove_uncommitted(files, lake.usage_folder)


def _date_of(path: str) -> date:
    return date.fromisoformat(partition_date(path) or "")
