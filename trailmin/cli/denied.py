"""`trailmin denied`: which calls were refused."""

from collections.abc import Iterable
from typing import Annotated

import typer

from trailmin.cli.exit_codes import ExitCode
from trailmin.cli.metrics import MetricsFormat
from trailmin.cli.output import say, write_data, write_json
from trailmin.cli.parameters import AccountOption, FileOption, JsonOption, LakeOption, SinceOption, UntilOption
from trailmin.cli.window import open_lake, principals_of, say_no_events

EXAMPLES = """
trailmin denied --lake lake
trailmin denied legacy-admin-portal --lake lake --since 2026-10-01 --json
trailmin denied --lake lake --format prometheus -o /var/lib/node_exporter/trailmin-denied.prom
"""


def denied(
    lake: LakeOption,
    role: Annotated[
        str | None, typer.Argument(metavar="ROLE", help="Only this role, by name, account/name or ARN.")
    ] = None,
    since: SinceOption = None,
    until: UntilOption = None,
    account: AccountOption = None,
    format_: Annotated[
        MetricsFormat, typer.Option("--format", help="A table for people, or text for Prometheus.")
    ] = MetricsFormat.TABLE,
    as_json: JsonOption = False,
    output: FileOption = None,
) -> Iterable[ExitCode]:
    """Show the calls that were refused, per role.

    A refused call is never evidence for a grant: it is a probe, or a permission that someone misses. For each role
    the table says which of the two it looks like, and on which days far more was refused than usual.
    """
    from trailmin.cli.screen import show
    from trailmin.report.prometheus import denied_text
    from trailmin.report.usage import denials_table, denied_json, denied_table
    from trailmin.usage.denials import read_denials
    from trailmin.usage.read import find_principal, window_of

    opened = open_lake(lake)
    found = principals_of(opened, since, until, account)
    if not found:
        say_no_events("calls")
        return [ExitCode.NO_EVENTS]
    chosen = [p for p in found if p.denied] if role is None else [find_principal(found, role)]
    denials = read_denials(opened, *window_of(opened, since, until))
    if as_json:
        write_json(denied_json(chosen, denials), [], output)
    elif format_ is MetricsFormat.PROMETHEUS:
        write_data([denied_text(chosen, denials)], output)
    elif any(p.denied for p in chosen):
        show(denials_table(chosen, denials), *(denied_table(p) for p in chosen if p.denied), path=output)
    else:
        say("no call was refused")
    return []
