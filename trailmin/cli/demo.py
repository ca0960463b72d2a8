"""`trailmin demo`: the whole job on the sample logs that travel with the package."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from trailmin.cli.exit_codes import ExitCode
from trailmin.cli.output import say
from trailmin.cli.proposal_codes import codes_of_roles
from trailmin.cli.tighten import read_diffs
from trailmin.config import Config
from trailmin.errors import LakeError
from trailmin.packaged import packaged_path

EXAMPLES = """
trailmin demo
trailmin demo --out /tmp/trailmin-demo
"""

SHOWN_ROLE = "image-processor"
"""The role whose diff is shown: a Lambda function with s3:* and dynamodb:* on everything."""


def demo(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the lake and the results.")] = Path(
        "out"
    ),
) -> Iterable[ExitCode]:
    """Run the whole job on sample logs.

    They are 45 days of three accounts, with roles that each tell a story. Reads them into DIR/lake, proposes policies
    for every role, shows what became of each and the diff of one, and writes the rest to DIR. Nothing leaves this
    machine, and no AWS account is needed.
    """
    from trailmin.cli.screen import progress_bars, show
    from trailmin.job import run_job
    from trailmin.report.ingest import summary_lines
    from trailmin.report.terminal import diff_text, proposal_table

    config = _config(out)
    _remove_lake(config.lake)
    with progress_bars() as progress:
        result = run_job(config, on_ingest=progress.on_ingest, on_day=progress.on_day)
    for line in summary_lines(result.ingested):
        say(line)
    if result.written is None:
        return [ExitCode.NO_EVENTS]
    show(proposal_table(result.proposals), *(diff_text(diff) for diff in read_diffs(result.written, SHOWN_ROLE)))
    say(f"the other diffs, the evidence and the pull requests: {out}/<account>/<role>/; over all: {out}/summary.json")
    say(f"what a role did: trailmin usage {SHOWN_ROLE} --lake {out}/lake")
    # That proposals differ is what the demo is there to show: no failure of `make demo`.
    return [code for code in codes_of_roles(result.proposals) if code is not ExitCode.DIFFERS]


def _config(out: Path) -> Config:
    samples = packaged_path("sample_logs")
    return Config(
        path=samples,
        sources=(samples / "AWSLogs",),
        workers=1,  # so few logs are read before a second process has started
        lake=out / "lake",
        current=(samples / "snapshots", samples / "policies"),
        output=out,
    )


def _remove_lake(path: Path) -> None:
    """Start afresh; a folder that is no lake is left alone, and refused when the lake is made."""
    from trailmin.lake import Lake

    if path.exists() and any(path.iterdir()):
        try:
            Lake.open(path)
            shutil.rmtree(path)
        except OSError as error:
            raise LakeError(f"cannot remove {path}: {error.strerror}", hint="name another folder: --out DIR") from error
