"""Rows that Python makes while DuckDB reads them."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pyarrow as pa


@contextmanager
def fed(
    connection: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema, rows: Iterator[pa.RecordBatch]
) -> Iterator[None]:
    """Let a query on the connection read rows under a name, once, as they come.

    Raises:
        BaseException: what making the rows raises, as it was, in place of what DuckDB makes of it.
    """
    failures: list[BaseException] = []

    def watched() -> Iterator[pa.RecordBatch]:
        try:
            yield from rows
        except BaseException as error:
            failures.append(error)
            raise

    connection.register(name, pa.RecordBatchReader.from_batches(schema, watched()))
    try:
        yield
    except duckdb.Error:
        if failures:
            raise failures[0] from None
        raise
    finally:
        connection.unregister(name)
