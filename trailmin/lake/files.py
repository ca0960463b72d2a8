"""Parquet files of a partitioned table, written before the commit that makes them part of it."""

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

import numpy as np
import pyarrow as pa

from trailmin.lake.storage import Folder

ROW_GROUP_ROWS: Final = 100_000

_MANY_RUNS: Final = 1000
"""Changes of the date from row to row, above which sorting is cheaper than slices."""

_EPOCH: Final = date(1970, 1, 1)

_LOW_CARDINALITY: Final = (
    "account", "region", "event_source", "event_name", "event_type", "category", "error_code", "principal_kind",
    "principal_arn", "principal_account", "principal_name", "session_name", "invoked_by", "source_ip", "user_agent",
    "vpc_endpoint", "log_object", "workload", "action", "resource", "outcome", "basis", "unmapped", "passed_to",
)  # fmt: skip

_WITH_STATISTICS: Final = (
    "event_time", "account", "event_source", "event_name", "principal_arn", "log_object", "key", "day",
)  # fmt: skip
"""Columns by which readers may skip row groups; identities and texts give nothing to skip by."""

Bounds = Mapping[str, tuple[str | int, str | int]]
"""Column → its least and greatest value, as Delta's statistics spell them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """A Parquet file that is written, and not yet committed."""

    path: str
    """Relative to its table's folder."""
    size: int
    rows: int
    date: date | None
    """Its partition, None in a table without."""
    bounds: Bounds = field(default_factory=dict)
    """What readers of the Delta log may skip it by."""


def write_partitions(table: pa.Table, folder: Folder) -> list[DataFile]:
    """Write one file for each date of the rows below `folder`, which is the table's; the dates in order.

    Raises:
        OSError: the folder cannot be written, or the disk is full.
    """
    return [write_file(rows, folder, day) for day, rows in _by_date(table)]


def write_file(rows: pa.Table, folder: Folder, day: date | None, bounds: Bounds | None = None) -> DataFile:
    """Write rows, without the partition's column, as one file; a failed write leaves none behind.

    Raises:
        OSError: as `write_partitions`.
    """
    path = new_path(day)
    size = folder.write(path, rows, parquet_options(rows.schema))
    return DataFile(path=path, size=size, rows=rows.num_rows, date=day, bounds=bounds or {})


def new_path(day: date | None) -> str:
    """A path that no file has yet."""
    part = f"part-{uuid.uuid4()}.zstd.parquet"
    return f"date={day.isoformat()}/{part}" if day else part


def parquet_options(schema: pa.Schema) -> dict[str, object]:
    """How `pyarrow.parquet` writes rows of a schema."""
    return {
        "row_group_size": ROW_GROUP_ROWS,
        "compression": "zstd",
        "compression_level": 1,
        "use_dictionary": [name for name in _LOW_CARDINALITY if name in schema.names],
        "write_statistics": [name for name in _WITH_STATISTICS if name in schema.names],
        "coerce_timestamps": "ms",
        # What is a dictionary in memory is plain text to those who read it.
        "store_schema": not any(pa.types.is_dictionary(field.type) for field in schema),
    }


def remove_files(files: Iterable[DataFile], folder: Folder) -> None:
    """Remove files that will not be committed."""
    for file in files:
        folder.remove(file.path)


def statistics(file: DataFile) -> str:
    """The statistics of a Delta add action, as JSON."""
    found: dict[str, object] = {"numRecords": file.rows}
    if file.bounds:
        found["minValues"] = {name: least for name, (least, _) in file.bounds.items()}
        found["maxValues"] = {name: greatest for name, (_, greatest) in file.bounds.items()}
    return json.dumps(found)


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
