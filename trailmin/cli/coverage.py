"""`trailmin coverage`: what the logs could have shown."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from trailmin.cli.exit_codes import ExitCode
from trailmin.cli.output import write_json
from trailmin.cli.parameters import (
    AccountOption,
    CurrentOption,
    FileOption,
    JsonOption,
    LakeOption,
    SinceOption,
    UntilOption,
)
from trailmin.cli.window import has_events, open_lake, say_no_events

if TYPE_CHECKING:
    from trailmin.usage.coverage import Coverage

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
    from trailmin.report.coverage import coverage_json, coverage_table, holes_text, logged_table
    from trailmin.usage.measure import measure_coverage
    from trailmin.usage.read import window_of

    state = load_current(current or [])
    opened = open_lake(lake)
    if not has_events(opened, since, until):
        say_no_events()
        return [ExitCode.NO_EVENTS]
    selectors = {name: snapshot.event_selectors for name, snapshot in state.accounts.items()}
    trails = {name: snapshot.trails for name, snapshot in state.accounts.items()}
    measured = measure_coverage(opened, load_catalog(), selectors, *window_of(opened, since, until), trails=trails)
    measured = _of_account(measured, account)
    codes = [] if measured.accounts else [ExitCode.NO_EVENTS]
    if as_json:
        write_json(coverage_json(measured), codes, output)
    elif not measured.accounts:
        say_no_events("events of the account")
    else:
        show(coverage_table(measured), logged_table(measured), holes_text(measured), path=output)
    return codes


def _of_account(measured: "Coverage", account: str | None) -> "Coverage":
    from dataclasses import replace

    if account is None:
        return measured
    return replace(measured, accounts={name: a for name, a in measured.accounts.items() if name == account})
