"""Groups of sorted rows: one pass that holds a batch at a time, however many rows a group has."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trailmin.usage.checked_calls import CHECKED

EXAMPLES: Final = 3
"""Events that are kept of a group."""

KEY: Final = ("scope", "target", "resource")
_EVENT: Final = ("first_seen", "event_id", "shared_event_id")
ORDER: Final = (*KEY, *_EVENT)
"""Of the rows; nulls of `event_id` come first, so that those of one event in a group lie side by side."""

_TIME: Final = CHECKED.field("first_seen").type
EXAMPLE: Final = pa.struct([("time", _TIME), ("id", pa.string()), ("shared", pa.string())])
GROUPED: Final = pa.schema(
    [
        *(CHECKED.field(name) for name in CHECKED.names if name not in _EVENT[1:]),
        pa.field("examples", pa.list_(EXAMPLE)),
    ]
)
"""A row for each scope, target and resource; `examples` are the first events with an id, by time, id and shared id."""

_Mask = np.ndarray[Any, np.dtype[np.bool_]]
_Places = np.ndarray[Any, np.dtype[np.int64]]


def grouped(rows: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Sum up rows of `CHECKED` that come in `ORDER`, as `GROUPED` in the order of their keys."""
    unfinished = _no_rows(CHECKED)
    for batch in rows:
        known = _joined([unfinished, batch])
        last = int(np.flatnonzero(_differs(known, KEY))[-1])
        if last:
            yield _summed(known.slice(0, last))
        unfinished = _joined(list(spread(_summed(known.slice(last)))))
    if unfinished.num_rows:
        yield _summed(unfinished)


def spread(groups: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Rows of `CHECKED` that have the same sums: of counts without an event, and of events that count nothing."""
    none = pa.nulls(groups.num_rows, pa.string())
    counts = {name: groups.column(name) for name in GROUPED.names if name != "examples"}
    yield pa.record_batch({**counts, "event_id": none, "shared_event_id": none}, schema=CHECKED)
    examples = groups.column("examples")
    group_of = examples.value_parent_indices()
    time, event_id, shared_event_id = examples.flatten().flatten()
    zeros = pa.array(np.zeros(len(time), np.int64))
    keys = [groups.column(name).take(group_of) for name in KEY]
    columns = [*keys, zeros, zeros, time, time, event_id, shared_event_id]
    yield pa.RecordBatch.from_arrays(columns, schema=CHECKED)


def event_ids(examples: pa.ListArray) -> pa.ListArray:
    """The ids of examples, each once: several records may have one."""
    ids, group_of = examples.flatten().field("id"), examples.value_parent_indices().to_numpy()
    number_of = ids.dictionary_encode().indices.to_numpy()
    is_first = np.ones(len(ids), np.bool_)
    for distance in range(1, EXAMPLES):
        is_first[distance:] &= (number_of[distance:] != number_of[:-distance]) | (
            group_of[distance:] != group_of[:-distance]
        )
    ends = np.cumsum(np.bincount(group_of[is_first], minlength=len(examples)))
    return pa.ListArray.from_arrays(pa.array(np.concatenate([[0], ends]), pa.int32()), ids.filter(pa.array(is_first)))


def _summed(rows: pa.RecordBatch) -> pa.RecordBatch:
    """Whole groups."""
    begins = _differs(rows, KEY)
    starts = np.flatnonzero(begins)
    times = {name: rows.column(name).cast(pa.int64()).to_numpy() for name in ("first_seen", "last_seen")}
    columns = {
        **{name: rows.column(name).take(pa.array(starts)) for name in KEY},
        **{name: pa.array(np.add.reduceat(rows.column(name).to_numpy(), starts)) for name in ("count", "calls")},
        "first_seen": pa.array(np.minimum.reduceat(times["first_seen"], starts)).cast(_TIME),
        "last_seen": pa.array(np.maximum.reduceat(times["last_seen"], starts)).cast(_TIME),
        "examples": _examples(rows, begins, starts),
    }
    return pa.record_batch(columns, schema=GROUPED)


def _examples(rows: pa.RecordBatch, begins: _Mask, starts: _Places) -> pa.ListArray:
    """The first events of each group, each once."""
    is_event = rows.column("event_id").is_valid().to_numpy(zero_copy_only=False) & (begins | _differs(rows, _EVENT))
    before = np.cumsum(is_event) - is_event
    lengths = np.diff(starts, append=rows.num_rows)
    chosen = is_event & (before - np.repeat(before[starts], lengths) < EXAMPLES)
    offsets = np.concatenate([[0], np.cumsum(np.add.reduceat(chosen.astype(np.int32), starts))])
    events = rows.select(list(_EVENT)).take(pa.array(np.flatnonzero(chosen)))
    structs = pa.StructArray.from_arrays(events.columns, fields=list(EXAMPLE))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), structs)


def _differs(rows: pa.RecordBatch, names: Sequence[str]) -> _Mask:
    """Whether each row has another value of a column than the one before; the first one has."""
    differs = np.zeros(rows.num_rows, np.bool_)
    differs[:1] = True
    for name in names:
        later, earlier = rows.column(name).slice(1), rows.column(name).slice(0, max(rows.num_rows - 1, 0))
        unequal = pc.not_equal(later, earlier)
        if unequal.null_count:
            unequal = pc.coalesce(unequal, pc.xor(later.is_valid(), earlier.is_valid()))
        differs[1:] |= unequal.to_numpy(zero_copy_only=False)
    return differs


def _joined(batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    table = pa.Table.from_batches(batches).combine_chunks()
    return next(iter(table.to_batches()), _no_rows(table.schema))


def _no_rows(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([], schema=schema)
