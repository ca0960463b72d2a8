"""From an older schema version of a lake to this one; a newer one is refused.

A migration may be interrupted anywhere and run by several at once: the version is the last thing that it sets.
"""

from collections import defaultdict
from typing import Any, Final

import pyarrow as pa
from deltalake import DeltaTable, Field
from deltalake.exceptions import DeltaError
from deltalake.schema import PrimitiveType

from trailmin.errors import LakeError
from trailmin.lake.batches import day_of
from trailmin.lake.commit import Change, commit_change
from trailmin.lake.files import Bounds, DataFile, write_file
from trailmin.lake.schema import LOG_OBJECTS, SCHEMA_VERSION
from trailmin.lake.storage import Folder
from trailmin.lake.tables import CONFIGURATION, file_paths, load_table, schema_version

_DELTA_TYPES: Final = {pa.string(): "string", pa.int64(): "long", pa.date32(): "date"}
_FIRST: Final = 1
_ATTEMPT_OF_FIRST: Final = 1
"""What commits of version 1 have beside a batch's id."""


def migrate(lake: Folder, name: str) -> None:
    """Bring a table to this schema version.

    Raises:
        LakeError: no table, one of a newer version, or one that cannot be written.
    """
    folder = lake.child(name)
    version = schema_version(load_table(folder))
    if version == SCHEMA_VERSION:
        return
    if version != _FIRST:
        raise LakeError(
            f"{folder.uri} has schema version {version or 'unknown'}; this trailmin reads version {SCHEMA_VERSION}"
            " and migrates version 1",
            hint="use the trailmin that wrote it, or ingest the logs into a new lake",
        )
    if name == "log_objects":
        _add_columns(folder)
        _split_by_batch(folder, lake.child("events"))
    _set_version(folder)


def _add_columns(folder: Folder) -> None:
    table = load_table(folder)
    held = {field.name for field in table.schema().fields}
    missing = [field for field in LOG_OBJECTS if field.name not in held]
    if missing:
        table.alter.add_columns(
            [Field(field.name, PrimitiveType(_DELTA_TYPES[field.type]), nullable=True) for field in missing]
        )


def _split_by_batch(folder: Folder, events_folder: Folder) -> None:
    """A file for each batch, with its bounds in the log; plans that were carried out go."""
    events = load_table(events_folder)

    def derive(table: DeltaTable) -> Change | None:
        old = file_paths(table)
        if not old:
            return None
        files = [
            _write_batch(batch_id, rows, folder, is_done=events.transaction_version(batch_id) is not None)
            for batch_id, rows in sorted(_rows_by_batch(folder, old).items())
        ]
        added = tuple(file for file in files if file is not None)
        return Change(added=added, removed=tuple(old), temporary=added, changes_data=False)

    commit_change(folder, LOG_OBJECTS, derive, opened=load_table)


def _rows_by_batch(folder: Folder, paths: list[str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for path in paths:
        for row in folder.read(path).to_pylist():
            found[row["batch_id"]].append(row | {"day": day_of(row["key"]), "origin": "trail"})
    return found


def _write_batch(batch_id: str, rows: list[dict[str, Any]], folder: Folder, *, is_done: bool) -> DataFile | None:
    if is_done:
        rows = [row | {"attempt": _ATTEMPT_OF_FIRST} for row in rows if row["state"] != "planned"]
    else:
        plans = {row["key"]: row for row in rows if row["state"] == "planned"}
        rows = [plans[key] for key in sorted(plans)]
    if not rows:
        return None
    days = [row["day"].isoformat() for row in rows]
    bounds: Bounds = {"batch_id": (batch_id, batch_id), "day": (min(days), max(days))}
    if is_done:
        bounds = {**bounds, "attempt": (_ATTEMPT_OF_FIRST, _ATTEMPT_OF_FIRST)}
    return write_file(pa.Table.from_pylist(rows, schema=LOG_OBJECTS), folder, None, bounds)


def _set_version(folder: Folder) -> None:
    table = load_table(folder)
    try:
        table.alter.set_table_properties(dict(CONFIGURATION), raise_if_not_exists=False)
    except DeltaError:
        # Somebody else migrates too; what matters is that one of them did.
        if schema_version(load_table(folder)) != SCHEMA_VERSION:
            raise
