"""`trailmin boundary`: a permissions boundary for a set of roles."""

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trailmin.cli.exit_codes import ExitCode
from trailmin.cli.output import say, write_data, write_json
from trailmin.cli.parameters import CurrentOption, FileOption, JsonOption, LakeOption, SinceOption, UntilOption
from trailmin.cli.window import open_lake, proposals_of

if TYPE_CHECKING:
    from trailmin.synth.boundary import BoundaryProposal

EXAMPLES = """
trailmin boundary image-processor orders-task --name team --current snapshots/ --lake lake
trailmin boundary 111122223333/ci-deploy --name ci --tie --current snapshots/ --lake lake
"""


class HeadroomChoice(StrEnum):
    """What it allows beside what the policies of its roles do."""

    NONE = "none"
    READ = "read"
    SERVICE = "service"


def boundary(
    lake: LakeOption,
    roles: Annotated[list[str], typer.Argument(metavar="ROLE", help="By name, account/name or ARN.")],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Of the managed policy to make.")],
    current: CurrentOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    headroom: Annotated[
        HeadroomChoice,
        typer.Option(
            "--headroom",
            help="What it allows beside what the roles' policies do: nothing, reading in the services they work with, "
            "or everything in these.",
        ),
    ] = HeadroomChoice.READ,
    tie: Annotated[
        bool,
        typer.Option(
            "--tie",
            help="Also deny making roles and users without the boundary, taking it off, and rewriting it.",
        ),
    ] = False,
    as_json: JsonOption = False,
    output: FileOption = None,
) -> Iterable[ExitCode]:
    """Propose a permissions boundary for a set of roles.

    It allows all that the policies of these roles allow after their proposals, and some headroom; that it cuts nothing
    of that is proved for each role. Ways around it that the policies leave are told.
    """
    from trailmin.catalog import load_catalog
    from trailmin.cli.selection import select_proposals
    from trailmin.current import load_current
    from trailmin.synth.boundary import Headroom, propose_boundary
    from trailmin.synth.model import Options

    state = load_current(current or [])
    proposals = proposals_of(open_lake(lake), state, Options(), since, until, confidence=False)
    if proposals is None:
        return [ExitCode.NO_EVENTS]
    chosen = select_proposals(proposals, roles)
    found = propose_boundary(chosen, load_catalog(), name=name, headroom=Headroom(headroom.value), tie=tie)
    codes = [ExitCode.DIFFERS if found.is_proven else ExitCode.NOT_PROVEN]
    if as_json:
        write_json(_json(found), codes, output)
        return codes
    _tell(found)
    if found.is_proven:
        write_data([found.text], output)
    return codes


def _tell(found: "BoundaryProposal") -> None:
    for role in found.roles:
        if not role.proof.proven:
            say(f"{role.role}: not proven that the boundary cuts nothing ({role.proof.reason}); nothing is written")
        for finding in role.findings:
            say(f"{role.role}: {finding}")
    if found.widened:
        say(f"allowed whole, since their actions did not fit: {', '.join(found.widened)}")
    for words in found.ties:
        say(f"denied from now on: {words}")
    say(f"{found.arn}: {found.size:,} characters, for {len(found.roles)} roles")


def _json(found: "BoundaryProposal") -> dict[str, Any]:
    import json

    from trailmin.report.json_output import schema

    return {
        "schema": schema("boundary"),
        "name": found.name,
        "arn": found.arn,
        "size": found.size,
        "widened": list(found.widened),
        "denied": list(found.ties),
        "policy": json.loads(found.text) if found.is_proven else None,
        "roles": [
            {
                "role": role.role,
                "proven": role.proof.proven,
                "method": role.proof.method,
                "reason": role.proof.reason,
                "findings": list(role.findings),
            }
            for role in found.roles
        ],
    }
