"""`python -m bench`: ingest against the decode limit and the prototype, memory, and the command's start-up time.

`python -m bench patterns`: learned resources of a role with millions of keys.
"""

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.generate import generate_trail
from bench.measure import MEASURES
from bench.patterns import KEYS
from bench.policies import main as measure_policies
from bench.resolve import measure_resolver

_ROOT = Path(__file__).resolve().parent.parent
_PROTOTYPE = _ROOT.parent / "shared" / "prototypes" / "decode.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table."""

    name: str
    events: int
    cpu: float
    wall: float
    peak_mb: float


def main() -> None:
    """Generate, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("section", nargs="?", choices=("all", "patterns"), default="all", help="what to measure")
    parser.add_argument("--keys", type=int, default=5_000_000, help="distinct object keys (default: %(default)s)")
    parser.add_argument("--files", type=int, default=200, help="log objects to generate (default: %(default)s)")
    parser.add_argument("--events", type=int, default=1000, help="events in each (default: %(default)s)")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each; the best counts (default: %(default)s)")
    parser.add_argument("--source", type=Path, help="a folder of *.json.gz to measure instead")
    options = parser.parse_args()
    if options.section == "patterns":
        measure_patterns(options.keys)
        return
    with tempfile.TemporaryDirectory(prefix="trailmin-bench-") as scratch:
        source = options.source or Path(scratch, "trail")
        if not options.source:
            generate_trail(source, files=options.files, events=options.events)
        run(source, Path(scratch), options.repeat)
        measure_resolver(source)
    measure_start_up()
    measure_policies()


def run(source: Path, scratch: Path, repeat: int) -> None:
    """Print one line for each measure, all of the same input."""
    stored = sum(path.stat().st_size for path in source.rglob("*.json.gz"))
    print(f"{stored / 1e6:.1f} MB gzipped, {os.cpu_count()} cores\n")
    print(f"{'':24} {'CPU s':>7} {'wall s':>7} {'µs/event':>9} {'× limit':>8} {'peak MB':>8}")
    limit: Figure | None = None
    for name in MEASURES:
        figure = min((_measure(name, source, scratch / str(n)) for n in range(repeat)), key=lambda one: one.cpu)
        limit = limit or figure
        _print(figure, limit)
    if _PROTOTYPE.exists() and limit:
        events = limit.events
        runs = (_measure_prototype(source, scratch / str(n), events) for n in range(repeat))
        _print(min(runs, key=lambda one: one.cpu), limit)


def measure_patterns(keys: int) -> None:
    """Print the time and the memory that it takes to learn the patterns of one role's keys."""
    print(f"{keys:,} distinct keys\n\n{'':24} {'CPU s':>7} {'µs/key':>9} {'peak MB':>8}")
    for name in KEYS:
        output, peak, _ = _run([sys.executable, "-m", "bench.patterns", name, str(keys)])
        result = json.loads(output)
        cpu = result["cpu"]
        print(f"{name:24} {cpu:7.2f} {cpu / keys * 1e6:9.2f} {peak:8.0f}  {', '.join(result['patterns'])}", flush=True)


def measure_start_up() -> None:
    """Print the median wall time of `trailmin --help`."""
    if importlib.util.find_spec("trailmin.cli.main") is None:
        return
    times = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", "from trailmin.cli.main import main; main()", "--help"],
            cwd=_ROOT, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        times.append(time.perf_counter() - start)
    print(f"\n{'trailmin --help':24} {'':7} {statistics.median(times):7.2f}")


def _measure(name: str, source: Path, scratch: Path) -> Figure:
    output, peak, _ = _run([sys.executable, "-m", "bench.measure", name, str(source), str(scratch)])
    result = json.loads(output)
    return Figure(name=name, events=result["events"], cpu=result["cpu"], wall=result["wall"], peak_mb=peak)


def _measure_prototype(source: Path, scratch: Path, events: int) -> Figure:
    start = time.perf_counter()
    command = [sys.executable, str(_PROTOTYPE), str(source), str(scratch / "prototype"), "--procs", "1"]
    output, peak, _ = _run(command)
    cpu = sum(float(output.split(f"{kind}=")[1].split()[0]) for kind in ("user", "sys"))
    return Figure(name="prototype, 1 process", events=events, cpu=cpu, wall=time.perf_counter() - start, peak_mb=peak)


def _run(command: list[str]) -> tuple[str, float, float]:
    """The command's output, its peak resident MB (of the largest process), and its CPU seconds."""
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:
        output = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} failed")
    return output, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime


def _print(figure: Figure, limit: Figure) -> None:
    each = f"{figure.cpu / figure.events * 1e6:9.2f}" if figure.events else " " * 9
    ratio = f"{figure.cpu / limit.cpu:8.2f}" if figure.events else " " * 8
    print(f"{figure.name:24} {figure.cpu:7.2f} {figure.wall:7.2f} {each} {ratio} {figure.peak_mb:8.0f}", flush=True)


if __name__ == "__main__":
    main()
