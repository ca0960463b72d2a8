"""What the Delta log tells: which dates changed since a version, and what the usage rows were derived from."""

from datetime import date
from typing import Any, Final

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from trailmin.errors import LakeError
from trailmin.lake.commit import DATES_KEY
from trailmin.lake.storage import Folder
from trailmin.lake.tables import file_paths, load_table, partition_date

EVENTS_VERSION_KEY: Final = "trailmin.eventsVersion"
CATALOG_VERSION_KEY: Final = "trailmin.catalogVersion"

_RECENT: Final = 20
"""Commits that are looked at before all of them are."""


def changed_dates(events: DeltaTable, folder: Folder, since: int) -> set[date] | None:
    """The dates whose events may differ from those of an older version; None where that is no longer known.

    Commits name the dates that they change. Where one of them does not, or is no longer in the log, the files that the
    two versions have are compared instead.
    """
    count = events.version() - since
    if count <= 0:
        return set() if count == 0 else None
    named = [entry.get(DATES_KEY) for entry in _entries(events, count) if int(entry.get("version", -1)) > since]
    if len(named) == count and None not in named:
        return {date.fromisoformat(day) for text in named if text for day in text.split(",")}
    try:
        then = set(file_paths(load_table(folder, since)))
    except (LakeError, DeltaError, OSError, ValueError):
        return None
    return {date.fromisoformat(partition_date(path) or "") for path in then ^ set(file_paths(events))}


def usage_state(usage: DeltaTable) -> tuple[int, str] | None:
    """The `events` version and the catalog version that the usage rows were derived from; None before the first."""
    metadata = usage_metadata(usage)
    return (int(metadata[EVENTS_VERSION_KEY]), metadata[CATALOG_VERSION_KEY]) if metadata else None


def usage_metadata(usage: DeltaTable) -> dict[str, str] | None:
    """The same as the commit has it."""
    for limit in (_RECENT, None):
        for entry in _entries(usage, limit):
            if EVENTS_VERSION_KEY in entry:
                return {key: str(entry[key]) for key in (EVENTS_VERSION_KEY, CATALOG_VERSION_KEY)}
    return None


def _entries(table: DeltaTable, limit: int | None) -> list[dict[str, Any]]:
    """The newest commits that the log still has, the newest first."""
    return table.history(limit)
