"""The Delta tables on their folder: made, opened and changed, every failure a `LakeError` with a hint.

Files are read with pyarrow or DuckDB through their paths: readers of `deltalake` 1.6 that hand out pyarrow tables
aborted at exit in 14 of 20 runs.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from errno import ENOSPC
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction

from trailmin.errors import LakeError
from trailmin.lake.files import DataFile, remove_files, statistics
from trailmin.lake.schema import EVENTS, LOG_OBJECTS, SCHEMA_VERSION, USAGE

TABLES: Final = {"log_objects": LOG_OBJECTS, "events": EVENTS, "usage": USAGE}
_VERSION_KEY: Final = "trailmin.schemaVersion"


class ConflictError(Exception):
    """Another commit came first: load a fresh snapshot and look again."""


@contextmanager
def lake_errors(path: Path) -> Iterator[None]:
    """Turn what storage and libraries raise about the lake at `path` into `LakeError`.

    Raises:
        LakeError: in place of an error of the file system, `deltalake`, pyarrow or DuckDB.
    """
    try:
        yield
    except OSError as error:
        hint = "free some space" if error.errno == ENOSPC else "check that the folder can be written"
        raise LakeError(
            f"the lake {path} cannot be used: {error.strerror or error}",
            hint=f"{hint}; the lake is unharmed, and the next run goes on from here",
        ) from error
    except (DeltaError, pa.ArrowException, duckdb.Error) as error:
        raise LakeError(
            f"the lake {path} cannot be used: {error}",
            hint="check disk space and permissions; what is committed stays as it is",
        ) from error


def is_table(folder: Path) -> bool:
    """Whether the folder holds a Delta table."""
    return (folder / "_delta_log").is_dir()


def create_table(folder: Path, schema: pa.Schema) -> None:
    """Make an empty table, partitioned by `date` where it has one; nothing happens where there is a table already."""
    DeltaTable.create(
        str(folder),
        schema,
        mode="ignore",
        partition_by=_partition_by(schema),
        configuration={_VERSION_KEY: str(SCHEMA_VERSION)},
        raise_if_key_not_exists=False,
    )


def open_table(folder: Path) -> DeltaTable:
    """A fresh snapshot of the table.

    Raises:
        LakeError: no table, or one of another schema version.
    """
    try:
        table = DeltaTable(str(folder))
    except TableNotFoundError as error:
        raise LakeError(f"{folder.parent} is not a lake: it has no table `{folder.name}`") from error
    version = table.metadata().configuration.get(_VERSION_KEY)
    if version != str(SCHEMA_VERSION):
        raise LakeError(
            f"{folder} has schema version {version or 'unknown'}; this trailmin reads version {SCHEMA_VERSION}",
            hint="use the trailmin that wrote it, or ingest the logs into a new lake",
        )
    return table


def commit(
    table: DeltaTable,
    schema: pa.Schema,
    added: Sequence[DataFile],
    *,
    removed: Sequence[str] = (),
    transaction: str | None = None,
    metadata: dict[str, str] | None = None,
) -> None:
    """Add and remove files in one step, on this very snapshot.

    Args:
        table: the snapshot that the change was derived from.
        schema: of the table.
        added: written files.
        removed: paths of files that are part of the snapshot.
        transaction: an id by which the commit is found again (`table.transaction_version`).
        metadata: kept with the commit.

    Raises:
        ConflictError: somebody committed since the snapshot was taken.
    """
    now = int(time.time() * 1000)
    properties = CommitProperties(
        custom_metadata=dict(metadata or {}),
        # A retry inside would commit on a snapshot on which nobody has looked the transaction up.
        max_commit_retries=0,
        app_transactions=[Transaction(transaction, 1)] if transaction else None,
    )
    actions: list[AddAction | RemoveAction] = [_add_action(file, now) for file in added]
    actions += [RemoveAction(path, True, now, None, _partition_of(path)) for path in removed]
    try:
        table.create_write_transaction(actions, "append", schema, _partition_by(schema), commit_properties=properties)
    except CommitFailedError as error:
        raise ConflictError from error


def file_paths(table: DeltaTable) -> list[str]:
    """The snapshot's files, relative to the table's folder, sorted."""
    # Its own reader: pyarrow's would import pandas, a third of a second.
    return sorted(table.get_add_actions(flatten=True).column("path").to_pylist())


def remove_uncommitted(files: Sequence[DataFile], folder: Path) -> None:
    """Remove files, except those that the table has: what failed, or was interrupted, may have been committed first."""
    try:
        committed = set(file_paths(open_table(folder)))
    except (LakeError, DeltaError, OSError):
        # It cannot be told which ones those are; a file that no commit names harms nobody.
        return
    remove_files([file for file in files if file.path not in committed], folder)


def _partition_by(schema: pa.Schema) -> list[str]:
    return ["date"] if "date" in schema.names else []


def _add_action(file: DataFile, now: int) -> AddAction:
    partition: dict[str, str | None] = {"date": file.date.isoformat()} if file.date else {}
    return AddAction(file.path, file.size, partition, now, True, statistics(file))


def _partition_of(path: str) -> dict[str, str | None]:
    return {"date": day} if (day := partition_date(path)) else {}


def partition_date(path: str) -> str | None:
    """The `yyyy-mm-dd` of a file's path below its table, None without a partition."""
    folder, _, _ = path.rpartition("/")
    return folder.removeprefix("date=") if folder else None
