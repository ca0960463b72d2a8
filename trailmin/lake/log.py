"""What the Delta log tells: which dates changed, what usage rows were derived from, which version there was when."""

import json
from datetime import date, datetime
from typing import Any, Final

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from trailmin.errors import LakeError
from trailmin.lake.commit import DATES_KEY
from trailmin.lake.storage import Folder
from trailmin.lake.tables import file_paths, load_table, partition_date

EVENTS_VERSION_KEY: Final = "trailmin.eventsVersion"
CATALOG_VERSION_KEY: Final = "trailmin.catalogVersion"


def changed_dates(events: DeltaTable, folder: Folder, since: int) -> set[date] | None:
    """The dates whose events may differ from those of an older version; None where that is no longer known.

    Commits name the dates that they change. Where one of them does not, or is no longer in the log, the files that the
    two versions have are compared instead.
    """
    if since >= events.version():
        return set() if since == events.version() else None
    named = [_commit_info(folder, version).get(DATES_KEY) for version in range(since + 1, events.version() + 1)]
    if None not in named:
        return {date.fromisoformat(day) for text in named if text for day in text.split(",")}
    try:
        then = set(file_paths(load_table(folder, since)))
    except (LakeError, DeltaError, OSError, ValueError):
        return None
    return {date.fromisoformat(partition_date(path) or "") for path in then ^ set(file_paths(events))}


def usage_state(usage: DeltaTable, folder: Folder) -> tuple[int, str] | None:
    """The `events` version and the catalog version that the usage rows were derived from; None before the first."""
    metadata = usage_metadata(usage, folder)
    return (int(metadata[EVENTS_VERSION_KEY]), metadata[CATALOG_VERSION_KEY]) if metadata else None


def usage_metadata(usage: DeltaTable, folder: Folder) -> dict[str, str] | None:
    """The same as the commit has it."""
    for version in range(usage.version(), -1, -1):
        info = _commit_info(folder, version)
        if EVENTS_VERSION_KEY in info:
            return {key: str(info[key]) for key in (EVENTS_VERSION_KEY, CATALOG_VERSION_KEY)}
        if not info:
            break
    return None


def version_at(table: DeltaTable, folder: Folder, moment: datetime) -> int | None:
    """The version at a moment, of those up to the table's own; None where the log does not reach back so far."""
    for version in range(table.version(), -1, -1):
        info = _commit_info(folder, version)
        if not info:
            break
        if info["timestamp"] < moment.timestamp() * 1000:
            return version
    return None


def _commit_info(folder: Folder, version: int) -> dict[str, Any]:
    """What a commit says of itself; nothing where the log has it no longer.

    `DeltaTable.history` (1.6.6) begins with the newest commit, also one that came after the snapshot, and counts down
    from the snapshot's version.
    """
    try:
        actions = folder.read_text(f"_delta_log/{version:020}.json").splitlines()
    except FileNotFoundError:
        return {}
    return next((found["commitInfo"] for found in map(json.loads, actions) if "commitInfo" in found), {})
