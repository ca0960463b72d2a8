"""What a roll-up reads and writes, task by task: events of a snapshot, and usage rows that one commit makes visible."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import pyarrow as pa
from deltalake import DeltaTable

from trailmin.lake.commit import Change, commit_change
from trailmin.lake.files import DataFile, write_partitions
from trailmin.lake.lake import Lake
from trailmin.lake.log import CATALOG_VERSION_KEY, EVENTS_VERSION_KEY
from trailmin.lake.read import alike, connect, deduplicated, scan, stream
from trailmin.lake.schema import EVENTS, USAGE
from trailmin.lake.tables import file_paths, lake_errors, open_table, partition_date, remove_uncommitted

NOT_ALIKE: Final = ("event_time", "event_id")
"""Of `schema.EVENTS`: what is read of each event beside the columns in which events may be alike."""


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


def read_calls(lake: Lake, files: Sequence[str], columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The events in files of one date, each once, and once for a call that two accounts' logs hold; alike ones as one.

    Args:
        lake: with the files.
        files: relative to the folder of `events`; all of their date.
        columns: of `schema.EVENTS`, in which they are alike; the batches are of `calls_schema(columns)`.

    Raises:
        LakeError: the files cannot be read.
    """
    with lake_errors(lake.name), connect(lake.folder) as connection:
        events = deduplicated(scan(lake.events_folder, files, EVENTS), (*columns, *NOT_ALIKE))
        yield from stream(connection, alike(events, columns), calls_schema(columns))


def calls_schema(columns: Sequence[str]) -> pa.Schema:
    """Columns in which events are alike, with how many they are, and their first three by time and id."""
    time = EVENTS.field("event_time").type
    examples = pa.list_(pa.struct([pa.field("time", time), pa.field("id", pa.string())]))
    sums = {"count": pa.int64(), "first_seen": time, "last_seen": time, "examples": examples}
    return pa.schema([*(EVENTS.field(name) for name in columns), *(pa.field(name, of) for name, of in sums.items())])


def write_usage(lake: Lake, rows: pa.RecordBatch) -> list[DataFile]:
    """Write rows, as `schema.USAGE`, that nobody sees before `commit_usage`.

    Raises:
        LakeError: the lake cannot be written.
    """
    if not rows.num_rows:
        return []
    with lake_errors(lake.name):
        return write_partitions(pa.Table.from_batches([rows]).cast(USAGE), lake.usage_folder)


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
