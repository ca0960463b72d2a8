"""`trailmin usage`: what one principal did."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trailmin.cli.exit_codes import ExitCode
from trailmin.cli.output import say, write_json
from trailmin.cli.parameters import (
    AccountOption,
    CurrentOption,
    FileOption,
    JsonOption,
    LakeOption,
    RoleArgument,
    SinceOption,
    UntilOption,
)
from trailmin.cli.window import open_lake, principals_of, say_no_events

if TYPE_CHECKING:
    from trailmin.lake import Lake
    from trailmin.usage.model import PrincipalUsage

EXAMPLES = """
trailmin usage image-processor --lake lake
trailmin usage 111122223333/image-processor --lake lake --since 2026-10-01
trailmin usage arn:aws:iam::111122223333:role/image-processor --lake lake --json
trailmin usage workers --lake lake --by-workload --current snapshots/
"""


def usage(
    role: RoleArgument,
    lake: LakeOption,
    since: SinceOption = None,
    until: UntilOption = None,
    account: AccountOption = None,
    by_workload: Annotated[
        bool,
        typer.Option(
            "--by-workload", help="Tell functions, instances, tasks and source identities apart by their sessions."
        ),
    ] = False,
    current: CurrentOption = None,
    as_json: JsonOption = False,
    output: FileOption = None,
) -> Iterable[ExitCode]:
    """Show what a role did, and on which resources.

    Every action that it was authorised for, on which resource, how often, and when first and last. Calls whose
    actions are not known are listed apart: they are never taken for evidence.
    """
    from trailmin.cli.screen import show
    from trailmin.report.usage import usage_json, usage_table
    from trailmin.usage.read import find_principal

    opened = open_lake(lake)
    found = principals_of(opened, since, until, account)
    if not found:
        say_no_events("calls")
        return [ExitCode.NO_EVENTS]
    principal = find_principal(found, role)
    if by_workload:
        _show_workloads(opened, principal, current or [], since, until, as_json=as_json, output=output)
        return []
    if as_json:
        write_json(usage_json(principal), [], output)
        return []
    show(usage_table(principal), path=output)
    for calls in principal.unmapped:
        say(f"actions not known: {calls.event_source} {calls.event_name}, {calls.count:,} calls: {calls.reason}")
    return []


def _show_workloads(
    lake: "Lake",
    principal: "PrincipalUsage",
    current: Sequence[Path],
    since: date | None,
    until: date | None,
    *,
    as_json: bool,
    output: Path | None,
) -> None:
    from trailmin.cli.screen import show
    from trailmin.current import load_current
    from trailmin.report.workloads import workloads_json, workloads_table
    from trailmin.usage.read import window_of
    from trailmin.usage.workloads import read_session_days, split_usage

    snapshot = load_current(current, role_name=principal.name).accounts.get(principal.account or "")
    functions = snapshot.functions if snapshot is not None else None
    names = None if functions is None else [f.name for f in functions if f.role_arn == principal.arn]
    days = read_session_days(lake, *window_of(lake, since, until))
    found = split_usage(principal, days.get((principal.account, principal.name or ""), {}), names)
    if as_json:
        write_json(workloads_json(principal.name, principal.arn, found), [], output)
        return
    show(workloads_table(principal.name or principal.arn or "", found), path=output)
    if names is None:
        say("functions are told from other sessions by the functions.json of a snapshot: --current SNAPSHOT")
