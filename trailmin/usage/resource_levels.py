"""Which resources are summed up at which level, so that no principal has more of one action than a bound."""

from collections.abc import Iterable, Mapping
from typing import Final

import duckdb
import pyarrow as pa

from trailmin.usage.summaries import LAST_LEVEL, summarised

Numbers = tuple[int, int]
"""Of a principal and an action."""

_PAIRS: Final = pa.schema({"principal": pa.int64(), "action": pa.int64(), "level": pa.int64()})

_NUMBERED: Final = """
    checked JOIN scopes ON scope = scopes.number JOIN targets ON target = targets.number
"""
_RESOURCES: Final = f"""
    CREATE TEMP TABLE resources AS
    SELECT DISTINCT principal, action, resource FROM {_NUMBERED} JOIN open USING (principal, action)
    WHERE resource IS NOT NULL
"""  # noqa: S608 - texts are our own
_CROWDED: Final = f"""
    SELECT principal, action FROM {_NUMBERED} WHERE resource IS NOT NULL GROUP BY ALL HAVING count(*) > ?
"""  # noqa: S608 - texts are our own
_PAST_BOUND: Final = f"""
    SELECT principal, action FROM resources JOIN open USING (principal, action)
    GROUP BY ALL HAVING count(DISTINCT {summarised("resource", "level")}) > ?
"""  # noqa: S608 - texts are our own


def find_levels(connection: duckdb.DuckDBPyConnection, floors: Mapping[Numbers, int], bound: int) -> dict[Numbers, int]:
    """The lowest level of each principal and action at which its distinct resources are within the bound.

    Args:
        connection: with `checked` (scope, target, resource), `scopes` (number, principal), `targets` (number, action).
        floors: levels to begin at; elsewhere at 0.
        bound: of distinct resources.

    Returns:
        Levels above 0.
    """
    levels = {**dict.fromkeys(_crowded(connection, bound), 0), **floors}
    waiting = _open(connection, levels, levels)
    if waiting:
        connection.execute(_RESOURCES).fetchall()
    while waiting:
        past_bound = connection.execute(_PAST_BOUND, [bound]).fetchall()
        for pair in past_bound:
            levels[pair] += 1
        waiting = _open(connection, levels, past_bound)
    return {pair: level for pair, level in levels.items() if level}


def _crowded(connection: duckdb.DuckDBPyConnection, bound: int) -> list[Numbers]:
    """Those that have more rows than the bound: that is cheaper to tell than more resources, and few do."""
    ((rows,),) = connection.execute("SELECT count(*) FROM checked").fetchall()
    if rows <= bound:
        return []
    return connection.execute(_CROWDED, [bound]).fetchall()


def _open(
    connection: duckdb.DuckDBPyConnection, levels: Mapping[Numbers, int], pairs: Iterable[Numbers]
) -> dict[Numbers, int]:
    """Give the queries those pairs that may go up a level."""
    found = {pair: levels[pair] for pair in pairs if levels[pair] < LAST_LEVEL}
    connection.register("open", level_table(found))
    return found


def level_table(levels: Mapping[Numbers, int]) -> pa.Table:
    """Levels as `principal`, `action` and `level`, sorted."""
    rows = [(*pair, level) for pair, level in sorted(levels.items())]
    columns = zip(*rows, strict=True) if rows else ([], [], [])
    return pa.table([pa.array(column, pa.int64()) for column in columns], schema=_PAIRS)
