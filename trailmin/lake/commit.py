"""Changes to a table: derived from a snapshot, committed on that very snapshot, derived again after a conflict."""

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from trailmin.errors import LakeError
from trailmin.lake.batches import Batch
from trailmin.lake.files import DataFile, write_file
from trailmin.lake.schema import EVENTS
from trailmin.lake.storage import Folder
from trailmin.lake.tables import ConflictError, commit, file_paths, open_table, partition_date, remove_uncommitted

DATES_KEY: Final = "trailmin.dates"
"""Commits of `events` name the dates whose rows they change: comma-separated, empty for none."""

_ATTEMPTS: Final = 200
_LONGEST_PAUSE: Final = 0.5
"""Seconds. Of many that commit at once each pauses a little, by chance, so that they get out of each other's way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Files to add to a table and to take from it."""

    added: tuple[DataFile, ...] = ()
    removed: tuple[str, ...] = ()
    temporary: tuple[DataFile, ...] = ()
    """Those of `added` that were derived from the snapshot, and are worthless on another."""
    metadata: Mapping[str, str] | None = None
    """Kept with the commit."""
    changes_data: bool = True
    """False where the same rows are only written anew."""


def commit_change(
    folder: Folder,
    schema: pa.Schema,
    derive: Callable[[DeltaTable], Change | None],
    *,
    transaction: tuple[str, int] | None = None,
    opened: Callable[[Folder], DeltaTable] = open_table,
) -> bool:
    """Commit what `derive` makes of a fresh snapshot; after a conflict again, on a fresher one.

    Args:
        folder: of the table.
        schema: of the table.
        derive: what to add and remove, given a snapshot; None for nothing at all.
        transaction: commit only where no commit carries this id yet; and what is found by the id.
        opened: how a snapshot is taken.

    Returns:
        False when nothing was committed: there was nothing to do, or a commit with the id was there already.

    Raises:
        LakeError: others commit without a pause.
    """
    for attempt in range(_ATTEMPTS):
        table = opened(folder)
        if transaction and (found := table.transaction_version(transaction[0])) is not None:
            # One's own where the answer to a commit was lost on the way.
            return found == transaction[1]
        change = derive(table)
        if change is None:
            return False
        try:
            commit(
                table,
                schema,
                change.added,
                removed=change.removed,
                transaction=transaction,
                metadata=dict(change.metadata or {}),
                changes_data=change.changes_data,
            )
        except ConflictError:
            remove_uncommitted(change.temporary, folder)
            time.sleep(random.uniform(0, min(_LONGEST_PAUSE, 0.01 * 2**attempt)))  # noqa: S311 - not for a secret
            continue
        except BaseException:
            remove_uncommitted(change.temporary, folder)
            raise
        return True
    raise LakeError(f"others keep committing to {folder.uri}", hint="run it again when they are done")


def commit_batch(
    folder: Folder,
    batch: Batch,
    attempt: int,
    files: Sequence[DataFile],
    replaced: Mapping[str, tuple[date, date]],
) -> bool:
    """Make a batch's files part of `events`, in place of older rows of the same log objects.

    Args:
        folder: of the `events` table.
        batch: whose id the commit carries.
        attempt: at the batch; its results are those that count from now on.
        files: all rows of the batch.
        replaced: keys whose older rows go, with the first and last date on which they may lie.

    Returns:
        False when the batch was committed already; its files are removed then.
    """

    def derive(table: DeltaTable) -> Change:
        removed, rewritten = _without_log_objects(table, folder, replaced)
        dates = {file.date.isoformat() for file in files if file.date} | {
            partition_date(path) or "" for path in removed
        }
        return Change(
            added=(*files, *rewritten),
            removed=tuple(removed),
            temporary=tuple(rewritten),
            metadata={DATES_KEY: dates_text(dates)},
        )

    is_first = commit_change(folder, EVENTS, derive, transaction=(batch.batch_id, attempt))
    if not is_first:
        remove_uncommitted(files, folder)
    return is_first


def dates_text(dates: Iterable[str]) -> str:
    """The dates of a commit, as `DATES_KEY` has them."""
    return ",".join(sorted(set(dates)))


def _without_log_objects(
    table: DeltaTable, folder: Folder, replaced: Mapping[str, tuple[date, date]]
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
        is_replaced = pc.is_in(folder.read(path, ["log_object"]).column(0), keys)
        if not pc.any(is_replaced).as_py():
            continue
        rest = folder.read(path).filter(pc.invert(is_replaced))
        removed.append(path)
        if rest.num_rows:
            rewritten.append(write_file(rest, folder, day))
    return removed, rewritten
