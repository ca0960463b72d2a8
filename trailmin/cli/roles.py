"""`trailmin roles`: which roles did something."""

from collections.abc import Iterable
from typing import Annotated

import typer

from trailmin.cli.exit_codes import ExitCode
from trailmin.cli.output import write_json
from trailmin.cli.parameters import AccountOption, FileOption, JsonOption, LakeOption, SinceOption, UntilOption
from trailmin.cli.window import open_lake, principals_of, say_no_events

EXAMPLES = """
trailmin roles --lake lake
trailmin roles --lake lake --since 2026-09-01 --account 111122223333 --json
"""


def roles(
    lake: LakeOption,
    since: SinceOption = None,
    until: UntilOption = None,
    account: AccountOption = None,
    everyone: Annotated[
        bool, typer.Option("--all", help="Users, services, other accounts and anonymous callers as well.")
    ] = False,
    as_json: JsonOption = False,
    output: FileOption = None,
) -> Iterable[ExitCode]:
    """List the roles that did something.

    For each: its calls, how many were refused, on how many days it was active, and what runs under it. Without
    --since and --until the window is from the first to the last day with events.
    """
    from trailmin.cli.screen import show
    from trailmin.report.usage import roles_json, roles_table
    from trailmin.trail import PrincipalKind

    found = [
        p for p in principals_of(open_lake(lake), since, until, account) if everyone or p.kind is PrincipalKind.ROLE
    ]
    codes = [] if found else [ExitCode.NO_EVENTS]
    if as_json:
        write_json(roles_json(found), codes, output)
    elif found:
        show(roles_table(found), path=output)
    else:
        say_no_events("calls of any role")
    return codes
