"""`trailmin users`: what users and groups hold, and what of it they used."""

from collections.abc import Iterable

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
from trailmin.cli.window import open_lake, principals_of

EXAMPLES = """
trailmin users --current snapshots/ --lake lake
trailmin users --current snapshots/ --lake lake --account 111122223333 --json
"""


def users(
    lake: LakeOption,
    current: CurrentOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    account: AccountOption = None,
    as_json: JsonOption = False,
    output: FileOption = None,
) -> Iterable[ExitCode]:
    """Tell what users and groups hold and what they used.

    They are reported, not rewritten: what a person needs is for a person to say. A group's use is that of its
    members. Users that no snapshot has are told by what they did alone.
    """
    from trailmin.catalog import load_catalog
    from trailmin.cli.screen import show
    from trailmin.current import load_current
    from trailmin.report.holders import holders_json, holders_table
    from trailmin.synth.holders import report_holders

    state = load_current(current or [])
    principals = principals_of(open_lake(lake), since, until, account)
    found = [one for one in report_holders(state, principals, load_catalog()) if account in (None, one.account)]
    if as_json:
        write_json(holders_json(found), [], output)
    elif found:
        show(holders_table(found), path=output)
    else:
        say("no users or groups, neither in a snapshot nor in the log")
    return []
