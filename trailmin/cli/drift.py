"""`trailmin drift`: what is in force, against what was proposed and merged."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from trailmin.cli.exit_codes import ExitCode
from trailmin.cli.output import say, write_json
from trailmin.cli.parameters import FileOption, JsonOption, LakeOption

EXAMPLES = """
trailmin drift --current snapshots/ --lake lake
trailmin drift --current snapshots/ --lake lake --json
"""


def drift(
    lake: LakeOption,
    current: Annotated[
        list[Path],
        typer.Option(
            "--current",
            metavar="PATH",
            help="What is in force now: snapshots, documents or infrastructure code. May be given several times.",
        ),
    ],
    as_json: JsonOption = False,
    output: FileOption = None,
) -> Iterable[ExitCode]:
    """Tell where roles depart from what was proposed or merged.

    Compares what is in force with what 'trailmin run' recorded in the lake: roles that were widened by hand (with a
    request that shows it), merges that were reverted, proposals that are not merged yet, new roles and roles that are
    gone. Ends with 10 where there is a finding.
    """
    from trailmin.cli.screen import show
    from trailmin.current import load_current
    from trailmin.lake import Lake
    from trailmin.publish.run_history import drift_from_lake
    from trailmin.report.history import drift_json, drift_table

    found = drift_from_lake(Lake.open(lake), load_current(current))
    codes = [ExitCode.DIFFERS] if found else []
    if as_json:
        write_json(drift_json(found), codes, output)
    elif found:
        show(drift_table(found), path=output)
    else:
        say("no drift: what is in force is what was approved, and nothing proposed is left to merge")
    return codes
