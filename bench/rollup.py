"""Roll-up of ten million events, what it grows by, and the queries of a proposal over what it makes.

`python -m bench.rollup STEP PLACE` is one measured step.
"""

import sys
from collections.abc import Iterator
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
from trailmin.lake.files import write_partitions
from trailmin.lake.read import connect
from trailmin.lake.schema import EVENTS
from trailmin.lake.storage import LocalFolder
from trailmin.trail.sources import open_source
from trailmin.usage.checked_calls import CHECKED
from trailmin.usage.read import read_principals
from trailmin.usage.rollup import refresh_usage
from trailmin.usage.rollup_tasks import SUMS_MEMORY
from trailmin.usage.summing import DaySums

EVENTS_OF: Final = {"small": (200_000, 400_000), "full": (1_000_000, 10_000_000)}
"""Once, and some times as many."""

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


def measure_rollup(scratch: Path, sizes: tuple[int, int]) -> None:
    """Print what it takes to roll up so many events, and to read what a proposal needs of them."""
    rows = _requests(scratch)
    print(f"\nroll-up, {rows.num_rows:,} distinct requests; an event's time is without the start-up\n")
    print(f"{'':36} {'CPU s':>7} {'wall s':>7} {'µs/event':>9} {'peak MB':>8}")
    start = _rolled_up("start-up: one event", scratch / "one", rows.slice(0, 1), 1, 0.0)
    one_day = pa.repeat(pa.scalar(_DAY), rows.num_rows)
    of_a_day = rows.set_column(EVENTS.get_field_index("date"), EVENTS.field("date"), one_day)
    _rolled_up(f"{rows.num_rows:,} events of a day, all new", scratch / "new", of_a_day, 1, start)
    each = []
    for events in sizes:
        place = scratch / f"lake-{events}"
        cpu = _rolled_up(f"{events:,} events of 30 days", place, rows, events // rows.num_rows, start)
        each.append((cpu - start) / events)
    print(f"{sizes[1] // sizes[0]} times the events: {each[1] / each[0] - 1:+.0%} an event")
    _line("read usage for proposals", sizes[1], run_measured("bench.rollup", "read", str(place)), 0.0)
    _line(f"group {sizes[1]:,} resolved rows", sizes[1], run_measured("bench.rollup", "group", str(sizes[1])), 0.0)


def _requests(scratch: Path) -> pa.Table:
    """Events of 30 days, nearly each with a request of its own."""
    generate_trail(scratch / "base", files=_BASE // 1_000, events=1_000, seed=10)
    lake = Lake.create(scratch / "base-lake")
    run_ingest([open_source(str(scratch / "base"))], lake, engine=open_engine(1))
    return pa.Table.from_batches(list(lake.deduplicated_events()))


def _rolled_up(name: str, place: Path, rows: pa.Table, times: int, start: float) -> float:
    """CPU seconds of rolling up a lake in which rows come some times, under ids of their own."""
    lake = Lake.create(place)
    for number in range(times):
        files = write_partitions(_renamed(rows, number), lake.events_folder)
        commit_change(lake.events_folder, EVENTS, lambda _, files=files: Change(added=tuple(files)))  # type: ignore[misc]
    found = run_measured("bench.rollup", "rollup", str(place))
    _line(name, rows.num_rows * times, found, start)
    return found.cpu


def _line(name: str, events: int, found: Measured, start: float) -> None:
    each, rows = (found.cpu - start) / events * 1e6, found.output["rows"]
    print(f"{name:36} {found.cpu:7.2f} {found.wall:7.2f} {each:9.2f} {found.peak_mb:8.0f}  {rows:,} rows", flush=True)


def _renamed(rows: pa.Table, number: int) -> pa.Table:
    """The same events under other ids."""
    for name in ("identity", "event_id"):
        named = pc.binary_join_element_wise(rows.column(name), f"{number}", "#")
        rows = rows.set_column(rows.schema.get_field_index(name), EVENTS.field(name), named)
    return rows


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
    step, given = sys.argv[1:]
    watch = Stopwatch()
    if step == "group":
        watch.report(rows=_group(int(given)))
        return
    lake = Lake.open(given)
    if step == "rollup":
        refresh_usage(lake, load_catalog(), engine=open_engine(1))
        watch.report(rows=lake.query("SELECT count(*)::BIGINT AS n FROM usage").column("n")[0].as_py())
    else:
        days = lake.event_dates()
        watch.report(rows=sum(len(one.uses) for one in read_principals(lake, since=days[0], until=days[-1])))


if __name__ == "__main__":
    main()
