"""Queries for the views over a lake's tables."""

from collections.abc import Sequence

import pyarrow as pa

from trailmin.lake.read import scan
from trailmin.lake.schema import LOG_OBJECTS
from trailmin.lake.storage import Folder


def select_all(folder: Folder, paths: Sequence[str], schema: pa.Schema) -> str:
    """The query for all rows of a table's files."""
    return f"SELECT {', '.join(schema.names)} FROM {scan(folder, paths, schema)}"  # noqa: S608 - paths are quoted


def latest_log_objects(settled: str, pending: str) -> str:
    """The query for one row for each log object: its latest result, else its plan.

    Args:
        settled: a table expression of rows that count.
        pending: one of rows of plans that are not carried out.
    """
    columns = ", ".join(LOG_OBJECTS.names)
    planned = ", ".join(_PLANNED.get(name, name) for name in LOG_OBJECTS.names)
    return f"""
        SELECT {columns} FROM (
            SELECT {columns}, 0 AS rank FROM {settled}
            UNION ALL SELECT {planned}, 1 AS rank FROM {pending})
        QUALIFY row_number() OVER (PARTITION BY key ORDER BY rank, recorded_at DESC, batch_id) = 1
    """  # noqa: S608 - paths are quoted


_PLANNED = {
    "state": "'planned' AS state",
    **{
        name: f"NULL AS {name}"
        for name in ("attempt", "events", "set_aside", "set_aside_reasons", "first_event", "last_event", "digest")
    },
}
"""Results of an attempt that no commit names are not results."""
