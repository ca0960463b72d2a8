"""What is measured, each in a process of its own.

`python -m bench.measure NAME SOURCE SCRATCH` prints one line of JSON.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from isal import isal_zlib

from trailmin.engine import open_engine
from trailmin.lake import Lake
from trailmin.lake import ingest as run_ingest
from trailmin.trail.sources import open_source


class _Nothing(msgspec.Struct):
    pass


class _Skipped(msgspec.Struct):
    records: list[_Nothing] = msgspec.field(name="Records")


def decode_limit(source: Path, scratch: Path) -> int:
    """Gunzip and skip every field: what no ingest in Python can be faster than."""
    decode = msgspec.json.Decoder(_Skipped).decode
    return sum(len(decode(isal_zlib.decompress(p.read_bytes(), 31)).records) for p in sorted(source.rglob("*.json.gz")))


def ingest(workers: int) -> Callable[[Path, Path], int]:
    """Into a new lake, commit included."""

    def run(source: Path, scratch: Path) -> int:
        scratch.mkdir(exist_ok=True)
        lake = Lake.create(scratch / f"lake-{workers}")
        report = run_ingest([open_source(str(source))], lake, engine=open_engine(workers))
        return report.new + report.duplicate

    return run


def ingest_nothing_new(source: Path, scratch: Path) -> int:
    """The same source into the lake that has it all."""
    ingest(1)(source, scratch)
    return 0


MEASURES = {
    "decode limit": decode_limit,
    "ingest, 1 process": ingest(1),
    "ingest, 2 processes": ingest(2),
    "ingest, nothing new": ingest_nothing_new,
}


def main() -> None:
    """Run one of them."""
    name, source, scratch = sys.argv[1:]
    before, wall = _cpu(), time.perf_counter()
    events = MEASURES[name](Path(source), Path(scratch))
    print(json.dumps({"events": events, "cpu": _cpu() - before, "wall": time.perf_counter() - wall}))


def _cpu() -> float:
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


if __name__ == "__main__":
    main()
