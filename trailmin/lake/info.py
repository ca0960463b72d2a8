"""What a lake holds: figures of its tables, from the Delta log and without reading rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from trailmin.lake.lake import Lake
from trailmin.lake.tables import file_rows, lake_errors, open_table, partition_date, schema_version, tables_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TableInfo:
    """Figures of one table."""

    name: str
    version: int
    """It grows with each commit."""
    schema_version: int
    rows: int
    """As stored: of events, copies included."""
    files: int
    bytes: int
    """Of the files that are part of the table now."""
    stored_bytes: int
    """Of all files in its folder: older versions, the log and what crashes left behind included."""
    first_date: date | None
    last_date: date | None


def describe_tables(lake: Lake) -> tuple[TableInfo, ...]:
    """The lake's tables, in the order in which data comes into them.

    Raises:
        LakeError: the lake cannot be read.
    """
    with lake_errors(lake.name):
        return tuple(_describe(lake, name) for name in tables_of(lake.folder))


def count_log_objects(lake: Lake) -> Mapping[str, tuple[int, int, int]]:
    """State of log objects → how many, their events, and how many of those were set aside.

    Raises:
        LakeError: the lake cannot be read.
    """
    rows = lake.query(
        "SELECT state, count(*) AS log_objects, coalesce(sum(events), 0)::BIGINT AS events,"
        " coalesce(sum(set_aside), 0)::BIGINT AS set_aside FROM latest_log_objects GROUP BY state ORDER BY state"
    ).to_pylist()
    return {row["state"]: (row["log_objects"], row["events"], row["set_aside"]) for row in rows}


def _describe(lake: Lake, name: str) -> TableInfo:
    folder = lake.folder.child(name)
    table = open_table(folder)
    files = file_rows(table)
    dates = sorted({day for row in files if (day := partition_date(row["path"]))})
    return TableInfo(
        name=name,
        version=table.version(),
        schema_version=schema_version(table) or 0,
        rows=sum(row["num_records"] or 0 for row in files),
        files=len(files),
        bytes=sum(row["size_bytes"] for row in files),
        stored_bytes=sum(file.size for file in folder.files()),
        first_date=date.fromisoformat(dates[0]) if dates else None,
        last_date=date.fromisoformat(dates[-1]) if dates else None,
    )
