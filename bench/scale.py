"""`python -m bench.scale`: the cost model of docs/scale.md, from what a small trail costs on this machine.

Measured: CPU of each step per event, sizes, what the driver does for each batch. The rest is arithmetic, with the
assumptions that stand at the top.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, TypeVar
from unittest.mock import patch

import pyarrow as pa
import pyarrow.compute as pc

from bench.generate import generate_trail
from trailmin.catalog import load_catalog
from trailmin.engine import LocalEngine
from trailmin.lake import Lake, batches, ingest
from trailmin.lake.batches import BATCH_BYTES
from trailmin.lake.decode_task import DecodeInput, DecodeResult, decode_log_objects
from trailmin.lake.files import write_file
from trailmin.lake.schema import EVENTS
from trailmin.trail.digests import Expectation, check_log_object
from trailmin.trail.sources import LogObject, Source, open_source
from trailmin.usage.rollup import _EVENTS_A_PART, EVENTS_A_TASK
from trailmin.usage.rollup_tasks import DayFiles, roll_up_days, roll_up_in_parts

_Result = TypeVar("_Result")

GB: Final = 10**9
SIZES: Final = {"1 GB": GB, "10 GB": 10 * GB, "100 GB": 100 * GB, "1 TB": 1000 * GB, "10 TB": 10_000 * GB,
                "100 TB": 100_000 * GB, "1 PB": 1_000_000 * GB}  # fmt: skip
OBJECT_BYTES: Final = {"1 GB": 10_000, "10 GB": 20_000, "100 GB": 50_000, "1 TB": 100_000, "10 TB": 250_000,
                       "100 TB": 500_000, "1 PB": 1_000_000}  # fmt: skip
"""Assumed mean size of a log object: the busier an account, the larger they are."""

TASK_BYTES: Final = 64 << 20
TASK_OBJECTS: Final = 2000
DAYS: Final = 30
DAY: Final = date(2026, 3, 1)
TIMES: Final = 5
PARTS: Final = 4
REPEAT: Final = 3
"""Runs of each; the best counts."""
OVERHEAD: Final = 1.4
"""Assumed: Spark's own work, waiting for S3, and cores that idle at the end of a job."""
CORE_HOUR: Final = 0.0757
"""Assumed, dollars: a vCPU with 4 GB on EMR Serverless, us-east-1 list price (0.052624 + 4 x 0.0057785)."""
GET: Final = 0.4e-6
"""This and the next, assumed: dollars a request of S3."""
PUT: Final = 5e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a small trail costs."""

    events: int
    stored: int
    """Bytes of the log objects, gzipped."""
    lake_bytes: int
    usage_rows: float
    """For each event of a day on which each request comes five times."""
    read: float
    """This and the next: CPU microseconds an event."""
    verify: float
    roll_up: float
    in_parts: float
    batch: float
    """CPU seconds of the driver for a batch."""


def main() -> None:
    """Measure, and print both tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--files", type=int, default=60, help="log objects of 1,000 events (default: %(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="trailmin-scale-") as scratch:
        found = measure(Path(scratch), options.files)
    stored, held = found.stored / found.events, found.lake_bytes / found.events
    print(f"{found.events:,} events of {stored:.0f} B in log objects and {held:.0f} B in the lake")
    print(f"{found.usage_rows:.3f} rows of usage an event")
    print(f"CPU us an event: read {found.read:.1f}, verify {found.verify:.1f}, roll up {found.roll_up:.1f},", end=" ")
    print(f"in parts {found.in_parts:.1f}; driver {found.batch * 1000:.0f} ms a batch\n")
    print_model(found)


def measure(scratch: Path, files: int) -> Measured:
    """Each step by itself, in this process."""
    generate_trail(scratch / "logs", files=files, events=1000)
    source = open_source(str(scratch / "logs"))
    pairs = tuple((one, source) for page in source.list() for one in page.log_objects)
    lake = Lake.create(scratch / "lake")
    given = DecodeInput(log_objects=pairs, events_folder=lake.events_folder)
    decoded, read = min((_cpu(lambda: decode_log_objects(given)) for _ in range(REPEAT)), key=lambda one: one[1])
    events = sum(one.events for one in decoded.results)
    _, verify = _cpu(lambda: _verify(pairs))
    busy = _one_busy_day(lake, decoded, scratch)
    roll_up_days([busy])
    (rolled,), roll_up = min((_cpu(lambda: roll_up_days([busy])) for _ in range(REPEAT)), key=lambda one: one[1])
    groups = [(path,) for path in busy.files]
    _, in_parts = min(
        (_cpu(lambda: roll_up_in_parts(LocalEngine(), busy, PARTS, groups)) for _ in range(REPEAT)),
        key=lambda one: one[1],
    )
    return Measured(
        events=events,
        stored=sum(found.size for found, _ in pairs),
        lake_bytes=sum(file.size for file in decoded.files),
        usage_rows=sum(file.rows for file in rolled.files) / rolled.events,
        read=read / events * 1e6,
        verify=verify / events * 1e6,
        roll_up=roll_up / rolled.events * 1e6,
        in_parts=in_parts / rolled.events * 1e6,
        batch=_measure_batches(scratch),
    )


def _verify(pairs: Sequence[tuple[LogObject, Source]]) -> None:
    for found, source in pairs:
        with source.open(found) as stream:
            check_log_object(stream, Expectation(hash_value="00", reason=""))


def _one_busy_day(lake: Lake, decoded: DecodeResult, scratch: Path) -> DayFiles:
    """All events on one day, five times each under ids of their own."""
    rows = pa.concat_tables([lake.events_folder.read(file.path) for file in decoded.files])
    busy = Lake.create(scratch / "busy")
    files = [write_file(_renamed(rows, number), busy.events_folder, DAY) for number in range(TIMES)]
    return DayFiles(
        lake=busy, day=DAY, files=tuple(file.path for file in files), catalog_version=load_catalog().version
    )


def _renamed(rows: pa.Table, number: int) -> pa.Table:
    for name in ("identity", "event_id"):
        named = pc.binary_join_element_wise(rows.column(name), f"{number}", "#")
        rows = rows.set_column(rows.schema.get_field_index(name), EVENTS.field(name), named)
    return rows


def _measure_batches(scratch: Path) -> float:
    """Of a lake with each log object in a batch of its own: what a log object costs beyond reading it."""
    generate_trail(scratch / "small", files=40, events=1)
    lake = Lake.create(scratch / "batches")
    with patch.object(batches, "BATCH_BYTES", 1):
        _, cpu = _cpu(lambda: ingest([open_source(str(scratch / "small"))], lake, engine=LocalEngine()))
    return cpu / 40


def _cpu(work: Callable[[], _Result]) -> tuple[_Result, float]:
    before = time.process_time()
    result = work()
    return result, time.process_time() - before


def print_model(found: Measured) -> None:
    """A line for each size of a month's log objects."""
    names = ("a month", "events", "log objects", "read tasks", "batches", "lake GB", "roll-up tasks a day",
             "core hours", "driver hours", "dollars", "dollars a million events")  # fmt: skip
    print(" | ".join(names))
    for name, stored in SIZES.items():
        print(" | ".join(_line(found, name, stored)))


def _line(found: Measured, name: str, stored: int) -> list[str]:
    events = stored / (found.stored / found.events)
    objects = stored / OBJECT_BYTES[name]
    tasks = max(stored / TASK_BYTES, objects / TASK_OBJECTS, 1)
    of_batches = max(stored / BATCH_BYTES, DAYS)
    a_day = events / DAYS
    is_dealt = a_day > EVENTS_A_TASK
    parts = a_day / _EVENTS_A_PART if is_dealt else 1
    micros = found.read + found.verify + (found.in_parts if is_dealt else found.roll_up)
    hours = events * micros / 1e6 / 3600 * OVERHEAD
    # A file for each task, and for each part; results, plans and Delta logs of each batch.
    requests = objects * GET * 2 + (tasks + of_batches * 6 + parts * DAYS) * PUT
    dollars = hours * CORE_HOUR + requests
    return [
        name,
        f"{events:.2g}",
        f"{objects:.2g}",
        f"{tasks:,.0f}",
        f"{of_batches:,.0f}",
        f"{events * found.lake_bytes / found.events / GB:,.1f}",
        f"{parts * (3 if is_dealt else 1):,.0f}",
        f"{hours:,.2f}",
        f"{of_batches * found.batch / 3600:,.2f}",
        f"{dollars:,.2f}",
        f"{dollars / events * 1e6:.4f}",
    ]


if __name__ == "__main__":
    main()
