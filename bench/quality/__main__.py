"""`python -m bench.quality`: the table on the committed seed, on a shuffled one, and on two other sizes.

With `--write` docs/quality.md gets the tables, and that of real roles where the trails are there.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from bench.quality.document import write_parts
from bench.quality.real import TRAILS, real_roles
from bench.quality.real import lines_of as lines_of_roles
from bench.quality.table import findings_of, lines_of, targets_of
from bench.quality.trial import DEFAULT_LEVEL, LEVELS, Result, run_trial

COMMITTED_SEED = 7
SHUFFLED_SEED = 20261


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What to run."""

    seed: int
    roles: int
    windows: tuple[int, ...]
    levels: tuple[str, ...]


TRIALS = (
    Trial(seed=COMMITTED_SEED, roles=48, windows=(60,), levels=LEVELS),
    Trial(seed=SHUFFLED_SEED, roles=48, windows=(60,), levels=(DEFAULT_LEVEL,)),
    Trial(seed=COMMITTED_SEED, roles=84, windows=(60,), levels=(DEFAULT_LEVEL,)),
    Trial(seed=COMMITTED_SEED, roles=48, windows=(90,), levels=(DEFAULT_LEVEL,)),
    Trial(seed=COMMITTED_SEED, roles=18, windows=(60,), levels=(DEFAULT_LEVEL,)),
)


def main() -> None:
    """Draw, propose, judge, print. The exit code says whether it ran, not whether the targets are met."""
    parser = argparse.ArgumentParser(prog="python -m bench.quality", description=__doc__)
    parser.add_argument("--seed", type=int, help="one world of this seed instead of the five")
    parser.add_argument("--roles", type=int, default=48, help="of it (default: %(default)s)")
    parser.add_argument("--days", type=int, nargs="+", default=[60], help="of training (default: %(default)s)")
    parser.add_argument("--levels", nargs="+", default=list(LEVELS), help="at which to propose (default: all)")
    parser.add_argument("--findings", action="store_true", help="say where each default-level table falls short")
    parser.add_argument("--write", action="store_true", help="write the five worlds' tables into docs/quality.md")
    options = parser.parse_args()
    if options.write and options.seed is not None:
        parser.error("--write is for the five worlds: leave --seed out")
    start = time.perf_counter()
    trials: Iterable[Trial] = TRIALS
    levels = tuple(dict.fromkeys((*options.levels, DEFAULT_LEVEL)))
    if options.seed is not None:
        trials = (Trial(seed=options.seed, roles=options.roles, windows=tuple(sorted(options.days)), levels=levels),)
    results = list(_results(trials, with_findings=options.findings))
    missed = sum(not target.is_met for result in results for target in targets_of(result))
    sys.stdout.write(f"{missed} targets missed; {time.perf_counter() - start:.0f} s\n")
    if options.write:
        write_parts(_parts(results))


def _results(trials: Iterable[Trial], *, with_findings: bool) -> Iterator[Result]:
    """Run the trials on two processes, and print each result when it and those before it are there."""
    with ProcessPoolExecutor(max_workers=min(2, os.cpu_count() or 1), mp_context=get_context("spawn")) as pool:
        columns = zip(*((t.seed, t.roles, t.windows, t.levels) for t in trials), strict=True)
        for results in pool.map(run_trial, *columns):
            for result in results:
                found = findings_of(result.scores[DEFAULT_LEVEL]) if with_findings else ()
                sys.stdout.write("\n".join([*lines_of(result), *found]) + "\n")
                sys.stdout.flush()
                yield result


def _parts(results: Sequence[Result]) -> dict[str, list[str]]:
    tables = [line for result in results for line in ("```text", *lines_of(result), "```", "")]
    findings = [line.rstrip() for line in findings_of(results[0].scores[DEFAULT_LEVEL])]
    parts = {"worlds": tables, "findings": ["```text", *findings, "```"]}
    if TRAILS.is_dir():
        parts["real"] = list(lines_of_roles(real_roles()))
    return parts


if __name__ == "__main__":
    main()
