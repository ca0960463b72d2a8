"""Records' fields by columns: each record is visited once, while it is in the processor's cache, and then no more."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trailmin.trail.fields import LATEST_TIME, STRIPPED, TIMES
from trailmin.trail.wire import WireRecord

_NAMES: Final = WireRecord.__struct_fields__
_NO_TIME: Final = -1
_USUAL_TIME: Final = len("2026-01-31T23:59:59Z")
_UTC_MILLISECONDS: Final = pa.timestamp("ms", tz="UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordColumns:
    """Neighbouring records."""

    fields: dict[str, Sequence[Any]]
    """The fields of `WireRecord`, each with one value a record; sources and names stripped."""
    times: npt.NDArray[np.int64]
    """Milliseconds since 1970 UTC, -1 where a record tells no time."""

    def __len__(self) -> int:
        return len(self.times)

    @property
    def are_sound(self) -> bool:
        """Whether each record has a time, a source and a name; that it has an id is seen when it is decoded."""
        named = self.fields["event_source"], self.fields["event_name"]
        return not any(None in values for values in named) and not (self.times == _NO_TIME).any()


def columns_of(records: Sequence[WireRecord]) -> RecordColumns:
    """The columns of records, sound or not."""
    values = zip(*map(msgspec.structs.astuple, records), strict=True) if records else ((),) * len(_NAMES)
    fields: dict[str, Sequence[Any]] = dict(zip(_NAMES, values, strict=True))
    for name in ("event_source", "event_name"):
        fields[name] = _stripped(fields[name])
    return RecordColumns(fields=fields, times=_read_times(fields["event_time"]))


def join_columns(parts: Sequence[RecordColumns]) -> RecordColumns:
    """At least one part's columns, one below the other."""
    fields: dict[str, Sequence[Any]] = {}
    for name in _NAMES:
        values: list[Any] = []
        for part in parts:
            values += part.fields[name]
        fields[name] = values
    return RecordColumns(fields=fields, times=np.concatenate([part.times for part in parts]))


def _stripped(values: Sequence[str | None]) -> Sequence[str | None]:
    """A field that repeats its values, by the rule of `strip_text`; hardly ever is there anything to strip."""
    if all(STRIPPED[value] == value for value in set(values)):
        return values
    return [STRIPPED[value] for value in values]


def _read_times(texts: Sequence[str]) -> npt.NDArray[np.int64]:
    """Times by the rule of `read_time`. Those as CloudTrail writes them are read all at once."""
    column = pa.array(texts, pa.string())
    usual = _read_usual_times(column) if _are_usual(column) else None
    return usual if usual is not None else _read_any_times(texts)


def _are_usual(column: pa.StringArray) -> bool:
    """Whether all have the length of `2026-01-31T23:59:59Z` and its last letter: then Arrow's rules are Python's."""
    lengths = pc.min_max(pc.binary_length(column))
    return lengths == pa.scalar({"min": _USUAL_TIME, "max": _USUAL_TIME}, lengths.type) and bool(
        pc.all(pc.ends_with(column, "Z")).as_py()
    )


def _read_usual_times(column: pa.StringArray) -> npt.NDArray[np.int64] | None:
    try:
        times = column.cast(_UTC_MILLISECONDS).cast(pa.int64()).to_numpy()
    except pa.ArrowInvalid:
        return None
    return times if ((times >= 0) & (times < LATEST_TIME)).all() else None


def _read_any_times(texts: Iterable[str]) -> npt.NDArray[np.int64]:
    times = (TIMES[text] for text in texts)
    return np.fromiter((_NO_TIME if time is None else time for time in times), np.int64)
