"""Back-tests of proposals over the days of a lake, in several processes: each has some of the splits of the window."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from trailmin.catalog import load_catalog
from trailmin.current import StateInForce
from trailmin.engine import Task, open_engine
from trailmin.job.evidence import Told, coverage_of, read_usage
from trailmin.lake import Lake
from trailmin.synth.backtest import Attempt, Fold, attempt, split_window, tried, with_confidence
from trailmin.synth.model import Options, Proposal, Window
from trailmin.synth.propose import Evidence
from trailmin.usage import PolicyChangeEvent

_FEW = 100
"""Roles that one process back-tests in less time than others take to start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What one process tries."""

    lake: str
    state: StateInForce
    changes: Sequence[PolicyChangeEvent]
    proposals: tuple[Proposal, ...]
    window: Window
    skipped: int
    """Splits before its own, which are other processes'; their days are known all the same."""
    held_out: tuple[Window, ...]
    """Its own splits, and those before them."""
    options: Options


def back_test(
    lake: Lake, told: Told, proposals: Sequence[Proposal], options: Options, workers: int
) -> tuple[Proposal, ...]:
    """Return the proposals, those that change policies in force with their confidence.

    Args:
        lake: With the events, its usage up to date.
        told: What it tells of the window of the proposals.
        proposals: Of all roles.
        options: Those of the proposals.
        workers: How many processes to use; the results are the same.

    Raises:
        LakeError: The lake cannot be read.
        EngineError: A process died.
    """
    changed = tried(proposals)
    if not changed:
        return tuple(proposals)
    engine = open_engine(workers if len(changed) > _FEW else 1)
    parts = _parts(lake, told, changed, options, engine.workers)
    found = sorted(engine.run(_try, parts), key=lambda ended: ended[0].key)
    attempts = [one for _, of_part in found for one in of_part]
    return with_confidence(proposals, told.state, told.evidence.usage, attempts)


def _parts(
    lake: Lake, told: Told, changed: Sequence[Proposal], options: Options, workers: int
) -> Iterator[Task[_Part]]:
    """The splits in as many runs as there are workers, in order."""
    coverage = told.evidence.coverage
    window = Window(since=coverage.since, until=coverage.until)
    held_out = split_window(window)
    # What is tried is the policies and their changes; verdicts by the thousand stay here.
    light = tuple(replace(proposal, verdicts=()) for proposal in changed)
    ends = [len(held_out) * number // workers for number in range(1, workers + 1)]
    for start, end in zip([0, *ends], ends, strict=False):
        if start < end:
            part = _Part(
                lake=lake.name,
                state=told.state,
                changes=told.evidence.changes,
                proposals=light,
                window=window,
                skipped=start,
                held_out=held_out[:end],
                options=options,
            )
            yield Task(name=f"back-test of {held_out[start].since} to {held_out[end - 1].until}", input=part, key=start)


def _try(part: _Part) -> list[Attempt]:
    lake = Lake.open(part.lake)
    return [
        one
        for fold in _folds(lake, part)
        for one in attempt(part.proposals, part.state, fold, load_catalog(), part.options)
    ]


def _folds(lake: Lake, part: _Part) -> Iterator[Fold]:
    """Read the window part by part, each day once."""
    state, options = part.state, part.options
    first = part.held_out[0].since
    known = read_usage(lake, state, options, part.window.since, first - timedelta(days=1))
    for number, window in enumerate(part.held_out):
        of_window = read_usage(lake, state, options, window.since, window.until)
        if number >= part.skipped:
            before = coverage_of(lake, state, options, part.window.since, window.since - timedelta(days=1))
            evidence = Evidence(usage=known, coverage=before, changes=part.changes)
            yield Fold(known=evidence, held_out=of_window, window=window)
        known = (*known, *of_window)
