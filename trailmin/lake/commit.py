"""Exactly-once commits of batches: looked up on a snapshot, committed on that very snapshot."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable

from trailmin.errors import LakeError
from trailmin.lake.batches import Batch
from trailmin.lake.decode_task import ObjectResult
from trailmin.lake.files import DataFile, write_file
from trailmin.lake.schema import EVENTS, LOG_OBJECTS
from trailmin.lake.tables import ConflictError, commit, file_paths, open_table, partition_date, remove_uncommitted

_ATTEMPTS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Files to add to a table and to take from it."""

    added: tuple[DataFile, ...] = ()
    removed: tuple[str, ...] = ()
    temporary: tuple[DataFile, ...] = ()
    """Those of `added` that were derived from the snapshot, and are worthless on another."""


def commit_change(
    folder: Path,
    schema: pa.Schema,
    derive: Callable[[DeltaTable], Change],
    *,
    transaction: str | None = None,
    metadata: dict[str, str] | None = None,
) -> bool:
    """Commit what `derive` makes of a fresh snapshot; after a conflict again, on a fresher one.

    Args:
        folder: of the table.
        schema: of the table.
        derive: what to add and remove, given a snapshot.
        transaction: commit only where no commit carries this id yet.
        metadata: kept with the commit.

    Returns:
        False when a commit with the id was there already.

    Raises:
        LakeError: others commit without a pause.
    """
    for _ in range(_ATTEMPTS):
        table = open_table(folder)
        if transaction and table.transaction_version(transaction) is not None:
            return False
        change = derive(table)
        try:
            commit(table, schema, change.added, removed=change.removed, transaction=transaction, metadata=metadata)
        except ConflictError:
            remove_uncommitted(change.temporary, folder)
            continue
        except BaseException:
            remove_uncommitted(change.temporary, folder)
            raise
        return True
    raise LakeError(f"others keep committing to {folder}", hint="run it again when they are done")


def record_plan(folder: Path, batches: Iterable[Batch]) -> None:
    """Write the lists of batches into `log_objects`, before anything of them is read."""
    now = datetime.now(UTC)
    rows = [
        _row(batch.batch_id, now, found.key, found.size, found.etag, state="planned")
        for batch in batches
        for found in batch.log_objects
    ]
    _append_rows(folder, rows)


def record_results(folder: Path, batch: Batch, results: Sequence[ObjectResult]) -> None:
    """Write what became of a batch's log objects; it counts from the batch's commit on."""
    now = datetime.now(UTC)
    rows = [_result_row(batch.batch_id, now, result) for result in results]
    gone = json.dumps([{"index": None, "reason": "its source no longer has it"}])
    rows += [
        _row(batch.batch_id, now, key, 0, "", state="unreadable", set_aside=1, set_aside_reasons=gone)
        for key in batch.missing
    ]
    _append_rows(folder, rows)


def commit_batch(folder: Path, batch: Batch, files: Sequence[DataFile], replaced: dict[str, tuple[date, date]]) -> bool:
    """Make a batch's files part of `events`, in place of older rows of the same log objects.

    Args:
        folder: of the `events` table.
        batch: whose id the commit carries.
        files: all rows of the batch.
        replaced: keys whose older rows go, with the first and last date on which they may lie.

    Returns:
        False when the batch was committed already; its files are removed then.
    """

    def derive(table: DeltaTable) -> Change:
        removed, rewritten = _without_log_objects(table, folder, replaced)
        return Change(added=(*files, *rewritten), removed=tuple(removed), temporary=tuple(rewritten))

    is_first = commit_change(folder, EVENTS, derive, transaction=batch.batch_id)
    if not is_first:
        remove_uncommitted(files, folder)
    return is_first


def _without_log_objects(
    table: DeltaTable, folder: Path, replaced: dict[str, tuple[date, date]]
) -> tuple[list[str], list[DataFile]]:
    """The files that hold rows of the log objects, and what is left of them, written anew."""
    removed: list[str] = []
    rewritten: list[DataFile] = []
    if not replaced:
        return removed, rewritten
    first = min(first for first, _ in replaced.values())
    last = max(last for _, last in replaced.values())
    keys = pa.array(sorted(replaced), pa.string())
    for path in file_paths(table):
        day = date.fromisoformat(partition_date(path) or "")
        if not first <= day <= last:
            continue
        with pq.ParquetFile(folder / path) as file:
            is_replaced = pc.is_in(file.read(columns=["log_object"]).column(0), keys)
            if not pc.any(is_replaced).as_py():
                continue
            rest = file.read().filter(pc.invert(is_replaced))
        removed.append(path)
        if rest.num_rows:
            rewritten.append(write_file(rest, folder, day))
    return removed, rewritten


def _append_rows(folder: Path, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    file = write_file(pa.Table.from_pylist(rows, schema=LOG_OBJECTS), folder, None)
    try:
        commit_change(folder, LOG_OBJECTS, lambda _: Change(added=(file,)))
    except BaseException:
        remove_uncommitted([file], folder)
        raise


def _result_row(batch_id: str, now: datetime, result: ObjectResult) -> dict[str, Any]:
    found = result.log_object
    reasons = [{"index": rejected.index, "reason": rejected.reason} for rejected in result.rejected]
    return _row(
        batch_id,
        now,
        found.key,
        found.size,
        found.etag,
        state=result.state,
        events=result.events,
        set_aside=result.set_aside,
        set_aside_reasons=json.dumps(reasons) if reasons else None,
        first_event=result.first_event,
        last_event=result.last_event,
    )


def _row(batch_id: str, now: datetime, key: str, size: int, etag: str, **values: object) -> dict[str, Any]:
    return {"key": key, "size": size, "etag": etag, "batch_id": batch_id, "recorded_at": now, **values}
