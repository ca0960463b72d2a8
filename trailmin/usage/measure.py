"""Measuring coverage: what the lake and the event selectors say of each account's logs."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from trailmin.catalog import Catalog
from trailmin.lake import Lake
from trailmin.trail.selectors import EventSelectors, parse_event_selectors
from trailmin.trail.trails import parse_trails, reach_of
from trailmin.usage.account_coverage import AccountCoverage, SeenData
from trailmin.usage.coverage import Coverage
from trailmin.usage.integrity import measure_integrity
from trailmin.usage.trail_changes import TrailChange, logging_of, read_trail_changes

_DAYS = """
    SELECT account, date, region, sum(calls)::BIGINT AS events,
           min(first_seen) AS first_event, max(last_seen) AS last_event
    FROM usage WHERE account IS NOT NULL AND date BETWEEN ? AND ?
    GROUP BY ALL ORDER BY ALL
"""

_SEEN = """
    SELECT account, action, resource, read_only, min(date) AS first_date
    FROM usage
    WHERE account IS NOT NULL AND date BETWEEN ? AND ? AND read_only IS NOT NULL
      AND category = 'Data' AND action IS NOT NULL AND resource IS NOT NULL
    GROUP BY ALL ORDER BY ALL
"""

_MANAGEMENT = """
    SELECT account, event_source, read_only, min(date) AS first_date
    FROM usage
    WHERE account IS NOT NULL AND date BETWEEN ? AND ? AND read_only IS NOT NULL
      AND coalesce(category, 'Management') = 'Management'
    GROUP BY ALL
"""

_LOOKED_UP = """
    SELECT split_part(key, '/', 2) AS account, split_part(key, '/', 3) AS region, day FROM latest_log_objects
    WHERE key LIKE 'lookup-events/%' AND state = 'read' AND day BETWEEN ? AND ?
    ORDER BY ALL
"""

_DELIVERED = r"""
    SELECT DISTINCT regexp_extract(key, '(?:^|/)AWSLogs/(?:o-[a-z0-9]+/)?(\d+)/CloudTrail/', 1) AS account, day
    FROM latest_log_objects WHERE key LIKE '%AWSLogs/%' AND state = 'read' AND day BETWEEN ? AND ?
"""

_EVENT_HISTORY = {"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}]}
"""What the event history holds, as a trail would be told to log it: all management events, no data events.

Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
"""


def measure_coverage(
    lake: Lake,
    catalog: Catalog,
    selectors: Mapping[str, object | None],
    since: date,
    until: date,
    *,
    trails: Mapping[str, object | None] | None = None,
    minimum_days: int | None = None,
) -> Coverage:
    """Return what the logs from `since` to `until` could have shown.

    Args:
        lake: With its usage table up to date.
        catalog: How each action shows in the log.
        selectors: Account to the parsed output of `get-event-selectors`; accounts without one are judged by what
            was seen.
        since: First day.
        until: Last day.
        trails: Account to the parsed output of `describe-trails`; of accounts without one it is not known which
            regions are logged.
        minimum_days: How long data events must have been logged, up to the last day, where a trail was changed in the
            window; None: as long as the window.

    Raises:
        TrailError: Event selectors or trails are not in the form of the AWS CLI.
        LakeError: The lake cannot be read.
    """
    window = (since, until)
    activity = _activity(lake, window)
    management = _management_seen(lake, window)
    data = _data_rows(lake, window)
    looked_up = _looked_up(lake, window)
    integrity = measure_integrity(lake, since, until)
    changes = read_trail_changes(lake, since)

    def of_account(account: str) -> AccountCoverage:
        seen = activity.get(account, _Activity())
        first_days = management.get(account, {})
        sources = frozenset((source, read_only) for source, read_only in first_days if source is not None)
        told = (selectors.get(account), (trails or {}).get(account))
        return AccountCoverage(
            account=account,
            **_reach(account, *told, looked_up.get(account, ()), changes),
            dates=seen.dates,
            regions=frozenset(seen.region_days),
            region_days=seen.region_days,
            management_seen=frozenset(read_only for _, read_only in sources),
            management_sources=sources,
            management_first=first_days,
            data_seen=_data_seen(data.get(account, ())),
            data_logged_by=_data_logged_by(data.get(account, ()), _logging_data(told[0]), catalog),
            events=seen.events,
            first_event=seen.first_event,
            last_event=seen.last_event,
            integrity=integrity.get(account),
        )

    accounts = {account: of_account(account) for account in sorted({*activity, *selectors})}
    return Coverage(catalog=catalog, since=since, until=until, minimum_days=minimum_days, accounts=accounts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Activity:
    """Events of one account, whatever they are."""

    dates: frozenset[date] = frozenset()
    region_days: Mapping[str, tuple[date, date]] = field(default_factory=dict)
    """Region to its first and last day."""
    events: int = 0
    first_event: datetime | None = None
    last_event: datetime | None = None


def _activity(lake: Lake, window: tuple[date, date]) -> dict[str, _Activity]:
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in lake.query(_DAYS, window).to_pylist():
        rows[row["account"]].append(row)
    return {
        account: _Activity(
            dates=frozenset(row["date"] for row in found),
            region_days=_region_days(found),
            events=sum(row["events"] for row in found),
            first_event=min(_aware(row["first_event"]) for row in found),
            last_event=max(_aware(row["last_event"]) for row in found),
        )
        for account, found in rows.items()
    }


def _region_days(rows: Iterable[Mapping[str, Any]]) -> dict[str, tuple[date, date]]:
    found: dict[str, tuple[date, date]] = {}
    for row in rows:
        if (region := row["region"]) is not None:
            first, last = found.get(region, (row["date"], row["date"]))
            found[region] = (min(first, row["date"]), max(last, row["date"]))
    return found


_FirstDays = dict[tuple[str | None, bool], date]


def _management_seen(lake: Lake, window: tuple[date, date]) -> dict[str, _FirstDays]:
    """Sources of management events, and None for any, each with reads or writes: their first day."""
    found: dict[str, _FirstDays] = defaultdict(dict)
    for row in lake.query(_MANAGEMENT, window).to_pylist():
        first = found[row["account"]]
        for key in ((row["event_source"], row["read_only"]), (None, row["read_only"])):
            first[key] = min(first.get(key, row["first_date"]), row["first_date"])
    return found


_DataRow = Mapping[str, Any]
"""Of the query of data events."""


def _data_rows(lake: Lake, window: tuple[date, date]) -> dict[str, list[_DataRow]]:
    rows: dict[str, list[_DataRow]] = defaultdict(list)
    for row in lake.query(_SEEN, window).to_pylist():
        rows[row["account"]].append(row)
    return rows


def _data_seen(rows: Iterable[_DataRow]) -> tuple[SeenData, ...]:
    found: dict[tuple[str, bool, str], date] = {}
    for row in rows:
        key = (row["action"].split(":")[0], row["read_only"], row["resource"])
        found[key] = min(found.get(key, row["first_date"]), row["first_date"])
    return tuple(
        SeenData(prefix=prefix, read_only=read_only, resource=resource, first_date=first)
        for (prefix, read_only, resource), first in sorted(found.items())
    )


def _data_logged_by(
    rows: Iterable[_DataRow], trails: Sequence[EventSelectors], catalog: Catalog
) -> tuple[tuple[EventSelectors, ...], ...]:
    """The distinct sets of trails that may have logged a data event that was seen."""
    found: dict[tuple[int, ...], None] = {}
    for row in rows:
        types = catalog.observability(row["action"]).resource_types
        of = tuple(
            at
            for at, trail in enumerate(trails)
            if any(trail.admits_data(t, row["resource"], read_only=row["read_only"]) for t in types)
        )
        if of:
            found[of] = None
            if len(trails) == 1:
                break
    return tuple(tuple(trails[at] for at in of) for of in found)


def _logging_data(selectors: object | None) -> tuple[EventSelectors, ...]:
    """What each trail of an account logs."""
    documents: list[Any] = selectors if isinstance(selectors, list) else [] if selectors is None else [selectors]
    return tuple(parse_event_selectors(document) for document in documents)


def _looked_up(lake: Lake, window: tuple[date, date]) -> dict[str, tuple[str, ...]]:
    """Accounts, and their regions, with days of which the lake has nothing but the event history."""
    rows = lake.query(_LOOKED_UP, window).to_pylist()
    if not rows:
        return {}
    delivered = {(row["account"], row["day"]) for row in lake.query(_DELIVERED, window).to_pylist()}
    accounts = {row["account"] for row in rows if (row["account"], row["day"]) not in delivered}
    return {
        account: tuple(sorted({row["region"] for row in rows if row["account"] == account})) for account in accounts
    }


def _reach(
    account: str,
    selectors: object | None,
    trails: object | None,
    looked_up: Sequence[str],
    changes: Sequence[TrailChange],
) -> dict[str, Any]:
    """What is logged, and where: of accounts whose events were looked up, whatever their trails log besides."""
    if not looked_up:
        return _trails(account, selectors, trails, changes)
    history = parse_event_selectors(_EVENT_HISTORY)
    return {"selectors": None, "by_region": dict.fromkeys(looked_up, history), "looked_up": frozenset(looked_up)}


def _trails(
    account: str, selectors: object | None, trails: object | None, changes: Sequence[TrailChange]
) -> dict[str, Any]:
    """What is logged, where and since when: the fields of an account's coverage that the snapshot tells."""
    known = parse_trails(trails) if trails is not None else ()
    if not known:
        documents: list[Any] = selectors if isinstance(selectors, list) else [] if selectors is None else [selectors]
        return {
            "selectors": None if selectors is None else parse_event_selectors(selectors),
            "logging": logging_of(account, documents, changes),
        }
    reach = reach_of(known, selectors)
    return {
        "selectors": reach.everywhere,
        "is_multi_region": reach.is_multi_region,
        "by_region": reach.by_region if not reach.is_multi_region else None,
        "omits_global_services": reach.omits_global_services,
        "logging": logging_of(account, reach.documents, changes),
    }


def _aware(time: datetime) -> datetime:
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)
