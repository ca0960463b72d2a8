"""`trailmin run`: the scheduled job."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trailmin import __version__
from trailmin.cli.exit_codes import ExitCode, ranked
from trailmin.cli.ingest import codes_of as codes_of_ingest
from trailmin.cli.output import LogFormat, log_event, say, set_log_format, write_json
from trailmin.cli.parameters import JsonOption
from trailmin.cli.pr import codes_of as codes_of_pull_requests
from trailmin.cli.pr import made_json, request_of, show_made
from trailmin.cli.proposal_codes import codes_of_policies, codes_of_roles
from trailmin.cli.resource_policies import show_access
from trailmin.cli.tighten import show_proposals
from trailmin.config import DEFAULT_NAME

if TYPE_CHECKING:
    from trailmin.config import Config
    from trailmin.job import JobResult, Step
    from trailmin.publish.pull_requests.make import Made

EXAMPLES = """
trailmin run
trailmin run -c /etc/trailmin.toml --json
trailmin run --log-format json 2>> trailmin.log

# trailmin.toml; paths are relative to its folder
[trail]
sources = ["logs"]
[lake]
path = "lake"
[current]
paths = ["snapshots", "policies"]
[output]
path = "out"
"""


def run(
    config: Annotated[Path, typer.Option("-c", "--config", metavar="FILE", help="The configuration.")] = Path(
        DEFAULT_NAME
    ),
    as_json: JsonOption = False,
    log_format: Annotated[
        LogFormat,
        typer.Option("--log-format", help="Words on standard error as text, or as one JSON object a line."),
    ] = LogFormat.TEXT,
) -> Iterable[ExitCode]:
    """Do the whole job as a configuration says.

    Reads what is new into the lake, proposes policies for every role, and writes the results; with [pull_request] repo
    it commits them on branches, and with open = true opens or updates pull requests. Made for a scheduler: it
    can run at any time and as often as one likes, one at a time on a lake, and ends with 0 when nothing differs from
    what is in force, with 10 when proposals differ.
    """
    from trailmin.cli.screen import progress_bars
    from trailmin.config import read_config
    from trailmin.job import run_job
    from trailmin.report.ingest import set_aside_lines, summary_lines

    set_log_format(log_format)
    log_event("started", trailmin=__version__)
    configuration = read_config(config)
    with progress_bars() as progress:
        result = run_job(configuration, on_ingest=progress.on_ingest, on_day=progress.on_day, on_step=_log_step)
    made = _pull_requests(configuration, result)
    codes = (*_codes(result), *(codes_of_pull_requests(made) if made else ()))
    log_event("ended", exit_codes=[int(code) for code in ranked(codes)])
    for line in (*set_aside_lines(result.ingested), *result.missing):
        say(line)
    if as_json:
        write_json({**_json(result), "pull_requests": made_json(made) if made else None}, codes, None)
        return codes
    for line in summary_lines(result.ingested):
        say(line)
    if result.written is None:
        say("the lake has no events: look whether the trail still delivers, and at [trail] sources and days")
    else:
        show_proposals(result.proposals, result.written)
        show_access(result.access)
    if made is not None:
        show_made(made)
    return codes


def _log_step(step: "Step") -> None:
    fields: dict[str, Any] = {"seconds": round(step.seconds, 3), **step.counts}
    log_event(step.event, **fields)


def _pull_requests(config: "Config", result: "JobResult") -> "Made | None":
    """Make them, where the configuration names the repository and there are results."""
    from trailmin.publish.pull_requests import make_pull_requests

    repo = config.pull_request.repo
    if repo is None or result.written is None:
        return None
    return make_pull_requests(request_of(config, repo=repo, results=None))


def _codes(result: "JobResult") -> Iterator[ExitCode]:
    yield from (code for code in codes_of_ingest(result.ingested) if code is not ExitCode.NO_EVENTS)
    yield from codes_of_roles(result.proposals)
    yield from codes_of_policies(result.access)
    if result.missing:
        yield ExitCode.SET_ASIDE
    if result.written is None:
        yield ExitCode.NO_EVENTS


def _json(result: "JobResult") -> dict[str, Any]:
    from trailmin.report.access import headline_json
    from trailmin.report.ingest import ingest_json
    from trailmin.report.json_output import schema
    from trailmin.report.proposal_json import tighten_json

    files = [role.files for role in result.written.roles] if result.written else ()
    document = tighten_json(result.proposals, files=files)
    return {
        **document,
        "schema": schema("run"),
        "ingest": ingest_json(result.ingested),
        "missing": list(result.missing),
        "resource_policies": [headline_json(proposal) for proposal in result.access],
    }
