"""The `runs` table: what each run found of each role. It is made by the first run that is recorded."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable

from trailmin.lake.commit import Change, commit_change
from trailmin.lake.files import DataFile, new_path, parquet_options
from trailmin.lake.lake import Lake
from trailmin.lake.schema import RUNS
from trailmin.lake.storage import Folder
from trailmin.lake.tables import RUNS_TABLE, create_table, file_rows, is_table, lake_errors, open_table

Row = Mapping[str, Any]
"""Column of `schema.RUNS` → value, as plain Python values."""


def record_run(lake: Lake, run_id: str, derive: Callable[[Sequence[Row]], Sequence[Row]]) -> bool:
    """Add a run, unless the last one that was recorded has the same id.

    Args:
        lake: where to.
        run_id: the same for the same input and findings.
        derive: the run's rows, given those of the last run; without `sequence` and `run_id`, at least one.

    Returns:
        False where the last run is this one: nothing is added then.

    Raises:
        LakeError: the lake cannot be read or written.
    """
    folder = lake.folder.child(RUNS_TABLE)

    def add(table: DeltaTable) -> Change | None:
        files = _files(table)
        last = list(files)[-1] if files else 0
        rows = folder.read(files[last]).to_pylist() if files else []
        if rows and rows[0]["run_id"] == run_id:
            return None
        numbered = [{**row, "sequence": last + 1, "run_id": run_id} for row in derive(rows)]
        file = _write(numbered, folder, last + 1)
        # Derived from the run before it, so worthless after another.
        return Change(added=(file,), temporary=(file,))

    with lake_errors(lake.name):
        if not is_table(folder):
            create_table(folder, RUNS)
        return commit_change(folder, RUNS, add)


def last_run(lake: Lake) -> tuple[Row, ...]:
    """The rows of the last run, by account and role; none where no run was recorded.

    Raises:
        LakeError: the lake cannot be read.
    """
    folder = lake.folder.child(RUNS_TABLE)
    with lake_errors(lake.name):
        if not is_table(folder) or not (files := _files(open_table(folder))):
            return ()
        return tuple(folder.read(files[max(files)]).to_pylist())


def run_rows(lake: Lake, columns: Sequence[str], *, last: int | None = None) -> tuple[Row, ...]:
    """Columns of the rows of all runs, or of the last ones; by run, account and role.

    Raises:
        LakeError: the lake cannot be read.
    """
    folder = lake.folder.child(RUNS_TABLE)
    with lake_errors(lake.name):
        if not is_table(folder):
            return ()
        paths = list(_files(open_table(folder)).values())
        chosen = paths if last is None else paths[-last:]
        return tuple(row for path in chosen for row in folder.read(path, list(columns)).to_pylist())


def expire_runs(lake: Lake, before: date) -> int:
    """Forget the runs whose window ended before a day, but for the last run: the next one goes on from it.

    Returns:
        How many were there and are gone.

    Raises:
        LakeError: the lake cannot be read or written.
    """
    folder = lake.folder.child(RUNS_TABLE)
    gone: list[str] = []

    def remove(table: DeltaTable) -> Change | None:
        older = list(_files(table).values())[:-1]
        gone[:] = [path for path in older if max(folder.read(path, ["until"]).column(0).to_pylist()) < before]
        return Change(removed=tuple(gone)) if gone else None

    with lake_errors(lake.name):
        if is_table(folder):
            commit_change(folder, RUNS, remove)
    return len(gone)


def _files(table: DeltaTable) -> dict[int, str]:
    """The file of each run by its number, in their order."""
    return {row["min.sequence"]: row["path"] for row in sorted(file_rows(table), key=lambda r: int(r["min.sequence"]))}


def _write(rows: Sequence[Row], folder: Folder, sequence: int) -> DataFile:
    path = new_path(None)
    table = pa.Table.from_pylist([dict(row) for row in rows], schema=RUNS)
    # The same texts and names come again in many rows, nested ones too.
    size = folder.write(path, table, {**parquet_options(RUNS), "use_dictionary": True})
    return DataFile(path=path, size=size, rows=len(rows), date=None, bounds={"sequence": (sequence, sequence)})
