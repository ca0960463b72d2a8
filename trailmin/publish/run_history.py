"""The runs that a lake remembers: recording one, and what is read from them."""

from collections.abc import Sequence

from trailmin.current import StateInForce
from trailmin.errors import UsageError
from trailmin.lake import Lake
from trailmin.lake.runs import last_run, record_run
from trailmin.lake.runs import run_rows as rows_of_runs
from trailmin.report.html import TrendPoint
from trailmin.synth.drift import find_drift
from trailmin.synth.drift_model import Drift
from trailmin.synth.metrics import POINT_COLUMNS, Metrics, measure, measure_runs
from trailmin.synth.model import Proposal
from trailmin.synth.run_record import remembered, run_id, run_rows
from trailmin.usage.read import read_policy_changes

TREND_RUNS = 90
"""Runs that the trend of the report shows, the last one included."""


def record_proposals(lake: Lake, state: StateInForce, proposals: Sequence[Proposal]) -> bool:
    """Record a run by its proposals, which are for one window; nothing is added where the last run was the same.

    Raises:
        LakeError: The lake cannot be read or written.
    """
    if not proposals:
        return False
    window = proposals[0].window
    return record_run(
        lake,
        run_id(proposals),
        lambda last: run_rows(
            proposals,
            state,
            # What was changed before the last run, that run has judged.
            read_policy_changes(lake, last[0]["until"] if last else window.since, window.until),
            last,
        ),
    )


def drift_from_lake(lake: Lake, state: StateInForce) -> tuple[Drift, ...]:
    """Return how the state in force departs from what the last run leaves.

    Raises:
        UsageError: No run is recorded.
        LakeError: The lake cannot be read.
    """
    rows = last_run(lake)
    if not rows:
        raise UsageError("the lake has no record of a run", hint="record one: trailmin run -c trailmin.toml")
    return find_drift(state, remembered(rows))


def metrics_from_lake(lake: Lake) -> Metrics:
    """Return the metrics over all runs.

    Raises:
        UsageError: No run is recorded.
        LakeError: The lake cannot be read.
    """
    rows = rows_of_runs(lake, POINT_COLUMNS)
    if not rows:
        raise UsageError("the lake has no record of a run", hint="record one: trailmin run -c trailmin.toml")
    return measure(rows, rows_of_runs(lake, ("until", "verdicts"), last=1))


def trend_from_lake(lake: Lake) -> tuple[TrendPoint, ...]:
    """Return the metrics of the last runs, oldest first; of several runs on the same logs the last one's.

    Raises:
        LakeError: The lake cannot be read.
    """
    runs = measure_runs(rows_of_runs(lake, POINT_COLUMNS, last=TREND_RUNS))
    points = {
        run.until: TrendPoint(
            date=run.until,
            values={
                "Grants in force": run.granted,
                "Grants unused": run.unused,
                "Unused of those in force, %": round(100 * run.false_allow_share, 2),
                "Proposals not merged": run.open_proposals,
                "Roles that drifted": run.drift,
            },
        )
        for run in runs
    }
    return tuple(points[day] for day in sorted(points))
