"""What goes: days past their retention, and files that no version worth keeping names."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

import pyarrow as pa
from deltalake import DeltaTable

from trailmin.lake.commit import DATES_KEY, Change, commit_change
from trailmin.lake.lake import Lake
from trailmin.lake.log import usage_metadata, version_at
from trailmin.lake.runs import expire_runs
from trailmin.lake.schema import EVENTS, USAGE
from trailmin.lake.storage import Folder
from trailmin.lake.tables import file_paths, lake_errors, load_table, open_table, partition_date, tables_of

KEEP_FILES: Final = timedelta(days=7)
"""How long a file stays that the table does not name: readers of an older version may still be at it, and whoever wrote
it may be about to commit it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VacuumReport:
    """What a vacuum removed, or would remove."""

    files: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """What was there and is gone."""

    days: tuple[date, ...]
    """Of events and usage."""
    runs: int


def expire(lake: Lake, before: date) -> Expired:
    """Take all days before one, and the runs that looked at such days only, out of the tables.

    Their files go with a later vacuum. Log objects stay known, so that what expired is not read again; the last run
    stays, whatever it looked at.

    Raises:
        LakeError: the lake cannot be read or written.
    """
    with lake_errors(lake.name):
        events = _expire(lake.events_folder, EVENTS, before, lambda _: {DATES_KEY: ""})
        usage = _expire(lake.usage_folder, USAGE, before, lambda table: usage_metadata(table, lake.usage_folder) or {})
    return Expired(days=tuple(sorted(events | usage)), runs=expire_runs(lake, before))


def vacuum(lake: Lake, *, keep: timedelta = KEEP_FILES, dry_run: bool = False) -> VacuumReport:
    """Remove files that the tables do not name and that are older than `keep`: replaced, expired, or left by crashes.

    Args:
        lake: any; ingest and compaction may go on meanwhile.
        keep: longer than any batch takes from its first file to its commit, and than any reader reads.
        dry_run: remove nothing, tell what would go.

    Raises:
        LakeError: the lake cannot be read or written.
    """
    last = datetime.now(UTC) - keep
    count = size = 0
    with lake_errors(lake.name):
        for name in tables_of(lake.folder):
            folder = lake.folder.child(name)
            # Listed first: what is committed in between is named by the snapshot, which is taken later.
            old = [file for file in folder.files() if file.path.endswith(".parquet") and file.modified < last]
            named = _named_since(folder, last)
            for file in old:
                if file.path in named or file.path.startswith("_"):
                    continue
                count += 1
                size += file.size
                if not dry_run:
                    folder.remove(file.path)
    return VacuumReport(files=count, bytes=size)


def _named_since(folder: Folder, moment: datetime) -> set[str]:
    """The files that were part of the table at that moment and are now; those of times in between are younger."""
    table = open_table(folder)
    named = set(file_paths(table))
    then = version_at(table, folder, moment)
    if then is not None:
        named |= set(file_paths(load_table(folder, then)))
    return named


def _expire(
    folder: Folder, schema: pa.Schema, before: date, metadata: Callable[[DeltaTable], dict[str, str]]
) -> set[date]:
    gone: set[date] = set()

    def derive(table: DeltaTable) -> Change | None:
        gone.clear()
        removed = [path for path in file_paths(table) if _date_of(path) < before]
        gone.update(map(_date_of, removed))
        return Change(removed=tuple(removed), metadata=metadata(table)) if removed else None

    commit_change(folder, schema, derive)
    return gone


def _date_of(path: str) -> date:
    return date.fromisoformat(partition_date(path) or "")
