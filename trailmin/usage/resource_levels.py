"""Which resources are summed up at which level, so that no principal has more of one action than a bound."""

from collections.abc import Mapping
from typing import Final

import duckdb
import pyarrow as pa

from trailmin.usage.summaries import LAST_LEVEL, summarised

Numbers = tuple[int, int]
"""Of a principal and an action."""

_PAIRS: Final = pa.schema({"principal": pa.int64(), "action": pa.int64(), "level": pa.int64()})

_CROWDED: Final = """
    SELECT principal, action FROM sums JOIN scopes ON scope = scopes.number JOIN targets ON target = targets.number
    WHERE resource IS NOT NULL GROUP BY ALL HAVING count(*) > ?
"""
_PAST_BOUND: Final = f"""
    SELECT principal, action FROM sums JOIN scopes ON scope = scopes.number JOIN targets ON target = targets.number
    JOIN open USING (principal, action)
    WHERE resource IS NOT NULL GROUP BY ALL HAVING count(DISTINCT {summarised("resource", "level")}) > ?
"""  # noqa: S608 - texts are our own


def find_levels(connection: duckdb.DuckDBPyConnection, floors: Mapping[Numbers, int], bound: int) -> dict[Numbers, int]:
    """The lowest level of each principal and action at which its distinct resources are within the bound.

    Args:
        connection: with `sums` (scope, target, resource), `scopes` (number, principal) and `targets` (number, action).
        floors: levels to begin at; elsewhere at 0.
        bound: of distinct resources.

    Returns:
        Levels above 0.
    """
    levels = {**dict.fromkeys(_crowded(connection, bound), 0), **floors}
    waiting = {pair for pair in levels if levels[pair] < LAST_LEVEL}
    while waiting:
        connection.register("open", level_table({pair: levels[pair] for pair in waiting}))
        waiting = set(connection.execute(_PAST_BOUND, [bound]).fetchall())
        for pair in waiting:
            levels[pair] += 1
        waiting = {pair for pair in waiting if levels[pair] < LAST_LEVEL}
    return {pair: level for pair, level in levels.items() if level}


def _crowded(connection: duckdb.DuckDBPyConnection, bound: int) -> list[Numbers]:
    """Those that have more rows than the bound: that is cheaper to tell than more resources, and few do."""
    ((rows,),) = connection.execute("SELECT count(*) FROM sums").fetchall()
    if rows <= bound:
        return []
    return connection.execute(_CROWDED, [bound]).fetchall()


def level_table(levels: Mapping[Numbers, int]) -> pa.Table:
    """Levels as `principal`, `action` and `level`, sorted."""
    rows = [(*pair, level) for pair, level in sorted(levels.items())]
    columns = zip(*rows, strict=True) if rows else ([], [], [])
    return pa.table([pa.array(column, pa.int64()) for column in columns], schema=_PAIRS)
