"""`trailmin coverage`: what the logs could have shown."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from trailmin.cli.exit_codes import ExitCode
from trailmin.cli.output import say, write_json
from trailmin.cli.parameters import (
    AccountOption,
    CurrentOption,
    FileOption,
    JsonOption,
    LakeOption,
    SinceOption,
    UntilOption,
)
from trailmin.cli.window import has_events, open_lake

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from trailmin.usage.coverage import AccountCoverage, Coverage
    from trailmin.usage.integrity import Integrity

_HOLES_SHOWN = 10

EXAMPLES = """
trailmin coverage --lake lake
trailmin coverage --lake lake --current snapshots/ --since 2026-09-01 --json
"""


def coverage(
    lake: LakeOption,
    current: CurrentOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    account: AccountOption = None,
    as_json: JsonOption = False,
    output: FileOption = None,
) -> Iterable[ExitCode]:
    """Show what the logs could have shown.

    Per account: days, regions, reads and writes, data events. Only what the logs could have shown can be called
    unused. The event selectors in a snapshot (--current) say what an account logs; without them only what was seen
    counts.
    """
    from trailmin.catalog import load_catalog
    from trailmin.cli.screen import show
    from trailmin.current import load_current
    from trailmin.report.json_output import coverage_json
    from trailmin.usage.measure import measure_coverage
    from trailmin.usage.read import window_of

    state = load_current(current or [])
    opened = open_lake(lake)
    if not has_events(opened, since, until):
        say("no events in this window")
        return [ExitCode.NO_EVENTS]
    selectors = {name: snapshot.event_selectors for name, snapshot in state.accounts.items()}
    trails = {name: snapshot.trails for name, snapshot in state.accounts.items()}
    measured = measure_coverage(opened, load_catalog(), selectors, *window_of(opened, since, until), trails=trails)
    measured = _of_account(measured, account)
    codes = [] if measured.accounts else [ExitCode.NO_EVENTS]
    if as_json:
        write_json(coverage_json(measured), codes, output)
    else:
        show(coverage_table(measured), logged_table(measured), holes_text(measured), path=output)
    return codes


def holes_text(measured: "Coverage") -> "Text":
    """Return lines on days without logs, event history that was looked up, and what digests vouch for, by account."""
    from rich.text import Text

    from trailmin.report.json_output import missing_periods
    from trailmin.report.terminal import inert

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


def logged_table(measured: "Coverage") -> "Table":
    """Return what the selectors of each account log, kind by kind; of accounts without selectors what was seen."""
    from trailmin.report.terminal import Column, table

    columns = ("Account", "Events", Column(name="Logged", width=7), "Because of")
    return table("What is logged", columns, (row for _, a in sorted(measured.accounts.items()) for row in _logged(a)))


def _logged(logs: "AccountCoverage") -> Iterator[tuple[str, str, str, str]]:
    from trailmin.report.json_output import logged_of

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


def _of_account(measured: "Coverage", account: str | None) -> "Coverage":
    from dataclasses import replace

    if account is None:
        return measured
    return replace(measured, accounts={name: a for name, a in measured.accounts.items() if name == account})


def coverage_table(measured: "Coverage") -> "Table":
    """Return a row per account."""
    from trailmin.report.terminal import Column, table

    days = (measured.until - measured.since).days + 1
    columns = (
        "Account",
        Column(name="Events", number=True),
        Column(name="Days with logs", number=True),
        "First and last event",
        "Regions",
        "Management events",
        Column(name="Data events seen on", number=True),
        "Event selectors",
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
            f"{len({seen.resource for seen in logs.data_seen}):,} resources",
            "known" if logs.selectors is not None or any((logs.by_region or {}).values()) else "unknown",
        )
        for name, logs in sorted(measured.accounts.items())
    )
    return table(f"{measured.since} to {measured.until}", columns, rows)
