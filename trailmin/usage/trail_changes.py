"""Changes to trails that the log shows: since when events have been logged.

A trail that was told yesterday to log data events says nothing of the weeks before, and one that was stopped for a
month nothing of that month. Of a trail that was changed in the window, what it logged before the first change is not
known, and counts as nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from trailmin.errors import TrailError
from trailmin.lake import Lake
from trailmin.trail import decode_json
from trailmin.trail.selectors import EventSelectors, parse_event_selectors

_NAMES = ("CreateTrail", "DeleteTrail", "PutEventSelectors", "StartLogging", "StopLogging", "UpdateTrail")

_LOGS = {"StartLogging": True, "StopLogging": False, "DeleteTrail": False}

_CHANGED = """
    SELECT min(date) AS first, max(date) AS last FROM usage
    WHERE event_source = 'cloudtrail.amazonaws.com' AND event_name IN (SELECT unnest(?)) AND date >= ?
"""

_CHANGES = """
    SELECT event_time, account, event_name, request_parameters FROM events
    WHERE event_source = 'cloudtrail.amazonaws.com' AND event_name IN (SELECT unnest(?)) AND error_code IS NULL
      AND date BETWEEN ? AND ?
    ORDER BY ALL
"""

_DEFAULT = {"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}]}
"""What a new trail logs until it is told otherwise.

Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html
"""

_WIDENING = ("isMultiRegionTrail", "isOrganizationTrail", "includeGlobalServiceEvents")
"""Parameters of UpdateTrail by which a trail logs more regions or accounts than before."""

_NOTHING = EventSelectors(selectors=())


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailChange:
    """A successful change of what one trail logs."""

    day: date
    account: str | None
    trail: str
    """Its name."""
    selectors: EventSelectors | None
    """What it logs from then on; None: as before."""
    is_new: bool = False
    """Whether there was no such trail before."""
    widens: bool = False
    """Whether it may have logged fewer regions or accounts before."""
    logs: bool | None = None
    """Whether it logs anything from then on; None: as before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedFrom:
    """What an account's trails logged from one day on, until the next such entry."""

    first: date
    selectors: EventSelectors
    is_known: bool = True
    """Whether that is all that they can have logged; else they may have logged more than `selectors`."""


def read_trail_changes(lake: Lake, since: date) -> tuple[TrailChange, ...]:
    """Return the changes from `since` to the last day of the lake, oldest first.

    Raises:
        LakeError: The lake cannot be read.
    """
    (days,) = lake.query(_CHANGED, (list(_NAMES), since)).to_pylist()
    if days["first"] is None:
        return ()
    rows = lake.query(_CHANGES, (list(_NAMES), days["first"], days["last"])).to_pylist()
    changes = (_change(r["event_time"], r["account"], r["event_name"], r["request_parameters"]) for r in rows)
    return tuple(change for change in changes if change is not None)


def logging_of(
    account: str, documents: Sequence[Mapping[str, Any]], changes: Iterable[TrailChange]
) -> tuple[LoggedFrom, ...]:
    """Return what an account's trails logged since when, newest first; nothing where no change is known.

    Args:
        account: Whose trails; an organization's trail is changed in the account of its ARN.
        documents: What `get-event-selectors` says of each trail now.
        changes: In any account, oldest first.
    """
    own = [_Trail.of(account, document, changes) for document in documents]
    days = sorted({change.day for trail in own for change in trail.changes}, reverse=True)
    if not days:
        return ()
    firsts = [*(day + timedelta(days=1) for day in days), date.min]
    return tuple(_logged_from(first, own) for first in firsts)


def _logged_from(first: date, trails: Iterable["_Trail"]) -> LoggedFrom:
    found = [trail.on(first) for trail in trails]
    selectors = tuple(one for logged in found if logged is not None for one in logged.selectors)
    return LoggedFrom(first=first, selectors=EventSelectors(selectors=selectors), is_known=None not in found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trail:
    now: EventSelectors
    changes: tuple[TrailChange, ...]

    @classmethod
    def of(cls, account: str, document: Mapping[str, Any], changes: Iterable[TrailChange]) -> "_Trail":
        parts = str(document.get("TrailARN") or "").split(":")
        owner, name = (parts[4], _name(parts[-1])) if len(parts) > 4 else (account, None)
        own = tuple(one for one in changes if one.account == owner and name in (None, one.trail))
        return cls(now=parse_event_selectors(dict(document)), changes=own)

    def on(self, day: date) -> EventSelectors | None:
        """What it logged on a day that began after its last change before; None where that is not known."""
        if any(change.widens and change.day >= day for change in self.changes):
            return _NOTHING
        switched = [change for change in self.changes if change.logs is not None]
        if switched and switched[0].logs and switched[0].day >= day:
            return None
        if any(change.is_new and change.day >= day for change in self.changes):
            return None
        if [change.logs for change in switched if change.day < day][-1:] == [False]:
            return _NOTHING
        told = [change for change in self.changes if change.selectors is not None]
        before = [change.selectors for change in told if change.day < day]
        if len(before) == len(told):
            return self.now
        return before[-1] if before else None


def _change(time: datetime, account: str | None, event_name: str, parameters: str | None) -> TrailChange | None:
    fields = _fields(parameters)
    name = fields.get("name") or fields.get("trailName")
    if not isinstance(name, str):
        return None
    widens = event_name == "UpdateTrail" and any(fields.get(one) is True for one in _WIDENING)
    if event_name == "UpdateTrail" and not widens:
        return None
    aware = time if time.tzinfo is not None else time.replace(tzinfo=UTC)
    return TrailChange(
        day=aware.astimezone(UTC).date(),
        account=account,
        trail=_name(name),
        selectors=_told(event_name, fields),
        is_new=event_name == "CreateTrail",
        widens=widens,
        logs=_LOGS.get(event_name),
    )


def _told(event_name: str, fields: Mapping[str, Any]) -> EventSelectors | None:
    if event_name not in {"CreateTrail", "PutEventSelectors"}:
        return None
    try:
        return parse_event_selectors(_DEFAULT if event_name == "CreateTrail" else _as_printed(fields))
    except TrailError:
        return _NOTHING


def _as_printed(value: object) -> Any:
    """Parameters with their names as the API has them: events begin them in lower case."""
    if isinstance(value, Mapping):
        return {key[:1].upper() + key[1:]: _as_printed(one) for key, one in value.items()}
    return [_as_printed(one) for one in value] if isinstance(value, list) else value


def _fields(parameters: str | None) -> Mapping[str, Any]:
    try:
        given = decode_json(parameters) if parameters else None
    except ValueError:
        return {}
    return given if isinstance(given, Mapping) else {}


def _name(trail: str) -> str:
    return trail.rpartition("/")[2]
