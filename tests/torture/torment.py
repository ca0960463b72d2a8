"""Kill -9 at random moments, two ingesters at once, roll-up and compaction beside them; then everything must add up.

`python -m tests.torture.torment --kills 100` is the long form. Processes are forked from one that has imported
everything, so that they are killed at work and not while they start.
"""

import argparse
import multiprocessing as mp
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import pyarrow as pa

from tests.torture.s3_server import BUCKET, s3_server
from tests.torture.trail import GrowingTrail
from trailmin.catalog import load_catalog
from trailmin.engine import open_engine
from trailmin.lake import Lake, batches, ingest, waves
from trailmin.lake.compact import compact
from trailmin.trail.sources import open_source
from trailmin.usage.rollup import refresh_usage

_LONGEST = 900.0
"""Seconds until a process that was not killed must have ended."""


def ingest_all(place: str, logs: str) -> None:
    """Ingest in small batches, so that there are many moments between two commits."""
    with patch.object(batches, "BATCH_BYTES", 12_000), patch.object(waves, "WAVE_OBJECTS", 25):
        ingest([open_source(logs)], Lake.create(place), engine=open_engine(1))


def roll_up(place: str, _logs: str) -> None:
    """Roll up what there is."""
    refresh_usage(Lake.create(place), load_catalog())


def compact_all(place: str, _logs: str) -> None:
    """Compact what there is."""
    compact(Lake.create(place))


WORK: dict[str, Callable[[str, str], None]] = {"ingest": ingest_all, "roll-up": roll_up, "compaction": compact_all}


@dataclass(slots=True)
class Outcome:
    """What happened to the processes."""

    killed: Counter[str] = field(default_factory=Counter)
    finished: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)

    def kills(self) -> int:
        """How many processes were killed while they were at work."""
        return sum(self.killed.values())


def torment(place: str, folder: Path, *, kills: int, seed: int) -> tuple[Outcome, GrowingTrail]:
    """Kill until that many processes were killed at work; then let one ingest and one roll-up end in peace."""
    rng = random.Random(seed)
    trail = GrowingTrail(folder, rng)
    outcome = Outcome()
    patience = 4.0 if place.startswith("s3:") else 1.5
    while outcome.kills() < kills:
        trail.add(rng.randrange(2, 12), rng.randrange(1, 40))
        trail.change(rng.randrange(3))
        _one_round(place, folder, rng, outcome, patience)
    for work in (ingest_all, ingest_all, roll_up):
        process = _start(work, place, str(folder))
        process.join(_LONGEST)
        if process.exitcode != 0:
            outcome.failed.append(f"last {work.__name__}: exit {process.exitcode}")
    return outcome, trail


def _one_round(place: str, folder: Path, rng: random.Random, outcome: Outcome, patience: float) -> None:
    """Three processes at once, each killed within so many seconds or ended by then."""
    names = ["ingest", "ingest", rng.choice(["roll-up", "compaction", "ingest"])]
    started = time.monotonic()
    processes = [(name, _start(WORK[name], place, str(folder)), rng.uniform(0, patience)) for name in names]
    for name, process, delay in sorted(processes, key=lambda one: one[2]):
        process.join(max(0.0, started + delay - time.monotonic()))
        if process.is_alive():
            os.kill(process.pid or 0, signal.SIGKILL)
            process.join(_LONGEST)
            outcome.killed[name] += 1
        elif process.exitcode == 0:
            outcome.finished[name] += 1
        else:
            outcome.failed.append(f"{name}: exit {process.exitcode}")


def _start(work: Callable[[str, str], None], place: str, logs: str) -> mp.process.BaseProcess:
    # This process has imported the libraries and used none of them: it has no threads that a fork would lose.
    process = mp.get_context("fork").Process(target=work, args=(place, logs))
    process.start()
    return process


def differences(place: str, folder: Path, trail: GrowingTrail, reference: str) -> list[str]:
    """What the lake has wrong, compared with the records themselves and with a lake made in one go."""
    lake, calm = Lake.open(place), Lake.create(reference)
    ingest([open_source(str(folder))], calm, engine=open_engine(1))
    refresh_usage(calm, load_catalog())
    found: list[str] = []
    raw = lake.query("SELECT identity, log_object FROM events").to_pylist()
    if Counter((row["identity"], row["log_object"]) for row in raw) != Counter(trail.identities()):
        found.append("the stored events are not the records of the log objects, each once")
    states = Counter((row["key"], row["state"]) for row in lake.log_object_rows().to_pylist())
    if states != Counter((key, "read") for key in trail.contents):
        found.append("the ledger does not have each log object as read, once")
    if _events(lake) != _events(calm):
        found.append("the deduplicated events differ from the reference")
    if _usage(lake) != _usage(calm):
        found.append("the usage differs from the reference")
    return found


def _events(lake: Lake) -> pa.Table:
    batches = list(lake.deduplicated_events())
    return pa.Table.from_batches(batches).sort_by([("identity", "ascending"), ("log_object", "ascending")])


def _usage(lake: Lake) -> list[str]:
    return sorted(map(repr, lake.usage_rows().to_pylist()))


def run(kind: str, kills: int, seed: int) -> tuple[Outcome, list[str]]:
    """Torment a lake on a `folder` or on `s3`, in a process without threads; what is wrong with it afterwards."""
    with tempfile.TemporaryDirectory(prefix="trailmin-torture-") as scratch:
        folder = Path(scratch, "logs")
        folder.mkdir()
        place = f"s3://{BUCKET}/{seed}" if kind == "s3" else str(Path(scratch, "lake"))
        with s3_server() if kind == "s3" else nullcontext():
            outcome, trail = torment(place, folder, kills=kills, seed=seed)
            return outcome, differences(place, folder, trail, str(Path(scratch, "calm")))


def main() -> None:
    """Run the long form."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture.torment", description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="of processes at work, on each (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--on", choices=("folder", "s3"), action="append", help="default: both")
    options = parser.parse_args()
    kinds = options.on or ["folder", "s3"]
    if len(kinds) > 1:
        # Each in a process that has no threads yet.
        arguments = ["--kills", str(options.kills), "--seed", str(options.seed)]
        commands = [[sys.executable, "-m", "tests.torture.torment", "--on", kind, *arguments] for kind in kinds]
        sys.exit(any(subprocess.run(command, check=False).returncode for command in commands))
    started = time.monotonic()
    outcome, found = run(kinds[0], options.kills, options.seed)
    sys.stdout.write(
        f"{kinds[0]}: {outcome.kills()} killed ({dict(sorted(outcome.killed.items()))}), "
        f"{dict(sorted(outcome.finished.items()))} finished, {len(outcome.failed)} failed, "
        f"{time.monotonic() - started:.0f} s: {'; '.join(found + outcome.failed) or 'everything adds up'}\n"
    )
    sys.exit(bool(found or outcome.failed))


if __name__ == "__main__":
    main()
