"""`trailmin usage`: what one principal did."""

from collections.abc import Iterable
from typing import Annotated

import typer

from trailmin.cli.exit_codes import ExitCode
from trailmin.cli.output import say, write_json
from trailmin.cli.parameters import AccountOption, FileOption, JsonOption, LakeOption, SinceOption, UntilOption
from trailmin.cli.window import open_lake, principals_of

EXAMPLES = """
trailmin usage image-processor --lake lake
trailmin usage 111122223333/image-processor --lake lake --since 2026-10-01
trailmin usage arn:aws:iam::111122223333:role/image-processor --lake lake --json
"""


def usage(
    role: Annotated[str, typer.Argument(metavar="ROLE", help="By name, account/name or ARN.")],
    lake: LakeOption,
    since: SinceOption = None,
    until: UntilOption = None,
    account: AccountOption = None,
    as_json: JsonOption = False,
    output: FileOption = None,
) -> Iterable[ExitCode]:
    """Show what a role did, and on which resources.

    Every action that it was authorised for, on which resource, how often, and when first and last. Calls whose
    actions are not known are listed apart: they are never taken for evidence.
    """
    from trailmin.cli.screen import show
    from trailmin.report.json_output import usage_json
    from trailmin.report.terminal import usage_table
    from trailmin.usage.read import find_principal

    found = principals_of(open_lake(lake), since, until, account)
    if not found:
        say("no calls in this window")
        return [ExitCode.NO_EVENTS]
    principal = find_principal(found, role)
    if as_json:
        write_json(usage_json(principal), [], output)
        return []
    show(usage_table(principal), path=output)
    for calls in principal.unmapped:
        say(f"actions not known: {calls.event_source} {calls.event_name}, {calls.count:,} calls: {calls.reason}")
    return []
