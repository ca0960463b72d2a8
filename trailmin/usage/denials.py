"""What the refused calls of a principal look like: a permission that someone misses, or someone who tries doors.

Refused calls are counted per day (UTC). A finding is no proof: it says what it rests on, and a person judges.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from statistics import median

from trailmin.lake import Lake

PROBED_ACTIONS = 8
"""Distinct actions refused on one day that look like probing, where they are of services the principal never used."""

PROBED_SERVICES = 3
"""Services among them that the principal never used."""

RECURRING_DAYS = 3
"""Days on which the same action is refused that look like a permission someone misses."""

SPIKE_FACTOR = 5
"""A day counts as a spike when it has this many times the refusals of a usual day,"""

SPIKE_CALLS = 10
"""and at least this many."""

_DAYS = """
    SELECT principal_arn, date, action, sum(count)::BIGINT AS calls
    FROM usage
    WHERE outcome = 'denied' AND action IS NOT NULL AND principal_arn IS NOT NULL AND date BETWEEN ? AND ?
    GROUP BY ALL
    ORDER BY ALL
"""

_USED = """
    SELECT DISTINCT principal_arn, split_part(action, ':', 1) AS service
    FROM usage
    WHERE outcome = 'allowed' AND action IS NOT NULL AND principal_arn IS NOT NULL AND date BETWEEN ? AND ?
"""


class DenialKind(StrEnum):
    """What refused calls look like."""

    PROBING = "probing"
    MISCONFIGURATION = "misconfiguration"
    ISOLATED = "isolated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spike:
    """A day with far more refusals than usual."""

    date: date
    calls: int
    usual: float
    """Median of the principal's other days in the window with any refusal; 0 without any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Denials:
    """The refused calls of one principal in a window, judged."""

    kind: DenialKind
    reason: str
    """One sentence with what the finding rests on."""
    calls: int
    """Refused authorizations, counted once per action."""
    actions: int
    """Distinct actions among them."""
    days: int
    spikes: tuple[Spike, ...]
    """Oldest first."""


def read_denials(lake: Lake, since: date, until: date) -> Mapping[str, Denials]:
    """Return the refused calls of each principal that has any, by ARN.

    Raises:
        LakeError: The lake cannot be read.
    """
    days: dict[str, dict[date, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in lake.query(_DAYS, (since, until)).to_pylist():
        days[row["principal_arn"]][row["date"]][row["action"]] = row["calls"]
    used: dict[str, set[str]] = defaultdict(set)
    for row in lake.query(_USED, (since, until)).to_pylist():
        used[row["principal_arn"]].add(row["service"])
    return {arn: judge_denials(found, used[arn]) for arn, found in days.items()}


def judge_denials(days: Mapping[date, Mapping[str, int]], used_services: set[str]) -> Denials:
    """Return what refused calls look like.

    Args:
        days: The refused actions of each day with any, and how often each was refused; at least one day.
        used_services: Service prefixes of which any action was allowed to the principal in the window.
    """
    kind, reason = _kind(days, used_services)
    return Denials(
        kind=kind,
        reason=reason,
        calls=sum(sum(actions.values()) for actions in days.values()),
        actions=len({action for actions in days.values() for action in actions}),
        days=len(days),
        spikes=_spikes({day: sum(actions.values()) for day, actions in days.items()}),
    )


def _kind(days: Mapping[date, Mapping[str, int]], used_services: set[str]) -> tuple[DenialKind, str]:
    for day, actions in sorted(days.items()):
        foreign = [action for action in actions if _service(action) not in used_services]
        services = {_service(action) for action in foreign}
        if len(foreign) >= PROBED_ACTIONS and len(services) >= PROBED_SERVICES:
            return (
                DenialKind.PROBING,
                f"on {day} {len(foreign)} actions of {len(services)} services that it never used were refused",
            )
    recurring = _recurring(days)
    if recurring:
        action, count = recurring[0]
        more = f" (and {len(recurring) - 1} more actions recur)" if len(recurring) > 1 else ""
        return DenialKind.MISCONFIGURATION, f"{action} was refused on {count} days{more}: a permission it may need"
    return DenialKind.ISOLATED, "neither many services at once nor the same action day after day"


def _recurring(days: Mapping[date, Mapping[str, int]]) -> Sequence[tuple[str, int]]:
    counts: dict[str, int] = defaultdict(int)
    for actions in days.values():
        for action in actions:
            counts[action] += 1
    return sorted((one for one in counts.items() if one[1] >= RECURRING_DAYS), key=lambda one: (-one[1], one[0]))


def _spikes(calls: Mapping[date, int]) -> tuple[Spike, ...]:
    found = []
    for day, count in sorted(calls.items()):
        others = [other for at, other in calls.items() if at != day]
        usual = float(median(others)) if others else 0.0
        if count >= SPIKE_CALLS and count > SPIKE_FACTOR * usual:
            found.append(Spike(date=day, calls=count, usual=usual))
    return tuple(found)


def _service(action: str) -> str:
    return action.partition(":")[0]
