"""Sums of some of a day's events, as they go from task to task."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa

from trailmin.lake.schema import USAGE
from trailmin.usage.checked_calls import CHECKED
from trailmin.usage.numbering import encode, number_alike, values_at
from trailmin.usage.usage_keys import SCOPE, TARGET, UsageKeys, Values

Pair = tuple[str | None, str | None]
"""Principal and action."""

_EVENT: Final = pa.struct([("time", USAGE.field("first_seen").type), ("id", pa.string()), ("shared", pa.string())])
SUMS: Final = pa.schema(
    [
        *(USAGE.field(name) for name in USAGE.names if name not in {"date", "event_ids"}),
        pa.field("examples", pa.list_(_EVENT)),
    ]
)
"""Rows of usage; `examples` are the first three events with an id, by time, id and shared id."""

_ROWS: Final = 50_000


@dataclass(slots=True, kw_only=True)
class Bounds:
    """What passed a bound among some of a day's events: what did there, does among all."""

    levels: dict[Pair, int] = field(default_factory=dict)
    """The level that their resources are at, where it is not the first."""
    full_principals: set[str | None] = field(default_factory=set)
    """Those whose session names are buckets."""

    def add(self, other: "Bounds") -> None:
        """Take in what passed a bound elsewhere."""
        for pair, level in other.levels.items():
            self.levels[pair] = max(level, self.levels.get(pair, 0))
        self.full_principals |= other.full_principals


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialSums:
    """Sums of some of a day's events, of some of its principals."""

    rows: pa.Table
    """As `SUMS`."""
    bounds: Bounds


def checked_sums(rows: pa.Table, keys: UsageKeys) -> Iterator[pa.RecordBatch]:
    """Rows of `SUMS` as `CHECKED`, numbered by keys; their examples in rows that count nothing."""
    for batch in rows.combine_chunks().to_batches(_ROWS):
        columns = encode(batch, (*SCOPE, *TARGET))

        def numbered(names: Sequence[str], number: Callable[[Values], int]) -> pa.Array:
            firsts, number_of = number_alike(columns, names)  # noqa: B023 - called before the next batch
            found = [number(values) for values in values_at(batch, names, firsts)]  # noqa: B023
            return pa.array(np.array(found, np.int32)[number_of])

        keyed = {
            "scope": numbered(SCOPE, keys.scope),
            "target": numbered(TARGET, keys.target),
            "resource": batch.column("resource"),
        }
        yield _counts(batch, keyed)
        yield _examples(batch, keyed)


def _counts(rows: pa.RecordBatch, keyed: dict[str, pa.Array]) -> pa.RecordBatch:
    nothing = pa.nulls(rows.num_rows, pa.string())
    counts = {name: rows.column(name) for name in ("count", "calls", "first_seen", "last_seen")}
    return pa.record_batch({**keyed, **counts, "event_id": nothing, "shared_event_id": nothing}, schema=CHECKED)


def _examples(rows: pa.RecordBatch, keyed: dict[str, pa.Array]) -> pa.RecordBatch:
    examples = rows.column("examples")
    of_row = examples.value_parent_indices()
    events = examples.flatten()
    zeros = pa.array(np.zeros(len(events), np.int64))
    columns = {
        **{name: column.take(of_row) for name, column in keyed.items()},
        "count": zeros,
        "calls": zeros,
        "first_seen": events.field("time"),
        "last_seen": events.field("time"),
        "event_id": events.field("id"),
        "shared_event_id": events.field("shared"),
    }
    return pa.record_batch(columns, schema=CHECKED)
