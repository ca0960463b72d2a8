"""`trailmin metrics`: how a team gets on, over the runs."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated

import typer

from trailmin.cli.exit_codes import ExitCode
from trailmin.cli.output import write_data, write_json
from trailmin.cli.parameters import FileOption, JsonOption, LakeOption

EXAMPLES = """
trailmin metrics --lake lake
trailmin metrics --lake lake --format prometheus -o /var/lib/node_exporter/trailmin.prom
"""


class MetricsFormat(StrEnum):
    """What the figures are for."""

    TABLE = "table"
    PROMETHEUS = "prometheus"


def metrics(
    lake: LakeOption,
    format_: Annotated[
        MetricsFormat, typer.Option("--format", help="A table for people, or text for Prometheus.")
    ] = MetricsFormat.TABLE,
    as_json: JsonOption = False,
    output: FileOption = None,
) -> Iterable[ExitCode]:
    """Show what the recorded runs measured.

    What is granted in vain, how fast it goes, and how fast drift is found and gone. Times are days of the logs,
    from the last day that a run looked at to that of another run.
    """
    from trailmin.cli.screen import show
    from trailmin.lake import Lake
    from trailmin.publish.run_history import metrics_from_lake
    from trailmin.report.history import metrics_json, metrics_tables
    from trailmin.report.prometheus import metrics_text

    found = metrics_from_lake(Lake.open(lake))
    if as_json:
        write_json(metrics_json(found), [], output)
    elif format_ is MetricsFormat.PROMETHEUS:
        write_data([metrics_text(found)], output)
    else:
        show(*metrics_tables(found), path=output)
    return []
