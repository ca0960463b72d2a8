"""Reading the tables' files with DuckDB, memory bounded, spilling to disk where it must."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa

MEMORY_LIMIT: Final = "1GB"
_ROWS: Final = 50_000


def connect() -> duckdb.DuckDBPyConnection:
    """A connection in memory, UTC, that never reaches for the network."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
    connection.execute("SET autoinstall_known_extensions = false")
    # It would be drawn on stdout, into the data.
    connection.execute("SET enable_progress_bar = false")
    return connection


def scan(paths: Sequence[Path], schema: pa.Schema) -> str:
    """A table expression over Parquet files of a partitioned table; an empty one without files."""
    if not paths:
        columns = ", ".join(f"NULL::{_duckdb_type(field.type)} AS {field.name}" for field in schema)
        return f"(SELECT {columns} WHERE false)"
    files = ", ".join(quote(str(path)) for path in paths)
    partition = ", hive_partitioning = true, hive_types = {'date': DATE}" if "date" in schema.names else ""
    return f"read_parquet([{files}], filename = true, file_row_number = true{partition})"


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

    Copies of an event have one `identity`; of them the first log object's is taken. The two records of a cross-account
    call share `shared_event_id`; of them the one in the principal's own account is taken.

    Args:
        events: a table expression from `scan`; copies lie within it, as they have the same time.
        columns: to select.
    """
    selected = ", ".join(f"e.{column}" for column in columns)
    return f"""
        WITH e AS (SELECT * FROM {events}),
        repeated AS (SELECT identity FROM e GROUP BY identity HAVING count(*) > 1),
        copies AS (
            SELECT filename, file_row_number, row_number() OVER (
                PARTITION BY identity ORDER BY log_object, filename, file_row_number) AS place
            FROM e SEMI JOIN repeated USING (identity)),
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
