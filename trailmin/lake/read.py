"""Reading the tables' files with DuckDB, memory bounded, spilling to disk where it must."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import duckdb
import pyarrow as pa

from trailmin.lake.storage import Folder, S3Folder

MEMORY_LIMIT: Final = "1GB"
_ROWS: Final = 50_000


@contextmanager
def connect(folder: Folder, memory_limit: str = MEMORY_LIMIT) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in memory, UTC, that reads the folder's files and spills to a temporary directory of its own."""
    # Not a `TemporaryDirectory`: when the process ends, that would go before the connection, and warn.
    spill = tempfile.mkdtemp(prefix="trailmin-")
    try:
        with duckdb.connect() as connection:
            _set_up(connection, memory_limit, spill)
            if isinstance(folder, S3Folder):
                from trailmin.lake.s3_files import S3Files  # noqa: PLC0415 - a lake on a folder does not need it

                connection.register_filesystem(S3Files())
            yield connection
    finally:
        shutil.rmtree(spill, ignore_errors=True)


def _set_up(connection: duckdb.DuckDBPyConnection, memory_limit: str, spill: str) -> None:
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    connection.execute(f"SET memory_limit = '{memory_limit}'")
    connection.execute(f"SET temp_directory = {quote(spill)}")
    connection.execute("SET autoinstall_known_extensions = false")
    # A file of the lake never changes: what was read of it once need not be asked for again.
    connection.execute("SET GLOBAL parquet_metadata_cache = true")
    connection.execute("SET validate_external_file_cache = 'NO_VALIDATION'")
    _draw_nothing(connection)


@contextmanager
def session(connection: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that shares all with another one but its temporary tables and the query under way."""
    with connection.cursor() as opened:
        _draw_nothing(opened)
        yield opened


def _draw_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    """Progress would be drawn on stdout, into the data."""
    connection.execute("SET enable_progress_bar = false")


def scan(folder: Folder, paths: Sequence[str], schema: pa.Schema) -> str:
    """A table expression over Parquet files of a table; an empty one without files.

    Args:
        folder: of the table.
        paths: of the files, relative to it.
        schema: of the table; columns that a file of an older version lacks are null.
    """
    columns = ", ".join(f"NULL::{_duckdb_type(field.type)} AS {field.name}" for field in schema)
    nothing = f"SELECT {columns} WHERE false"
    if not paths:
        return f"({nothing})"
    files = ", ".join(quote(f"{folder.uri}/{path}") for path in paths)
    if "date" in schema.names:
        return (
            f"read_parquet([{files}], filename = true, file_row_number = true, hive_partitioning = true, "
            "hive_types = {'date': DATE})"
        )
    # Few and small enough to have their columns matched by name.
    return f"({nothing} UNION ALL BY NAME SELECT * FROM read_parquet([{files}], union_by_name = true))"  # noqa: S608


def stream(connection: duckdb.DuckDBPyConnection, sql: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The rows of a query in batches of the schema."""
    for batch in connection.sql(sql).to_arrow_reader(_ROWS):
        yield batch.cast(schema)


def one_number(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    """The number that a query gives."""
    row: tuple[Any, ...] | None = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0


def quote(text: str) -> str:
    """An SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def deduplicated(events: str, columns: Sequence[str]) -> str:
    """The query for one row per event, and one per call where a call is in two accounts' logs.

    Copies of an event have one `identity` and `shared_event_id`; of them the first log object's is taken. The two
    records of a cross-account call share `shared_event_id`; of them the one in the principal's own account is taken.

    What tells copies apart is read by itself, before the rest: holding all of a day costs more than reading a few
    columns twice.

    Args:
        events: a table expression from `scan`; copies lie within it, as they have the same time.
        columns: to select.
    """
    selected = ", ".join(f"e.{column}" for column in columns)
    return f"""
        WITH e AS NOT MATERIALIZED (SELECT * FROM {events}),
        repeated AS (SELECT hash(identity) AS h FROM e GROUP BY h HAVING count(*) > 1),
        copies AS (
            SELECT filename, file_row_number, row_number() OVER (
                PARTITION BY identity, shared_event_id ORDER BY log_object, filename, file_row_number) AS place
            FROM e SEMI JOIN repeated ON hash(e.identity) = repeated.h),
        shared AS (
            SELECT filename, file_row_number, row_number() OVER (
                PARTITION BY shared_event_id, event_source, event_name, principal_kind, principal_arn, principal_name
                ORDER BY (account IS NOT DISTINCT FROM principal_account) DESC, identity, log_object, filename,
                    file_row_number) AS place
            FROM e ANTI JOIN (SELECT * FROM copies WHERE place > 1) AS copy USING (filename, file_row_number)
            WHERE shared_event_id IS NOT NULL),
        dropped AS (
            SELECT filename, file_row_number FROM copies WHERE place > 1
            UNION ALL SELECT filename, file_row_number FROM shared WHERE place > 1)
        SELECT {selected} FROM e ANTI JOIN dropped USING (filename, file_row_number)
    """  # noqa: S608 - paths are quoted, columns come from the schema


def count_new(new: str, old: str) -> str:
    """The query for the number of distinct events in `new` that are not in `old`."""
    return f"""
        SELECT count(*) FROM (
            SELECT DISTINCT hash(identity) AS h FROM {new}) AS fresh
            ANTI JOIN (SELECT DISTINCT hash(identity) AS h FROM {old}) AS known USING (h)
    """  # noqa: S608 - paths are quoted


def _duckdb_type(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return "VARCHAR[]"
    names = {pa.string(): "VARCHAR", pa.int64(): "BIGINT", pa.bool_(): "BOOLEAN", pa.date32(): "DATE"}
    return names.get(kind, "TIMESTAMP WITH TIME ZONE")
