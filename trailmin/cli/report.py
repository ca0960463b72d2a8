"""`trailmin report`: what a run found, for people, code scanning and chat."""

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from trailmin.cli.exit_codes import ExitCode
from trailmin.cli.output import write_data
from trailmin.cli.parameters import CurrentOption, FileOption, LakeOption, RolesArgument, SinceOption, UntilOption
from trailmin.cli.window import open_lake, proposals_of

if TYPE_CHECKING:
    from trailmin.current import StateInForce
    from trailmin.lake import Lake
    from trailmin.synth.model import Options, Proposal

EXAMPLES = """
trailmin report --current snapshots/ --lake lake -o report.html
trailmin report --current snapshots/ --lake lake --format sarif -o trailmin.sarif
trailmin report --current snapshots/ --lake lake --format chat
"""


class ReportFormat(StrEnum):
    """What a report is for."""

    HTML = "html"
    SARIF = "sarif"
    CHAT = "chat"


def report(
    lake: LakeOption,
    roles: RolesArgument = None,
    current: CurrentOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    format_: Annotated[
        ReportFormat,
        typer.Option(
            "--format",
            help="A page for a browser in one file, findings for code scanning (SARIF 2.1.0), or a few lines of "
            "Markdown for a chat channel.",
        ),
    ] = ReportFormat.HTML,
    output: FileOption = None,
) -> Iterable[ExitCode]:
    """Report on what roles are granted and what they use.

    Proposes as 'trailmin tighten' does by default, and writes nothing but the report. The page loads nothing from
    anywhere, so it can be mailed or kept as an artefact of a build.
    """
    from trailmin.cli.selection import select_proposals
    from trailmin.current import load_current
    from trailmin.synth.model import Options

    state = load_current(current or [])
    opened = open_lake(lake)
    options = Options()
    proposals = proposals_of(opened, state, options, since, until)
    if proposals is None:
        return [ExitCode.NO_EVENTS]
    chosen = select_proposals(proposals, roles or [])
    write_data([_text(format_, opened, state, options, chosen)], output)
    return ()


def _text(
    format_: ReportFormat,
    lake: "Lake",
    state: "StateInForce",
    options: "Options",
    proposals: tuple["Proposal", ...],
) -> str:
    from trailmin.job import report_from_lake, resources_from_lake
    from trailmin.report.chat import render_chat
    from trailmin.report.html import render_report
    from trailmin.report.json_output import json_text
    from trailmin.report.sarif import sarif_json

    match format_:
        case ReportFormat.HTML:
            return render_report(report_from_lake(lake, state, proposals, options))
        case ReportFormat.SARIF:
            return json_text(sarif_json(proposals, resources_from_lake(lake, state, proposals, options)))
        case ReportFormat.CHAT:
            return render_chat(proposals, resources_from_lake(lake, state, proposals, options))
