"""Back-tests of proposals over the days of a lake, in several processes: each has some of the roles."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from trailmin.catalog import load_catalog
from trailmin.current import StateInForce
from trailmin.engine import Task, open_engine
from trailmin.job.evidence import Told, coverage_of, read_usage
from trailmin.lake import Lake
from trailmin.synth.backtest import (
    Attempt,
    Fold,
    RoleKey,
    attempt,
    role_key,
    split_window,
    tried,
    with_confidence,
)
from trailmin.synth.model import Options, Proposal, Window
from trailmin.synth.propose import Evidence
from trailmin.usage import PolicyChangeEvent

_FEW = 100
"""Roles that one process back-tests in less time than others take to start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What one process tries."""

    lake: Lake
    """As it is in all processes."""
    state: StateInForce
    changes: Sequence[PolicyChangeEvent]
    proposals: tuple[Proposal, ...]
    """All of them: roles share policies."""
    wanted: frozenset[RoleKey]
    window: Window
    options: Options


def back_test(
    lake: Lake, told: Told, proposals: Sequence[Proposal], options: Options, workers: int
) -> tuple[Proposal, ...]:
    """Return the proposals, those that change policies in force with their confidence.

    Args:
        lake: With the events, its usage up to date; frozen, so that all processes read the same.
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
    """The roles in as many shares as there are workers."""
    coverage = told.evidence.coverage
    # What is tried is the policies and their changes; verdicts by the thousand stay here.
    light = tuple(replace(proposal, verdicts=()) for proposal in changed)
    keys = sorted(role_key(proposal) for proposal in changed)
    for share in range(min(workers, len(keys))):
        part = _Part(
            lake=lake,
            state=told.state,
            changes=told.evidence.changes,
            proposals=light,
            wanted=frozenset(keys[share::workers]),
            window=Window(since=coverage.since, until=coverage.until),
            options=options,
        )
        yield Task(name=f"back-test of roles, share {share + 1}", input=part, key=share)


def _try(part: _Part) -> list[Attempt]:
    return [
        one
        for fold in _folds(part)
        for one in attempt(part.proposals, part.wanted, part.state, fold, load_catalog(), part.options)
    ]


def _folds(part: _Part) -> Iterator[Fold]:
    """Read the window part by part, each day once."""
    lake, state, options = part.lake, part.state, part.options
    held_out = split_window(part.window)
    if not held_out:
        return
    known = read_usage(lake, state, options, part.window.since, held_out[0].since - timedelta(days=1))
    for window in held_out:
        before = coverage_of(lake, state, options, part.window.since, window.since - timedelta(days=1))
        of_window = read_usage(lake, state, options, window.since, window.until)
        evidence = Evidence(usage=known, coverage=before, changes=part.changes)
        yield Fold(known=evidence, held_out=of_window, window=window)
        known = (*known, *of_window)
