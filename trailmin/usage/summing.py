"""Summing up what events were checked for, in bounded memory (DESIGN 4): DuckDB sorts rows, and spills; sums follow.

A principal may touch millions of objects. Past a bound the resources of one action become those of their folders, past
it again of folders further up, and at last of their containers. Which ones does not depend on the order of the events:
each level is a function of the one before it, and is left where its distinct resources pass the bound.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Final, TypeVar

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trailmin.lake.read import stream
from trailmin.lake.schema import USAGE
from trailmin.usage.checked_calls import CHECKED
from trailmin.usage.grouping import GROUPED, ORDER, event_ids, grouped
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

_Rows = TypeVar("_Rows", pa.RecordBatch, pa.Table)

_ROWS_HELD: Final = 500_000
"""Rows that are sorted from where they are; more of them, some 200 bytes each, are handed over to be spilled."""


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
            connection: with a memory limit and a place to spill to; its temporary tables are for nothing else.
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
        chunks = _chunks(checked)
        self._connection.register("arriving", next(chunks))
        following = next(chunks, None)
        self._execute(f"CREATE TEMP {'VIEW' if following is None else 'TABLE'} checked AS FROM arriving")
        while following is not None:
            self._connection.register("arriving", following)
            self._execute("INSERT INTO checked FROM arriving")
            following = next(chunks, None)
        self._scopes, self._targets = self.keys.ranked_scopes(), self.keys.ranked_targets()
        self._keep_bounds()

    def join(self, parts: Iterable[PartialSums]) -> None:
        """Sum up what was summed up in parts, each of other events; once, with all of them, in any order."""
        self.add(self._checked(parts))

    def rows(self) -> Iterator[pa.RecordBatch]:
        """The rows of `schema.USAGE` without their date, in a total order; texts that repeat are dictionaries."""
        for groups in self._groups():
            ids = event_ids(groups.column("examples"))
            described = self._described(groups).append_column("event_ids", ids)
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
        rows = pa.Table.from_batches(list(self._groups()), GROUPED)
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

    def _execute(self, sql: str) -> None:
        self._connection.execute(sql).fetchall()

    def _keep_bounds(self) -> None:
        """Tell what the numbers stand for, and which resources are to be summed up at which level."""
        principals, principal_at = self._scopes.grouped(principal_of)
        actions, action_at = self._targets.grouped(action_of)
        of_scope, of_target = self._scopes.rank_of, self._targets.rank_of
        scopes = {"rank": of_scope, "principal": principal_at[of_scope]}
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

    def _groups(self) -> Iterator[pa.RecordBatch]:
        """All that is summed up, as `GROUPED` by rank."""
        at_levels = bool(self._bounds.levels)
        resource = summarised("resource", "coalesce(level, 0)") if at_levels else "resource"
        query = f"""
            SELECT scopes.rank AS scope, targets.rank AS target, {resource} AS resource, count, calls, first_seen,
                last_seen, event_id, shared_event_id
            FROM checked JOIN scopes ON scope = scopes.number JOIN targets ON target = targets.number
                {"LEFT JOIN levels USING (principal, action)" if at_levels else ""}
            ORDER BY {", ".join(f"{name} NULLS FIRST" for name in ORDER)}
        """  # noqa: S608 - texts are our own
        return grouped(stream(self._connection, query, CHECKED))

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
        if chunk and rows + batch.num_rows > _ROWS_HELD:
            yield pa.Table.from_batches(chunk, CHECKED)
            chunk, rows = [], 0
        chunk.append(batch)
        rows += batch.num_rows
    yield pa.Table.from_batches(chunk, CHECKED)
