"""Sums of some of a day's events, as they go from task to task."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa

from trailmin.lake.schema import USAGE
from trailmin.usage.grouping import GROUPED, spread
from trailmin.usage.numbering import encode, number_alike, values_at
from trailmin.usage.usage_keys import SCOPE, TARGET, UsageKeys, Values

Pair = tuple[str | None, str | None]
"""Principal and action."""

SUMS: Final = pa.schema(
    [
        *(USAGE.field(name) for name in USAGE.names if name not in {"date", "event_ids"}),
        GROUPED.field("examples"),
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

        keyed = {"scope": numbered(SCOPE, keys.scope), "target": numbered(TARGET, keys.target)}
        others = {name: batch.column(name) for name in GROUPED.names if name not in keyed}
        yield from spread(pa.record_batch({**keyed, **others}, schema=GROUPED))
