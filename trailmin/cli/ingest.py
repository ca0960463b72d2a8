"""`trailmin ingest`: log objects into the lake."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trailmin.cli.exit_codes import ExitCode
from trailmin.cli.output import say, write_data, write_json
from trailmin.cli.parameters import (
    AccountsOption,
    AssumeRoleOption,
    EndpointOption,
    EngineOption,
    ExternalIdOption,
    FileOption,
    JsonOption,
    ProfileOption,
    PublicKeysOption,
    RegionsOption,
    RequesterPaysOption,
    SinceOption,
    UntilOption,
    VerifyOption,
    WorkersOption,
)
from trailmin.cli.queue import SCHEME, ingest_messages
from trailmin.cli.window import check_window

if TYPE_CHECKING:
    from trailmin.lake import IngestReport

EXAMPLES = """
trailmin ingest logs/ --lake lake
trailmin ingest AWSLogs/111122223333 extra.json.gz --lake lake --workers 4
zcat old/*.json.gz | trailmin ingest - --lake lake --json
trailmin ingest s3://org-trail --lake lake --since 2026-09-01 --account 111122223333
trailmin ingest s3://trail/logs --lake lake --assume-role arn:aws:iam::222233334444:role/r
trailmin ingest sqs://sqs.us-east-1.amazonaws.com/222233334444/new-logs --lake lake --follow
trailmin ingest lookup-events --lake lake --profile audit --region eu-west-1 --region us-east-1
trailmin ingest s3://org-trail --lake lake --verify-digests require
"""


_SourcesArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE",
        help="Folders, files and s3://BUCKET/PREFIX with log objects; sqs://HOST/ACCOUNT/NAME, a queue that tells "
        "of them; lookup-events, the account's event history; '-' is standard input.",
    ),
]
_RelistOption = Annotated[
    bool, typer.Option("--relist", help="List also what the lake is known to have, to find late deliveries.")
]
_FollowOption = Annotated[
    bool, typer.Option("--follow", help="Of a queue: wait for more when it is empty, until SIGTERM or Ctrl-C.")
]
_BatchOption = Annotated[
    float, typer.Option("--batch-seconds", min=1, metavar="N", help="Of a queue: commit at least this often.")
]


def ingest(
    sources: _SourcesArgument,
    lake: Annotated[
        Path,
        typer.Option(
            "--lake", metavar="LAKE", help="Folder or s3://BUCKET/PREFIX of the lake; made where there is none."
        ),
    ],
    since: SinceOption = None,
    until: UntilOption = None,
    account: AccountsOption = None,
    region: RegionsOption = None,
    relist: _RelistOption = False,
    follow: _FollowOption = False,
    batch_seconds: _BatchOption = 120,
    profile: ProfileOption = None,
    assume_role: AssumeRoleOption = None,
    external_id: ExternalIdOption = None,
    endpoint_url: EndpointOption = None,
    requester_pays: RequesterPaysOption = False,
    verify_digests: VerifyOption = "off",
    public_keys: PublicKeysOption = None,
    engine: EngineOption = "local",
    workers: WorkersOption = None,
    as_json: JsonOption = False,
    output: FileOption = None,
) -> Iterable[ExitCode]:
    """Read CloudTrail log objects into a lake.

    Takes .json.gz and .json files, as CloudTrail delivers them, as a bare list, or one record a line; from S3 in every
    layout of keys, also an organization's. Days, accounts and regions are those of the keys. What the lake has already
    is skipped, so the same command can be run again at any time, also after it was interrupted. A broken log object or
    record is set aside with its reason and never stops the rest; the exit code is 4 then.
    """
    from trailmin.cli.screen import progress_bars
    from trailmin.engine import open_engine
    from trailmin.lake import Lake
    from trailmin.lake import ingest as ingest_into
    from trailmin.trail.digests import open_verification
    from trailmin.trail.sources import AwsAccess, Selection, open_source

    access = AwsAccess(
        profile=profile,
        role_arn=assume_role,
        external_id=external_id,
        endpoint_url=endpoint_url,
        requester_pays=requester_pays,
    )
    check_window(since, until)
    selection = Selection(
        since=since, until=until, accounts=frozenset(account or ()), regions=frozenset(region or ()), relist=relist
    )
    queue = _only_queue(sources, follow=follow)
    verification = open_verification(verify_digests, public_keys or [])
    runs_on = open_engine(workers or os.cpu_count() or 1, engine)
    with progress_bars() as progress:
        if queue is not None:
            report = ingest_messages(
                queue,
                Lake.create(lake),
                access,
                runs_on,
                verification,
                follow=follow,
                seconds=batch_seconds,
                progress=progress.on_ingest,
            )
        else:
            opened = [open_source(source, access=access, selection=selection) for source in sources]
            report = ingest_into(
                opened, Lake.create(lake), engine=runs_on, verification=verification, progress=progress.on_ingest
            )
    return _show(report, as_json=as_json, output=output)


def _show(report: "IngestReport", *, as_json: bool, output: Path | None) -> tuple[ExitCode, ...]:
    from trailmin.report.ingest import ingest_json, set_aside_lines, summary_lines
    from trailmin.report.json_output import schema

    codes = tuple(codes_of(report))
    if as_json:
        write_json({"schema": schema("ingest"), **ingest_json(report)}, codes, output)
    else:
        write_data((f"{line}\n" for line in summary_lines(report)), output)
    for line in set_aside_lines(report):
        say(line)
    if ExitCode.NO_EVENTS in codes:
        say("no log objects: look at SOURCE, and at --since, --until, --account and --region")
    return codes


def _only_queue(sources: list[str], *, follow: bool) -> str | None:
    """The queue among the sources, which must stand alone; None without one.

    Raises:
        typer.BadParameter: Other sources stand beside a queue, or nothing can be followed.
    """
    queues = [source for source in sources if source.startswith(SCHEME)]
    if queues and len(sources) > 1:
        raise typer.BadParameter("a queue is the only SOURCE of an ingest: name it alone")
    if follow and not queues:
        raise typer.BadParameter("--follow needs a queue: trailmin ingest sqs://HOST/ACCOUNT/NAME --follow")
    return queues[0] if queues else None


def codes_of(report: "IngestReport") -> Iterator[ExitCode]:
    """Yield the exit codes that hold after an ingest."""
    if report.listed == 0:
        yield ExitCode.NO_EVENTS
    if report.is_evidence_lacking:
        yield ExitCode.SET_ASIDE
