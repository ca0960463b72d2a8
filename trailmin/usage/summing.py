"""Summing up what events were checked for, in DuckDB and in bounded memory (DESIGN 4).

A principal may touch millions of objects. Past a bound the resources of one action become those of their folders, past
it again of folders further up, and at last of their containers. Which ones does not depend on the order of the events:
each level is a function of the one before it, and is left where its distinct resources pass the bound.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, TypeVar

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trailmin.lake.schema import USAGE
from trailmin.usage.checked_calls import CHECKED
from trailmin.usage.partial_sums import SUMS, Bounds, PartialSums, checked_sums
from trailmin.usage.resource_levels import find_levels, level_table
from trailmin.usage.summaries import summarised
from trailmin.usage.usage_keys import (
    SCOPE,
    TARGET,
    WORKLOAD_BOUND,
    Ranking,
    UsageKeys,
    action_of,
    principal_of,
)

RESOURCE_BOUND: Final = 10_000
"""Distinct resources per principal, action and day that are kept one by one."""

_BATCH: Final = 50_000
_Rows = TypeVar("_Rows", pa.RecordBatch, pa.Table)

_ROWS_AT_ONCE: Final = 600_000
"""Rows that are grouped together. DuckDB does not spill the examples of groups: some 500 bytes each stay in memory."""

_SUMMED: Final = """
    sum(count)::BIGINT AS count, sum(calls)::BIGINT AS calls, min(first_seen) AS first_seen, max(last_seen) AS last_seen
"""
_SHARES: Final = 4_096
"""Shares of the keys, by hash."""

# Records that have id and time in common are told apart by their shared id: which come first is never left open.
_SUMS: Final = f"""
    SELECT scope, target, resource, (hash(scope, target, resource) % {_SHARES})::INTEGER AS share, {_SUMMED},
        min({{'time': first_seen, 'id': event_id, 'shared': shared_event_id}}, 3) FILTER (event_id IS NOT NULL)
            AS examples
    FROM checked GROUP BY ALL
"""  # noqa: S608 - texts are our own
_SPREAD: Final = """
    unnest([count]) AS count, unnest([calls]) AS calls, first_seen, last_seen, unnest(examples) AS example
"""
"""A row for each example: `unnest` goes on with null where a list is shorter than another."""

_JOINED: Final = f"""
    SELECT scope, target, resource, share, {_SUMMED}, min(example, 3) FILTER (example IS NOT NULL) AS examples
    FROM (SELECT scope, target, resource, share, {_SPREAD} FROM sums WHERE share >= ? AND share < ?) GROUP BY ALL
"""  # noqa: S608 - texts are our own
_SETTLED: Final = f"""
    CREATE TABLE settled AS
    WITH ranked AS (
        SELECT scopes.rank AS scope, targets.rank AS target, resource, count, calls, first_seen, last_seen, examples,
            coalesce(level, 0) AS level, is_full
        FROM sums JOIN scopes ON sums.scope = scopes.number JOIN targets ON sums.target = targets.number
            LEFT JOIN levels USING (principal, action)),
    spread AS (
        SELECT scope, target, {summarised("resource", "level")} AS resource, {_SPREAD}
        FROM ranked WHERE level > 0 OR is_full)
    SELECT scope, target, resource, count, calls, first_seen, last_seen, examples FROM ranked
    WHERE level = 0 AND NOT is_full
    UNION ALL
    SELECT scope, target, resource, {_SUMMED}, min(DISTINCT example, 3) FILTER (example IS NOT NULL) AS examples
    FROM spread GROUP BY ALL
"""  # noqa: S608 - texts are our own
_AS_THEY_ARE: Final = """
    CREATE VIEW settled AS
    SELECT scopes.rank AS scope, targets.rank AS target, resource, count, calls, first_seen, last_seen, examples
    FROM sums JOIN scopes ON sums.scope = scopes.number JOIN targets ON sums.target = targets.number
"""
_IDS: Final = "list_transform(examples, lambda one: one.id)"
_DISTINCT_IDS: Final = (
    f"coalesce(list_filter({_IDS}, lambda id, place: list_position({_IDS}, id) = place), []) AS event_ids"
)


class DaySums:
    """The usage of one day."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        *,
        resource_bound: int = RESOURCE_BOUND,
        workload_bound: int = WORKLOAD_BOUND,
    ) -> None:
        """Have no sums yet.

        Args:
            connection: for nothing else, with a memory limit and a place to spill to.
            resource_bound: see `RESOURCE_BOUND`.
            workload_bound: see `usage_keys.WORKLOAD_BOUND`.
        """
        self.keys = UsageKeys(workload_bound)
        self._connection = connection
        self._resource_bound = resource_bound
        self._bounds = Bounds(full_principals=self.keys.full_principals)
        self._scopes = self._targets = Ranking()

    def add(self, checked: Iterator[pa.RecordBatch]) -> None:
        """Sum up rows of `CHECKED`, numbered by `keys`; once, with all of them.

        Raises:
            TrailminError: what making the rows raises.
        """
        rows = 0
        for chunk in _chunks(checked):
            rows += chunk.num_rows
            self._connection.register("checked", chunk)
            self._execute(f"CREATE TABLE IF NOT EXISTS sums AS FROM ({_SUMS}) LIMIT 0")
            self._execute(f"INSERT INTO sums {_SUMS}")
        if rows > _ROWS_AT_ONCE:
            self._join_chunks(rows)
        self._scopes, self._targets = self.keys.ranked_scopes(), self.keys.ranked_targets()
        self._keep_bounds()

    def join(self, parts: Iterable[PartialSums]) -> None:
        """Sum up what was summed up in parts, each of other events; once, with all of them, in any order."""
        self.add(self._checked(parts))

    def rows(self) -> Iterator[pa.RecordBatch]:
        """The rows of `schema.USAGE` without their date, in a total order; texts that repeat are dictionaries."""
        for rows in self._ordered(_DISTINCT_IDS):
            described = self._described(rows)
            fields = [USAGE.field(name) for name in USAGE.names if name != "date"]
            columns = [described.column(field.name) for field in fields]
            kept = [field.with_type(column.type) for field, column in zip(fields, columns, strict=True)]
            yield pa.record_batch(columns, schema=pa.schema(kept))

    def split(self, part_of: Callable[[str | None], int]) -> dict[int, PartialSums]:
        """All that is summed up, by the parts that the principals are in."""
        bounds: dict[int, Bounds] = {}
        for pair, level in self._bounds.levels.items():
            bounds.setdefault(part_of(pair[0]), Bounds()).levels[pair] = level
        for principal in self._bounds.full_principals:
            bounds.setdefault(part_of(principal), Bounds()).full_principals.add(principal)
        return {
            part: PartialSums(
                rows=self._described(rows).select(SUMS.names).cast(SUMS), bounds=bounds.get(part, Bounds())
            )
            for part, rows in self._by_part(part_of)
        }

    def _by_part(self, part_of: Callable[[str | None], int]) -> Iterator[tuple[int, pa.Table]]:
        """The settled rows of each part that has some."""
        part_of_scope = np.array([part_of(principal_of(values)) for values in self._scopes.values], np.int64)
        batches = list(self._ordered("examples"))
        if not batches:
            return
        rows = pa.Table.from_batches(batches)
        parts = part_of_scope[rows.column("scope").to_numpy()]
        order = np.argsort(parts, kind="stable")
        starts = np.flatnonzero(np.diff(parts[order], prepend=-1)).tolist()
        for start, end in pairwise([*starts, len(order)]):
            chosen = order[start:end]
            yield int(parts[chosen[0]]), rows.take(pa.array(chosen))

    def _checked(self, parts: Iterable[PartialSums]) -> Iterator[pa.RecordBatch]:
        for part in parts:
            self._bounds.add(part.bounds)
            yield from checked_sums(part.rows, self.keys)

    def _join_chunks(self, rows: int) -> None:
        """Put together what several chunks have of one key, share by share."""
        self._execute("CREATE TABLE joined AS SELECT * FROM sums LIMIT 0")
        step = max(1, _SHARES * _ROWS_AT_ONCE // rows)
        for start in range(0, _SHARES, step):
            self._execute(f"INSERT INTO joined {_JOINED}", [start, start + step])
        self._execute("DROP TABLE sums")
        self._execute("ALTER TABLE joined RENAME TO sums")

    def _execute(self, sql: str, parameters: Sequence[int] = ()) -> None:
        self._connection.execute(sql, parameters).fetchall()

    def _keep_bounds(self) -> None:
        """Make `settled` of `sums`: numbers by rank, and within the bounds."""
        principals, principal_at = self._scopes.grouped(principal_of)
        actions, action_at = self._targets.grouped(action_of)
        is_full = np.array([principal in self._bounds.full_principals for principal in principals], np.bool_)
        of_scope, of_target = self._scopes.rank_of, self._targets.rank_of
        principal = principal_at[of_scope]
        scopes = {"rank": of_scope, "principal": principal, "is_full": is_full[principal]}
        targets = {"rank": of_target, "action": action_at[of_target]}
        for name, columns in (("scopes", scopes), ("targets", targets)):
            numbers = np.arange(len(columns["rank"]), dtype=np.int32)
            self._connection.register(name, pa.table({"number": numbers, **columns}))
        numbered = {
            (principals.index(one), actions.index(action)): level
            for (one, action), level in self._bounds.levels.items()
        }
        levels = find_levels(self._connection, numbered, self._resource_bound)
        self._bounds.levels = {(principals[one], actions[action]): level for (one, action), level in levels.items()}
        self._connection.register("levels", level_table(levels))
        self._execute(_SETTLED if levels or is_full.any() else _AS_THEY_ARE)

    def _ordered(self, more: str) -> Iterator[pa.RecordBatch]:
        """The settled rows in order of scope, target and resource."""
        query = f"""
            SELECT scope, target, resource, count, calls, first_seen, last_seen, {more}
            FROM settled ORDER BY scope, target, resource NULLS FIRST
        """  # noqa: S608 - texts are our own
        yield from self._connection.sql(query).to_arrow_reader(_BATCH)

    def _described(self, rows: _Rows) -> _Rows:
        """Rows with what their numbers stand for."""
        columns = {name: rows.column(name) for name in rows.schema.names}
        for names, ranking, numbers in (
            (SCOPE, self._scopes, columns.pop("scope")),
            (TARGET, self._targets, columns.pop("target")),
        ):
            for name, values in zip(names, ranking.columns, strict=True):
                columns[name] = pc.take(values, numbers)
        return type(rows).from_arrays(list(columns.values()), names=list(columns))


def _chunks(checked: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    """At least one."""
    chunk: list[pa.RecordBatch] = []
    rows = 0
    for batch in checked:
        if chunk and rows + batch.num_rows > _ROWS_AT_ONCE:
            yield pa.Table.from_batches(chunk, CHECKED)
            chunk, rows = [], 0
        chunk.append(batch)
        rows += batch.num_rows
    yield pa.Table.from_batches(chunk, CHECKED)
