"""Dealing a day's events out to parts, so that a day that is too much for one process is work for many.

All copies of an event, and all records of one call, come to the same part: each part can be de-duplicated by itself.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import pyarrow as pa

from trailmin.lake.lake import Lake
from trailmin.lake.read import connect, deduplicated, scan, stream
from trailmin.lake.schema import EVENTS
from trailmin.lake.tables import lake_errors

_TO_TELL_COPIES: Final = (
    "identity", "shared_event_id", "event_source", "event_name", "principal_kind", "principal_arn", "principal_name",
    "principal_account", "account", "log_object",
)  # fmt: skip
_PLACE: Final = (("filename", pa.string()), ("file_row_number", pa.int64()))


def deal_events(lake: Lake, files: Sequence[str], columns: Sequence[str], parts: int) -> Iterator[tuple[int, bytes]]:
    """The rows of some files, copies included, as Arrow streams by the number of the part that they belong to.

    Args:
        lake: with the files.
        files: of one date, relative to the folder of `events`; together at most some million rows.
        columns: of `schema.EVENTS` that are wanted in the end.
        parts: how many there are.

    Raises:
        LakeError: the files cannot be read.
    """
    schema = _dealt_schema(columns)
    selected = ", ".join(schema.names)
    query = f"""
        SELECT {selected}, (hash(coalesce(shared_event_id, identity)) % {int(parts)})::INTEGER AS part
        FROM {scan(lake.events_folder, files, EVENTS)} ORDER BY part
    """  # noqa: S608 - paths are quoted, columns come from the schema
    with lake_errors(lake.name), connect(lake.folder) as connection:
        rows = connection.sql(query).to_arrow_table()
    of_row = rows.column("part").to_numpy()
    dealt = rows.drop_columns(["part"]).cast(schema)
    starts = [0, *(np.flatnonzero(np.diff(of_row)) + 1).tolist(), len(of_row)]
    for start, end in pairwise(starts):
        if end > start:
            yield int(of_row[start]), _to_stream(dealt.slice(start, end - start))


def dealt_events(lake: Lake, pieces: Iterable[bytes], columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The events of one part, as `rollup_files.read_events` gives those of files.

    Args:
        lake: for its errors' name.
        pieces: of one part, from `deal_events`, in any order.
        columns: as they were dealt.
    """
    tables = [pa.ipc.open_stream(piece).read_all() for piece in pieces]
    if not tables:
        return
    wanted = pa.schema([EVENTS.field(name) for name in columns])
    with lake_errors(lake.name), connect(lake.folder) as connection:
        connection.register("dealt", pa.concat_tables(tables))
        yield from stream(connection, deduplicated("dealt", columns), wanted)


def _dealt_schema(columns: Sequence[str]) -> pa.Schema:
    names = dict.fromkeys((*columns, *_TO_TELL_COPIES))
    return pa.schema([*(EVENTS.field(name) for name in names), *(pa.field(name, kind) for name, kind in _PLACE)])


def _to_stream(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return bytes(sink.getvalue())
