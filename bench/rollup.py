"""Roll-up of ten million events, and the queries of a proposal over what it makes.

`python -m bench.rollup STEP LAKE` is one measured step.
"""

import sys
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from bench.generate import generate_trail
from bench.process import Stopwatch, run_measured
from trailmin.catalog import load_catalog
from trailmin.engine import open_engine
from trailmin.lake import Lake
from trailmin.lake import ingest as run_ingest
from trailmin.lake.commit import Change, commit_change
from trailmin.lake.files import write_partitions
from trailmin.lake.schema import EVENTS
from trailmin.trail.sources import open_source
from trailmin.usage.read import read_principals
from trailmin.usage.rollup import refresh_usage

EVENTS_OF: Final = {"small": 400_000, "full": 10_000_000}
_BASE: Final = 100_000
"""Distinct requests; each comes back as often as it takes, under an id of its own."""


def measure_rollup(scratch: Path, events: int) -> None:
    """Print what it takes to roll up that many events, and to read what a proposal needs of it."""
    trail, place = scratch / "base", scratch / "many"
    generate_trail(trail, files=_BASE // 1_000, events=1_000, seed=10)
    _fill(trail, place, events)
    print(f"\nroll-up of {events:,} events over 30 days, {_BASE:,} distinct requests\n")
    print(f"{'':26} {'CPU s':>7} {'wall s':>7} {'µs/event':>9} {'peak MB':>8}")
    for step in ("rollup", "read"):
        found = run_measured("bench.rollup", step, str(place))
        each = found.cpu / events * 1e6
        rows = found.output["rows"]
        print(f"{step:26} {found.cpu:7.2f} {found.wall:7.2f} {each:9.2f} {found.peak_mb:8.0f}  {rows:,}", flush=True)


def _fill(trail: Path, place: Path, events: int) -> None:
    lake = Lake.create(place)
    base = Lake.create(place.with_name("base-lake"))
    run_ingest([open_source(str(trail))], base, engine=open_engine(1))
    rows = pa.Table.from_batches(list(base.deduplicated_events()))
    for number in range(events // rows.num_rows):
        files = write_partitions(_renamed(rows, number), lake.events_folder)
        commit_change(lake.events_folder, EVENTS, lambda _, files=files: Change(added=tuple(files)))  # type: ignore[misc]


def _renamed(rows: pa.Table, number: int) -> pa.Table:
    """The same events under other ids."""
    for name in ("identity", "event_id"):
        named = pc.binary_join_element_wise(rows.column(name), f"{number}", "#")
        rows = rows.set_column(rows.schema.get_field_index(name), EVENTS.field(name), named)
    return rows


def main() -> None:
    """Run one step."""
    step, place = sys.argv[1:]
    lake = Lake.open(place)
    watch = Stopwatch()
    if step == "rollup":
        watch.report(rows=refresh_usage(lake, load_catalog(), engine=open_engine(1)).events)
    else:
        days = lake.event_dates()
        watch.report(rows=sum(len(one.uses) for one in read_principals(lake, since=days[0], until=days[-1])))


if __name__ == "__main__":
    main()
