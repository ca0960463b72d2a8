from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pytest

from trailmin.usage.feed import fed

SCHEMA = pa.schema({"n": pa.int64()})


def rows(*batches: list[int]) -> Iterator[pa.RecordBatch]:
    yield from (pa.record_batch({"n": batch}, schema=SCHEMA) for batch in batches)


def test_a_query_reads_rows_as_they_are_made() -> None:
    with duckdb.connect() as connection:
        with fed(connection, "given", SCHEMA, rows([1, 2], [], [3])):
            found = connection.execute("SELECT sum(n)::BIGINT, count(*) FROM given").fetchall()
        assert found == [(6, 3)]


def test_what_making_them_raises_is_raised_as_it_was() -> None:
    def failing() -> Iterator[pa.RecordBatch]:
        yield from rows([1])
        raise KeyError("gone")

    with (
        duckdb.connect() as connection,
        pytest.raises(KeyError, match="gone"),
        fed(connection, "given", SCHEMA, failing()),
    ):
        connection.execute("SELECT * FROM given").fetchall()


def test_a_query_that_fails_by_itself_says_so() -> None:
    with (
        duckdb.connect() as connection,
        pytest.raises(duckdb.BinderException),
        fed(connection, "given", SCHEMA, rows([1])),
    ):
        connection.execute("SELECT nothing FROM given")


def test_the_name_is_free_again() -> None:
    with duckdb.connect() as connection:
        for _ in range(2):
            with fed(connection, "given", SCHEMA, rows([1])):
                connection.execute("SELECT * FROM given").fetchall()
        with pytest.raises(duckdb.CatalogException):
            connection.execute("SELECT * FROM given")
