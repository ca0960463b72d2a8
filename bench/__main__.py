"""`python -m bench [SECTION] [--size small|full]`: speed and memory, as ratios against references in the same run.

ingest: against the decode limit, DuckDB, the standard library and trailscraper, with one and two processes; shapes:
tiny and huge log objects, growth; rollup: of ten million events; nightly: a night's run into a young and an old lake;
resolver; policies; synthesis: proposals for a thousand roles; patterns: learned resources of a role with millions of
keys; thousand: `trailmin run` for a thousand roles on a warm lake; requests: of a night to a lake on S3; startup: of
the command.
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
from pathlib import Path

from bench.generate import generate_trail
from bench.ingest import SIZES, measure_ingest, measure_shapes
from bench.nightly import SIZES as NIGHTS
from bench.nightly import measure_nightly
from bench.patterns import KEYS
from bench.policies import main as measure_policies
from bench.requests import measure_requests
from bench.resolve import measure_resolver
from bench.rollup import EVENTS_OF, measure_rollup
from bench.synthesis import measure_synthesis
from bench.thousand import measure_thousand

_ROOT = Path(__file__).resolve().parent.parent
_SECTIONS = ("ingest", "shapes", "rollup", "nightly", "resolver", "startup", "policies", "synthesis")
_ALONE = ("patterns", "thousand", "requests")


def main() -> None:
    """Generate, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    named = ", ".join((*_SECTIONS, *_ALONE))
    parser.add_argument("section", nargs="*", help=f"of {named} (default: all but the last three)")
    parser.add_argument("--size", choices=tuple(SIZES), default="full")
    parser.add_argument("--keys", type=int, default=5_000_000, help="distinct object keys (default: %(default)s)")
    parser.add_argument("--source", type=Path, help="a folder of *.json.gz to measure ingest on instead")
    options = parser.parse_args()
    if unknown := set(options.section) - {*_SECTIONS, *_ALONE}:
        parser.error(f"no section {', '.join(sorted(unknown))}")
    for section in options.section or _SECTIONS:
        with tempfile.TemporaryDirectory(prefix="trailmin-bench-") as scratch:
            run(section, Path(scratch), options)


def run(section: str, scratch: Path, options: argparse.Namespace) -> None:
    """Measure one section."""
    match section:
        case "ingest":
            measure_ingest(scratch, SIZES[options.size], options.source)
        case "shapes":
            measure_shapes(scratch, SIZES[options.size])
        case "rollup":
            measure_rollup(scratch, EVENTS_OF[options.size])
        case "nightly":
            measure_nightly(scratch, *NIGHTS[options.size])
        case "resolver":
            generate_trail(scratch / "trail", files=200, events=1_000)
            measure_resolver(scratch / "trail")
        case "startup":
            measure_start_up()
        case "policies":
            measure_policies()
        case "synthesis":
            measure_synthesis(1_000 if options.size == "full" else 100)
        case "thousand":
            measure_thousand(scratch, 1_000 if options.size == "full" else 100)
        case "requests":
            measure_requests(scratch)
        case _:
            measure_patterns(options.keys)


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


def _run(command: list[str]) -> tuple[str, float, float]:
    """The command's output, its peak resident MB (of the largest process), and its CPU seconds."""
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:
        output = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} failed")
    return output, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
