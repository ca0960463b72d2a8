"""Ingest against its limit and its rivals, on the same files in one run; tiny and huge files; growth."""

import gzip
import json
import os
import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.generate import generate_records, generate_trail
from bench.process import Measured, run_measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much is generated."""

    files: int
    """Log objects of 1,000 events."""
    tiny_files: int
    """Log objects of 10 events."""
    huge_bytes: int
    """JSON of the one huge log object."""
    repeat: int


SIZES: Final = {
    "small": Sizes(files=50, tiny_files=1_000, huge_bytes=100 << 20, repeat=2),
    "full": Sizes(files=2_000, tiny_files=20_000, huge_bytes=1 << 30, repeat=2),
}

_FAST: Final = ("decode limit", "ingest, 1 process", "ingest, 2 processes")
_SLOW: Final = ("standard library", "DuckDB read_json, typed", "trailscraper select")


def measure_ingest(scratch: Path, sizes: Sizes, source: Path | None = None) -> None:
    """Print one line for each measure.

    Args:
        scratch: for generated files and lakes.
        sizes: how much.
        source: log objects to measure instead of generated ones.
    """
    trail = source or scratch / "trail"
    if source is None:
        generate_trail(trail, files=sizes.files, events=1_000)
    stored = sum(path.stat().st_size for path in trail.rglob("*.json.gz"))
    load = os.getloadavg()[0]
    print(f"{stored / 1e6:.1f} MB gzipped, {os.cpu_count()} cores, load {load:.1f}; the best of {sizes.repeat} runs\n")
    _print_heading()
    limit, one, two = _best_of_rounds(_FAST, trail, scratch, sizes.repeat)
    for name, found in zip(_FAST, (limit, one, two), strict=True):
        _print(name, found, limit)
    for name in _SLOW:
        if name.startswith("trailscraper") and shutil.which("trailscraper") is None:
            print(f"{name:26} not installed")
            continue
        _print(name, run_measured("bench.measure", name, str(trail), str(scratch)), limit)
    print(f"\ntwo processes are {one.wall / two.wall:.2f} times as fast as one (wall; at a load near 0 only)")
    _measure_nothing_new(trail, scratch)


def measure_shapes(scratch: Path, sizes: Sizes) -> None:
    """Print what tiny and huge log objects cost, and what ten times as many do."""
    print("\ntiny and huge log objects, and growth\n")
    _print_heading()
    tiny, huge = scratch / "tiny", scratch / "huge"
    generate_trail(tiny, files=sizes.tiny_files, events=10)
    generate_huge(huge, sizes.huge_bytes)
    for name, folder in ((f"{sizes.tiny_files:,} of 10 events", tiny), (f"1 of {sizes.huge_bytes >> 20:,} MiB", huge)):
        limit = _best("decode limit", folder, scratch, 1) if folder == tiny else None
        _print(name, _best("ingest, 1 process", folder, scratch, 1), limit)
    whole, tenth = scratch / "whole", scratch / "tenth"
    generate_trail(whole, files=sizes.files, events=1_000, seed=8)
    _link_tenth(whole, tenth)
    base = _best("ingest, 1 process", tenth, scratch, sizes.repeat)
    grown = _best("ingest, 1 process", whole, scratch, sizes.repeat)
    _print("1 x", base, None)
    _print("10 x", grown, None)
    print(f"\ncost of an event at 10 x: {_each(grown) / _each(base):.2f} times that at 1 x")


def generate_huge(folder: Path, size: int) -> None:
    """Write one log object with about that much JSON, as CloudTrail never does and exports do."""
    folder.mkdir(parents=True)
    rng = random.Random(9)
    with gzip.open(folder / "huge.json.gz", "wb", compresslevel=1) as log_object:
        log_object.write(b'{"Records":[')
        written = 0
        while written < size:
            records = json.dumps(generate_records(rng, 500), separators=(",", ":")).encode()[1:-1]
            log_object.write((b"," if written else b"") + records)
            written += len(records)
        log_object.write(b"]}")


def _measure_nothing_new(trail: Path, scratch: Path) -> None:
    run_measured("bench.measure", "ingest into", str(trail), str(scratch / "kept"))
    again = run_measured("bench.measure", "ingest into", str(trail), str(scratch / "kept"))
    print(f"a second ingest of the same files: {again.cpu:.2f} CPU s, {again.wall:.2f} wall s")


def _link_tenth(whole: Path, tenth: Path) -> None:
    for path in sorted(whole.rglob("*.json.gz"))[::10]:
        target = tenth / path.relative_to(whole)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(path, target)


def _best_of_rounds(names: Sequence[str], source: Path, scratch: Path, rounds: int) -> list[Measured]:
    """The best run of each, each once a round: so what else the machine does meets all of them alike."""
    runs = [[run_measured("bench.measure", name, str(source), str(scratch)) for name in names] for _ in range(rounds)]
    return [min(of_one, key=lambda run: run.cpu) for of_one in zip(*runs, strict=True)]


def _best(name: str, source: Path, scratch: Path, repeat: int) -> Measured:
    return _best_of_rounds([name], source, scratch, repeat)[0]


def _each(found: Measured) -> float:
    return found.cpu / max(1, int(found.output["events"]))


def _print_heading() -> None:
    print(f"{'':26} {'CPU s':>7} {'wall s':>7} {'µs/event':>9} {'events/CPU s':>13} {'× limit':>8} {'peak MB':>8}")


def _print(name: str, found: Measured, limit: Measured | None) -> None:
    each = _each(found)
    ratio = f"{found.cpu / limit.cpu:8.2f}" if limit else " " * 8
    speed = 1 / each
    print(
        f"{name:26} {found.cpu:7.2f} {found.wall:7.2f} {each * 1e6:9.2f} {speed:13,.0f} {ratio} {found.peak_mb:8.0f}",
        flush=True,
    )
