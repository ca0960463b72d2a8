"""Parquet files of a partitioned table, written before the commit that makes them part of it."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROW_GROUP_ROWS: Final = 100_000

_MANY_RUNS: Final = 1000
"""Changes of the date from row to row, above which sorting is cheaper than slices."""

_EPOCH: Final = date(1970, 1, 1)

_LOW_CARDINALITY: Final = (
    "account", "region", "event_source", "event_name", "event_type", "category", "error_code", "principal_kind",
    "principal_arn", "principal_account", "principal_name", "session_name", "invoked_by", "source_ip", "user_agent",
    "vpc_endpoint", "log_object", "workload", "action", "resource", "outcome", "basis", "unmapped", "passed_to",
)  # fmt: skip

_WITH_STATISTICS: Final = ("event_time", "account", "event_source", "event_name", "principal_arn", "log_object", "key")
"""Columns by which readers may skip row groups; identities and texts give nothing to skip by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """A Parquet file that is written, and not yet committed."""

    path: str
    """Relative to its table's folder."""
    size: int
    rows: int
    date: date | None
    """Its partition, None in a table without."""


def write_partitions(table: pa.Table, folder: Path) -> list[DataFile]:
    """Write one file for each date of the rows below `folder`, which is the table's; the dates in order.

    Raises:
        OSError: the folder cannot be written, or the disk is full.
    """
    return [write_file(rows, folder, day) for day, rows in _by_date(table)]


def write_file(rows: pa.Table, folder: Path, day: date | None) -> DataFile:
    """Write rows, without the partition's column, as one file; a failed write leaves none behind.

    Raises:
        OSError: as `write_partitions`.
    """
    part = f"part-{uuid.uuid4()}.zstd.parquet"
    path = f"date={day.isoformat()}/{part}" if day else part
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    names = [name for name in _LOW_CARDINALITY if name in rows.column_names]
    try:
        pq.write_table(
            rows,
            target,
            row_group_size=ROW_GROUP_ROWS,
            compression="zstd",
            compression_level=1,
            use_dictionary=names,
            write_statistics=[name for name in _WITH_STATISTICS if name in rows.column_names],
            coerce_timestamps="ms",
        )
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return DataFile(path=path, size=target.stat().st_size, rows=rows.num_rows, date=day)


def remove_files(files: list[DataFile], folder: Path) -> None:
    """Remove files that will not be committed."""
    for file in files:
        (folder / file.path).unlink(missing_ok=True)


def statistics(file: DataFile) -> str:
    """The statistics of a Delta add action, as JSON."""
    return json.dumps({"numRecords": file.rows})


def _by_date(table: pa.Table) -> Iterator[tuple[date, pa.Table]]:
    """The rows of each date. Logs come nearly in order of time: mostly slices of the table, without a copy."""
    days = table.column("date").cast(pa.int32()).to_numpy()
    breaks = np.flatnonzero(np.diff(days)) + 1
    if len(breaks) > _MANY_RUNS:
        order = np.argsort(days, kind="stable")
        table, days = table.take(pa.array(order)), days[order]
        breaks = np.flatnonzero(np.diff(days)) + 1
    rows = table.drop_columns(["date"])
    runs: dict[int, list[pa.Table]] = {}
    for start, end in pairwise([0, *breaks.tolist(), len(days)]):
        runs.setdefault(int(days[start]), []).append(rows.slice(start, end - start))
    for day in sorted(runs):
        yield _EPOCH + timedelta(days=day), pa.concat_tables(runs[day])
