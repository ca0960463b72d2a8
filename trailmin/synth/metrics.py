"""How a team gets on over the runs: what is granted in vain, how fast it goes, and how fast drift does."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from statistics import median
from typing import Any, Final

Row = Mapping[str, Any]
"""Column of the `runs` table → value."""

POINT_COLUMNS: Final = (
    "sequence", "until", "granted", "unused", "removed", "proposal_digest", "is_merged", "drift", "detected_days",
    "remediated_days", "revoked",
)  # fmt: skip
"""What `measure_runs` reads of all runs; `measure_age` reads the verdicts of the last one."""

AGE_BANDS: Final = ((7, "up to 7 days"), (30, "8 to 30 days"), (90, "31 to 90 days"), (None, "over 90 days"))
"""Days since a run called a grant unused first, both ends included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Some durations, in days."""

    count: int
    median: float | None
    longest: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunMetrics:
    """One run in numbers."""

    until: date
    """The last day of the logs that it looked at."""
    roles: int
    granted: int
    """Grants in force: one action of one statement each."""
    unused: int
    """Those of them that would have shown, and did not."""
    removable: int
    """Those that open proposals take away."""
    open_proposals: int
    merged: int
    """Proposals found in force for the first time."""
    revoked: int
    """Grants that earlier runs called unused and that are gone."""
    drift: int
    """Roles that depart from what was approved."""

    @property
    def false_allow_share(self) -> float:
        """The share of the grants that allow what is never done, as far as logs can show: unused ÷ granted."""
        return self.unused / self.granted if self.granted else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """All runs together; of states, the last one's."""

    runs: tuple[RunMetrics, ...]
    """Oldest first, at least one."""
    unused_by_age: Mapping[str, int]
    """Band (`AGE_BANDS`) to grants that are unused now, in the order of the bands."""
    time_to_revoke: Spread
    """From the run that called a grant unused first to the one that found it gone, weighed by grants."""
    time_to_detect: Spread
    """From the change in the log that made a drift to the run that found it; drifts whose change shows only."""
    time_to_remediate: Spread
    """From the run that found a drift to the one that found it gone."""

    @property
    def last(self) -> RunMetrics:
        """The last run."""
        return self.runs[-1]

    @property
    def merged(self) -> int:
        """Proposals that were merged, in all runs."""
        return sum(run.merged for run in self.runs)

    @property
    def revoked(self) -> int:
        """Grants that were revoked, in all runs."""
        return sum(run.revoked for run in self.runs)


def measure(rows: Sequence[Row], last: Iterable[Row]) -> Metrics:
    """Return the metrics.

    Args:
        rows: Of all runs in their order, with `POINT_COLUMNS`; at least one.
        last: Of the last run, with `until` and `verdicts`.
    """
    revoked = [one["days"] for row in rows for one in row["revoked"] for _ in range(one["grants"])]
    return Metrics(
        runs=measure_runs(rows),
        unused_by_age=measure_age(last),
        time_to_revoke=_spread(revoked),
        time_to_detect=_spread([row["detected_days"] for row in rows if row["detected_days"] is not None]),
        time_to_remediate=_spread([row["remediated_days"] for row in rows if row["remediated_days"] is not None]),
    )


def measure_runs(rows: Sequence[Row]) -> tuple[RunMetrics, ...]:
    """Return each run in numbers; `rows` as `measure` takes them."""
    return tuple(_run(list(of_run)) for _, of_run in groupby(rows, key=itemgetter("sequence")))


def measure_age(rows: Iterable[Row]) -> Mapping[str, int]:
    """Return how many grants of a run are unused for how long."""
    found = {name: 0 for _, name in AGE_BANDS}
    for row in rows:
        for group in row["verdicts"]:
            if group["unused_since"] is not None:
                days = (row["until"] - group["unused_since"]).days
                band = next(name for most, name in AGE_BANDS if most is None or days <= most)
                found[band] += len(group["actions"])
    return found


def _run(rows: Sequence[Row]) -> RunMetrics:
    return RunMetrics(
        until=rows[0]["until"],
        roles=len(rows),
        granted=sum(row["granted"] for row in rows),
        unused=sum(row["unused"] for row in rows),
        removable=sum(row["removed"] for row in rows),
        open_proposals=sum(row["proposal_digest"] is not None for row in rows),
        merged=sum(row["is_merged"] for row in rows),
        revoked=sum(one["grants"] for row in rows for one in row["revoked"]),
        drift=sum(row["drift"] is not None for row in rows),
    )


def _spread(days: Sequence[int]) -> Spread:
    return Spread(count=len(days), median=float(median(days)) if days else None, longest=max(days) if days else None)
