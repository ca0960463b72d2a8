"""What the logs of accounts could have shown, as JSON and on a terminal."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from trailmin.report.json_output import Json, schema, time_json
from trailmin.report.terminal import Column, inert, table
from trailmin.trail.logged import LoggedKind, logged_kinds

if TYPE_CHECKING:
    # Judging coverage needs the catalog; telling of it does not.
    from trailmin.usage.account_coverage import AccountCoverage
    from trailmin.usage.coverage import Coverage
    from trailmin.usage.integrity import Integrity

_HOLES_SHOWN = 10
"""Of one account; the JSON has all."""


def coverage_json(coverage: "Coverage") -> Json:
    """Return what the logs of each account could have shown."""
    return {
        "schema": schema("coverage"),
        "since": coverage.since.isoformat(),
        "until": coverage.until.isoformat(),
        "accounts": [_account_json(account, coverage) for _, account in sorted(coverage.accounts.items())],
    }


def missing_periods(coverage: "Coverage", account: "AccountCoverage") -> tuple[tuple[date, date], ...]:
    """Return the days of the window without any log of an account, as periods with both ends included."""
    periods: list[tuple[date, date]] = []
    day = coverage.since
    while day <= coverage.until:
        if day not in account.dates:
            if periods and periods[-1][1] == day - timedelta(days=1):
                periods[-1] = (periods[-1][0], day)
            else:
                periods.append((day, day))
        day += timedelta(days=1)
    return tuple(periods)


def logged_of(account: "AccountCoverage") -> tuple[tuple[str | None, LoggedKind], ...]:
    """Return what the selectors of an account log; the region is None where they are those of all trails."""
    if account.by_region is None:
        return tuple((None, kind) for kind in logged_kinds(account.selectors)) if account.selectors else ()
    known = [(region, found) for region, found in sorted(account.by_region.items()) if found is not None]
    return tuple((region, kind) for region, found in known for kind in logged_kinds(found))


def _logged_json(region: str | None, kind: LoggedKind) -> Json:
    return {
        "category": kind.category,
        "resource_type": kind.resource_type,
        "read_only": kind.read_only,
        "region": region,
        "logged": kind.admission.name.lower(),
        "selectors": list(kind.selectors),
    }


def _integrity_json(integrity: "Integrity") -> Json:
    return {
        "log_objects": dict(sorted(integrity.log_objects.items())),
        "gaps": [
            {"region": gap.region, "since": time_json(gap.since), "until": time_json(gap.until)}
            for gap in integrity.gaps
        ],
    }


def _account_json(account: "AccountCoverage", coverage: "Coverage") -> Json:
    return {
        "account": account.account,
        "events": account.events,
        "dates": [day.isoformat() for day in sorted(account.dates)],
        "regions": sorted(account.regions),
        "missing": [
            {"since": first.isoformat(), "until": last.isoformat()}
            for first, last in missing_periods(coverage, account)
        ],
        "first_event": time_json(account.first_event),
        "last_event": time_json(account.last_event),
        "multi_region_trail": account.is_multi_region,
        "single_regions": None if account.by_region is None else sorted(account.by_region),
        "looked_up_regions": sorted(account.looked_up),
        "digests": None if account.integrity is None else _integrity_json(account.integrity),
        "selectors_known": account.selectors is not None or any((account.by_region or {}).values()),
        "logged": [_logged_json(region, kind) for region, kind in logged_of(account)],
        "management_reads_seen": True in account.management_seen,
        "management_writes_seen": False in account.management_seen,
        "data_events_seen": [
            {
                "service": seen.prefix,
                "read_only": seen.read_only,
                "resource": seen.resource,
                "first_date": seen.first_date.isoformat(),
            }
            for seen in account.data_seen
        ],
    }


def coverage_table(measured: "Coverage") -> Table:
    """Return a row per account: what is in its logs. What its trails ask for is in `logged_table`."""
    days = (measured.until - measured.since).days + 1
    columns = (
        Column(name="Account", width=12),
        Column(name="Events", number=True),
        Column(name="Days\nlogged", number=True),
        Column(name="First and\nlast event", width=10),
        "Regions",
        Column(name="Manage-\nment", width=9),
        Column(name="Resources\nwith data", number=True),
    )
    rows = (
        (
            name,
            logs.events,
            f"{len(logs.dates)} of {days}",
            " to ".join(f"{t:%Y-%m-%d %H:%M}" for t in (logs.first_event, logs.last_event) if t is not None) or "none",
            ", ".join(sorted(logs.regions)),
            " and ".join(word for word, kind in (("reads", True), ("writes", False)) if kind in logs.management_seen)
            or "none",
            len({seen.resource for seen in logs.data_seen}),
        )
        for name, logs in sorted(measured.accounts.items())
    )
    return table(f"{measured.since} to {measured.until}", columns, rows)


def holes_text(measured: "Coverage") -> Text:
    """Return lines on days without logs, event history that was looked up, and what digests vouch for, by account."""
    lines = Text()
    for name, logs in sorted(measured.accounts.items()):
        if periods := missing_periods(measured, logs):
            shown = ", ".join(str(a) if a == b else f"{a} to {b}" for a, b in periods[:_HOLES_SHOWN])
            more = f" and {len(periods) - _HOLES_SHOWN} more periods" if len(periods) > _HOLES_SHOWN else ""
            lines.append_text(inert(f"{name}: no logs on {shown}{more}")).append("\n")
        if logs.looked_up:
            regions = ", ".join(sorted(logs.looked_up))
            said = f"{name}: lookup-events: management events only, no data events, in {regions}"
            lines.append_text(inert(said)).append("\n")
        if logs.logging:
            last = logs.logging[0].first - timedelta(days=1)
            said = f"{name}: a trail was changed, last on {last}: earlier data events need not have shown"
            lines.append_text(inert(said)).append("\n")
        if logs.integrity is not None:
            lines.append_text(inert(f"{name}: {_integrity_words(logs.integrity)}")).append("\n")
    return lines


def _integrity_words(integrity: "Integrity") -> str:
    counts = ", ".join(f"{count:,} {status.replace('-', ' ')}" for status, count in integrity.log_objects.items())
    gaps = ", ".join(
        f"{gap.region} {gap.since:%Y-%m-%d %H:%M} to {gap.until:%Y-%m-%d %H:%M}"
        for gap in integrity.gaps[:_HOLES_SHOWN]
    )
    more = f" and {len(integrity.gaps) - _HOLES_SHOWN} more times" if len(integrity.gaps) > _HOLES_SHOWN else ""
    return f"by the digests, log objects are {counts}" + (f"; they do not vouch for {gaps}{more}" if gaps else "")


def logged_table(measured: "Coverage") -> Table:
    """Return what the selectors of each account log, kind by kind; of accounts without selectors what was seen."""
    columns = ("Account", "Events", Column(name="Logged", width=7), "Because of")
    return table("What is logged", columns, (row for _, a in sorted(measured.accounts.items()) for row in _logged(a)))


def _logged(logs: "AccountCoverage") -> Iterator[tuple[str, str, str, str]]:
    if logs.selectors is None and not logs.by_region:
        for word, is_read in (("reads", True), ("writes", False)):
            seen = "seen" if is_read in logs.management_seen else "unknown"
            yield logs.account, f"management {word}", seen, "no event selectors are known"
    for region, kind in logged_of(logs):
        of_type = f" of {kind.resource_type}" if kind.resource_type is not None else ""
        word = "reads" if kind.read_only else "writes"
        where = f", {region} only" if region is not None else logs.where
        events = f"{kind.category.lower()} {word}{of_type}{where}"
        unseen = "the event history has none" if logs.looked_up else "no event selector admits them"
        reason = ("the event history" if logs.looked_up else "; ".join(kind.selectors)) if kind.selectors else unseen
        yield logs.account, events, kind.admission.name.lower(), reason
