"""The Delta tables on their folder: made, opened and changed, every failure a `LakeError` with a hint.

Files are read with pyarrow or DuckDB through their paths: readers of `deltalake` 1.6 that hand out pyarrow tables
aborted at exit in 14 of 20 runs.
"""

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from errno import ENOSPC
from typing import Any, Final

import duckdb
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction

from trailmin.errors import LakeError
from trailmin.lake.files import DataFile, remove_files, statistics
from trailmin.lake.schema import EVENTS, LOG_OBJECTS, SCHEMA_VERSION, USAGE
from trailmin.lake.storage import Folder

TABLES: Final = {"log_objects": LOG_OBJECTS, "events": EVENTS, "usage": USAGE}
RUNS_TABLE: Final = "runs"
"""Made by the first run that is recorded."""
VERSION_KEY: Final = "trailmin.schemaVersion"
_CREATE_ATTEMPTS: Final = 5

CONFIGURATION: Final = {
    VERSION_KEY: str(SCHEMA_VERSION),
    # A snapshot is read from the last checkpoint and the commits since: by default a hundred of them, 0.4 ms each.
    "delta.checkpointInterval": "10",
}
"""What the tables say of themselves."""


class ConflictError(Exception):
    """Another commit came first: load a fresh snapshot and look again."""


@contextmanager
def lake_errors(name: str) -> Iterator[None]:
    """Turn what storage and libraries raise about the lake of that name into `LakeError`.

    Raises:
        LakeError: in place of an error of the file system, S3, `deltalake`, pyarrow or DuckDB.
    """
    try:
        yield
    except OSError as error:
        hint = "free some space" if error.errno == ENOSPC else "check that it can be read and written"
        raise LakeError(
            f"the lake {name} cannot be used: {error.strerror or _in_one_line(error)}",
            hint=f"{hint}; the lake is unharmed, and the next run goes on from here",
        ) from error
    except (DeltaError, pa.ArrowException, duckdb.Error) as error:
        raise LakeError(
            f"the lake {name} cannot be used: {_in_one_line(error)}",
            hint="check space, permissions and credentials; what is committed stays as it is",
        ) from error


def _in_one_line(error: Exception) -> str:
    """What an error says, without the colours and indents in which `deltalake` tells its causes."""
    return " ".join(re.sub(r"\x1b\[\d+m|↳", "", str(error)).split())


def is_table(folder: Folder) -> bool:
    """Whether the folder holds a Delta table."""
    return DeltaTable.is_deltatable(folder.uri, folder.options)


def tables_of(lake: Folder) -> tuple[str, ...]:
    """The names of a lake's tables, in the order in which data comes into them."""
    return (*TABLES, RUNS_TABLE) if is_table(lake.child(RUNS_TABLE)) else tuple(TABLES)


def create_table(folder: Folder, schema: pa.Schema) -> None:
    """Make an empty table, partitioned by `date` where it has one; nothing happens where there is a table already.

    Raises:
        DeltaError: it cannot be made.
    """
    for attempt in range(_CREATE_ATTEMPTS):
        try:
            DeltaTable.create(
                folder.uri,
                schema,
                mode="ignore",
                partition_by=_partition_by(schema),
                configuration=dict(CONFIGURATION),
                raise_if_key_not_exists=False,
                storage_options=folder.options,
            )
        except DeltaError:
            # Of two that make the same table at once one loses, and finds the other's.
            if is_table(folder):
                return
            if attempt == _CREATE_ATTEMPTS - 1:
                raise
        else:
            return


def open_table(folder: Folder, version: int | None = None) -> DeltaTable:
    """The snapshot of a version, a fresh one of the newest by default.

    Raises:
        LakeError: no table, or one of another schema version.
    """
    table = load_table(folder, version)
    schema = schema_version(table)
    if schema != SCHEMA_VERSION:
        raise LakeError(
            f"{folder.uri} has schema version {schema or 'unknown'}; this trailmin reads version {SCHEMA_VERSION}",
            hint="use the trailmin that wrote it, or ingest the logs into a new lake",
        )
    return table


def load_table(folder: Folder, version: int | None = None) -> DeltaTable:
    """The snapshot of a version, the newest by default, whatever its schema.

    Raises:
        LakeError: no table.
    """
    try:
        return DeltaTable(folder.uri, version=version, storage_options=folder.options)
    except TableNotFoundError as error:
        parent, _, name = folder.uri.rpartition("/")
        raise LakeError(
            f"{parent} is not a lake: it has no table `{name}`", hint="make one: trailmin ingest SOURCE --lake LAKE"
        ) from error


def schema_version(table: DeltaTable) -> int | None:
    """The version that the table says it has; None where it says none that is a number."""
    text = table.metadata().configuration.get(VERSION_KEY) or ""
    return int(text) if text.isdecimal() else None


def commit(
    table: DeltaTable,
    schema: pa.Schema,
    added: Sequence[DataFile],
    *,
    removed: Sequence[str] = (),
    transaction: tuple[str, int] | None = None,
    metadata: dict[str, str] | None = None,
    changes_data: bool = True,
) -> None:
    """Add and remove files in one step, on this very snapshot.

    Args:
        table: the snapshot that the change was derived from.
        schema: of the table.
        added: written files.
        removed: paths of files that are part of the snapshot.
        transaction: an id by which the commit is found again, and what is found (`table.transaction_version`).
        metadata: kept with the commit.
        changes_data: False where the same rows are only written anew.

    Raises:
        ConflictError: somebody committed since the snapshot was taken.
    """
    now = int(time.time() * 1000)
    properties = CommitProperties(
        custom_metadata=dict(metadata or {}),
        # A retry inside would commit on a snapshot on which nobody has looked the transaction up.
        max_commit_retries=0,
        app_transactions=[Transaction(*transaction)] if transaction else None,
    )
    actions: list[AddAction | RemoveAction] = [_add_action(file, now, changes_data) for file in added]
    actions += [RemoveAction(path, changes_data, now, None, _partition_of(path)) for path in removed]
    try:
        table.create_write_transaction(actions, "append", schema, _partition_by(schema), commit_properties=properties)
    except CommitFailedError as error:
        raise ConflictError from error


def file_rows(table: DeltaTable) -> list[dict[str, Any]]:
    """The snapshot's files as its log tells of them: `path`, `size_bytes`, `num_records`, `min.…` and `max.…`."""
    # Its own reader: pyarrow's would import pandas, a third of a second.
    actions = table.get_add_actions(flatten=True)
    columns = {name: actions.column(name).to_pylist() for name in actions.schema.names}
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    return sorted(rows, key=lambda row: str(row["path"]))


def file_paths(table: DeltaTable) -> list[str]:
    """The snapshot's files, relative to the table's folder, sorted."""
    return sorted(table.get_add_actions(flatten=True).column("path").to_pylist())


def remove_uncommitted(files: Sequence[DataFile], folder: Folder) -> None:
    """Remove files, except those that the table has: what failed, or was interrupted, may have been committed first."""
    if not files:
        return
    try:
        committed = set(file_paths(open_table(folder)))
    except (LakeError, DeltaError, OSError):
        # It cannot be told which ones those are; a file that no commit names harms nobody.
        return
    remove_files([file for file in files if file.path not in committed], folder)


def _partition_by(schema: pa.Schema) -> list[str]:
    return ["date"] if "date" in schema.names else []


def _add_action(file: DataFile, now: int, changes_data: bool) -> AddAction:
    partition: dict[str, str | None] = {"date": file.date.isoformat()} if file.date else {}
    return AddAction(file.path, file.size, partition, now, changes_data, statistics(file))


def _partition_of(path: str) -> dict[str, str | None]:
    return {"date": day} if (day := partition_date(path)) else {}


def partition_date(path: str) -> str | None:
    """The `yyyy-mm-dd` of a file's path below its table, None without a partition."""
    folder, _, _ = path.rpartition("/")
    return folder.removeprefix("date=") if folder else None
