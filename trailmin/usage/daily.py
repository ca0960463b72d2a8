"""The calls of each principal day by day, for a timeline."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from trailmin.lake import Lake

_DAYS = """
    SELECT principal_arn, date, sum(calls)::BIGINT AS calls,
           coalesce(sum(calls) FILTER (WHERE outcome = 'denied'), 0)::BIGINT AS denied
    FROM usage
    WHERE date BETWEEN ? AND ? AND principal_arn IS NOT NULL
    GROUP BY ALL
    ORDER BY ALL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCalls:
    """What one principal did on one day (UTC), in events."""

    date: date
    calls: int
    denied: int
    """Those among them that were refused."""


def read_daily_calls(lake: Lake, since: date, until: date) -> Mapping[str, tuple[DayCalls, ...]]:
    """Return the days with calls of each principal by ARN, oldest first.

    Raises:
        LakeError: The lake cannot be read.
    """
    found: dict[str, list[DayCalls]] = defaultdict(list)
    for row in lake.query(_DAYS, (since, until)).to_pylist():
        found[row["principal_arn"]].append(DayCalls(date=row["date"], calls=row["calls"], denied=row["denied"]))
    return {arn: tuple(days) for arn, days in found.items()}
