"""Roll-up of ten million events, what it grows by, and the queries of a proposal over what it makes.

`python -m bench.rollup STEP PLACE` is one measured step.
"""

import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bench.generate import generate_trail
from bench.process import Measured, Stopwatch, run_measured
from trailmin.catalog import load_catalog
from trailmin.engine import open_engine
from trailmin.lake import Lake
from trailmin.lake import ingest as run_ingest
from trailmin.lake.commit import Change, commit_change
from trailmin.lake.files import DataFile, write_partitions
from trailmin.lake.read import connect
from trailmin.lake.schema import EVENTS
from trailmin.lake.storage import LocalFolder
from trailmin.trail.sources import open_source
from trailmin.usage.checked_calls import CHECKED
from trailmin.usage.read import read_principals
from trailmin.usage.rollup import refresh_usage
from trailmin.usage.rollup_tasks import SUMS_MEMORY
from trailmin.usage.summing import DaySums

EVENTS_OF: Final = {"small": 400_000, "full": 10_000_000}
TIMES: Final = 10
"""How many times the events of a day are put in, each with a request of its own, to see what an event costs then."""

_BASE: Final = 200_000
"""Distinct requests; each comes back as often as it takes, under an id of its own."""

_DAY: Final = date(2026, 3, 1)
_CALL: Final = ("111111111111", "role", "r", None, None, None, "s3.amazonaws.com", "GetObject", None, None, None)
"""Of a group-by by itself: a scope, but for the endpoint and who invoked it."""
_BATCH: Final = 50_000
_SCOPES: Final = 3_000
_ACTIONS: Final = 20
_RESOURCES: Final = 1_000_000
"""Of the group-by by itself: distinct ones among its rows."""


def measure_rollup(scratch: Path, events: int) -> None:
    """Print what it takes to roll up so many events, and to read what a proposal needs of them."""
    run_measured("bench.rollup", "base", str(scratch))
    print("\nroll-up; an event's time is without the start-up\n")
    print(f"{'':42} {'CPU s':>7} {'wall s':>7} {'µs/event':>9} {'peak MB':>8}")
    start = _rolled_up("start-up: one event", scratch / "one", 1, 0.0)
    each = []
    for times in (1, TIMES):
        name = f"{_BASE * times:,} events of a day, all requests new"
        cpu = _rolled_up(name, scratch / "new", _BASE * times, start)
        each.append((cpu - start) / times)
    print(f"{TIMES} times the events of a day: {each[1] / each[0] - 1:+.0%} an event")
    _rolled_up(f"{events:,} events of 30 days, each {events // _BASE} times", scratch / "days", events, start)
    _line("read usage for proposals", events, run_measured("bench.rollup", "read", str(scratch / "days")), 0.0)
    _line(f"make {events:,} resolved rows", events, run_measured("bench.rollup", "make", str(events)), 0.0)
    _line("make them again, and group them", events, run_measured("bench.rollup", "group", str(events)), 0.0)


def _rolled_up(name: str, place: Path, events: int, start: float) -> float:
    """CPU seconds of rolling up a lake of so many events."""
    run_measured("bench.rollup", "fill", str(place), str(events))
    found = run_measured("bench.rollup", "rollup", str(place))
    _line(name, events, found, start)
    return found.cpu


def _line(name: str, events: int, found: Measured, start: float) -> None:
    each, rows = (found.cpu - start) / events * 1e6, found.output["rows"]
    print(f"{name:42} {found.cpu:7.2f} {found.wall:7.2f} {each:9.2f} {found.peak_mb:8.0f}  {rows:,} rows", flush=True)


def _base(scratch: Path) -> int:
    """Make a lake of 30 days, in which nearly each event has a request of its own; how many events it has."""
    generate_trail(scratch / "trail", files=_BASE // 1_000, events=1_000, seed=10)
    lake = Lake.create(scratch / "base")
    run_ingest([open_source(str(scratch / "trail"))], lake, engine=open_engine(1))
    return sum(batch.num_rows for batch in lake.deduplicated_events())


def _fill(place: Path, events: int) -> int:
    """Put events of the base lake into an empty one, as often as it takes; how many files that makes.

    In the lake `new` they are of one day, and each time with new requests.
    """
    rows = pa.Table.from_batches(list(Lake.open(str(place.parent / "base")).deduplicated_events())).slice(0, events)
    shutil.rmtree(place, ignore_errors=True)
    lake = Lake.create(place)
    written: list[DataFile] = []
    for number in range(-(-events // rows.num_rows)):
        some = _of_a_day(_with_new_requests(rows, number)) if place.name == "new" else rows
        files = write_partitions(_renamed(some, number), lake.events_folder)
        commit_change(lake.events_folder, EVENTS, lambda _, files=files: Change(added=tuple(files)))  # type: ignore[misc]
        written += files
    return len(written)


def _of_a_day(rows: pa.Table) -> pa.Table:
    return _changed(rows, ["date"], lambda dates: pa.chunked_array([pa.repeat(pa.scalar(_DAY), len(dates))]))


def _renamed(rows: pa.Table, number: int) -> pa.Table:
    """The same events under other ids."""
    return _changed(rows, ("identity", "event_id"), lambda ids: pc.binary_join_element_wise(ids, f"{number}", "#"))


def _with_new_requests(rows: pa.Table, number: int) -> pa.Table:
    """The same events with other keys, names and tokens: all long random texts of the trail."""
    return _changed(
        rows,
        ("request_parameters", "resources"),
        lambda texts: pc.replace_substring_regex(texts, pattern="([0-9a-f]{20,})", replacement=f"\\1{number:02x}"),
    )


def _changed(rows: pa.Table, names: Sequence[str], change: Callable[[pa.ChunkedArray], pa.ChunkedArray]) -> pa.Table:
    for name in names:
        rows = rows.set_column(rows.schema.get_field_index(name), EVENTS.field(name), change(rows.column(name)))
    return rows


def _make(rows: int) -> int:
    """Make the rows that `_group` sums up; how many they are."""
    with connect(LocalFolder(path=Path()), SUMS_MEMORY) as connection:
        return sum(batch.num_rows for batch in _resolved(DaySums(connection), rows))


def _group(rows: int) -> int:
    """Sum up rows as they come from the resolver, of one day; how many of usage they are."""
    with connect(LocalFolder(path=Path()), SUMS_MEMORY) as connection:
        sums = DaySums(connection, resource_bound=rows)
        sums.add(_resolved(sums, rows))
        return sum(batch.num_rows for batch in sums.rows())


def _resolved(sums: DaySums, rows: int) -> Iterator[pa.RecordBatch]:
    rng = np.random.default_rng(10)
    scopes = [sums.keys.scope((*_CALL, f"vpce-{number}", None)) for number in range(_SCOPES)]
    targets = [sums.keys.target((f"s3:A{number}", "allowed", True, None, None, None)) for number in range(_ACTIONS)]
    names = pa.array([f"arn:aws:s3:::data/year=2026/{number:040x}" for number in range(_RESOURCES)])
    ones = pa.array(np.ones(_BATCH, np.int64))
    for start in range(0, rows, _BATCH):
        resource = rng.integers(_RESOURCES, size=_BATCH)
        time = pa.array(resource % 86_400_000).cast(CHECKED.field("first_seen").type)
        ids = pa.array([f"{number:036}" for number in range(start, start + _BATCH)])
        columns = (
            # As in logs, a resource has few callers.
            pa.array(np.array(scopes, np.int32)[resource % _SCOPES]),
            pa.array(np.array(targets, np.int32)[resource % _ACTIONS]),
            names.take(pa.array(resource)),
            ones, ones, time, time, ids, pa.nulls(_BATCH, pa.string()),
        )  # fmt: skip
        yield pa.record_batch(list(columns), schema=CHECKED)


def main() -> None:
    """Run one step."""
    step, place, *given = sys.argv[1:]
    watch = Stopwatch()
    match step:
        case "base":
            rows = _base(Path(place))
        case "fill":
            rows = _fill(Path(place), int(*given))
        case "make":
            rows = _make(int(place))
        case "group":
            rows = _group(int(place))
        case "rollup":
            refresh_usage(Lake.open(place), load_catalog(), engine=open_engine(1))
            rows = Lake.open(place).query("SELECT count(*)::BIGINT AS n FROM usage").column("n")[0].as_py()
        case _:
            lake = Lake.open(place)
            days = lake.event_dates()
            rows = sum(len(one.uses) for one in read_principals(lake, since=days[0], until=days[-1]))
    watch.report(rows=rows)


if __name__ == "__main__":
    main()
