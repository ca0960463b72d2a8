"""`trailmin why`: why an action of a role stays or goes."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from trailmin.cli.exit_codes import ExitCode
from trailmin.cli.output import write_json
from trailmin.cli.parameters import (
    CurrentOption,
    FileOption,
    JsonOption,
    LakeOption,
    RoleArgument,
    SinceOption,
    UntilOption,
)
from trailmin.cli.tighten_options import (
    AbacOption,
    AddConditionOption,
    Asked,
    ConfigOption,
    DropOption,
    IgnoreGuardsOption,
    MinDaysOption,
    ModeOption,
    ResourcesOption,
    StackOption,
    live_from,
)
from trailmin.cli.window import has_events, open_lake, say_no_events

if TYPE_CHECKING:
    from trailmin.lake import Lake
    from trailmin.synth.model import Proposal
    from trailmin.usage.model import Use

EXAMPLES = """
trailmin why image-processor s3:DeleteObject --current snapshots/ --lake lake
trailmin why importer 's3:Get*' arn:aws:s3:::uploads/cat.jpg --current snapshots/ --lake lake
"""


def why(
    role: RoleArgument,
    action: Annotated[str, typer.Argument(metavar="ACTION", help="As in s3:GetObject; may be a pattern.")],
    lake: LakeOption,
    resource: Annotated[
        str | None, typer.Argument(metavar="RESOURCE", help="An ARN or a pattern; any where none is given.")
    ] = None,
    current: CurrentOption = None,
    stack: StackOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    config: ConfigOption = None,
    min_days: MinDaysOption = None,
    ignore_guards: IgnoreGuardsOption = False,
    resources: ResourcesOption = None,
    drop_unobservable: DropOption = None,
    add_condition: AddConditionOption = None,
    abac: AbacOption = False,
    mode: ModeOption = None,
    as_json: JsonOption = False,
    output: FileOption = None,
) -> Iterable[ExitCode]:
    """Show why an action of a role stays or goes.

    The chain from each grant of the action (policy, statement) to the verdict, to what the logs could have shown, and
    to the events: how often, when first and last, and their ids. Refused calls are listed apart.
    """
    from trailmin.catalog import load_catalog
    from trailmin.cli.screen import show
    from trailmin.current import load_current
    from trailmin.job import propose_from_lake
    from trailmin.report.why import why_json, why_text
    from trailmin.synth.why import explain_why

    options = Asked(
        config=config,
        min_days=min_days,
        ignore_guards=ignore_guards,
        resources=resources,
        drop_unobservable=drop_unobservable,
        add_conditions=add_condition,
        abac=abac,
        mode=mode,
    ).options()
    state = load_current(current or [], role_name=role.rpartition("/")[2], live=live_from(config, stack))
    opened = open_lake(lake)
    if not has_events(opened, since, until):
        say_no_events()
        return [ExitCode.NO_EVENTS]
    proposals = propose_from_lake(opened, state, options, since=since, until=until, confidence=False)
    proposal = _single(proposals, role)
    explained = explain_why(proposal, _uses(opened, proposal), load_catalog(), action, resource)
    if as_json:
        write_json(why_json(explained), [], output)
    else:
        show(why_text(explained), path=output)
    return []


def _single(proposals: Sequence["Proposal"], role: str) -> "Proposal":
    from trailmin.cli.selection import select_proposals
    from trailmin.errors import UsageError

    chosen = select_proposals(proposals, [role])
    if len(chosen) > 1:
        names = ", ".join(f"{p.account}/{p.role.name}" for p in chosen)
        raise UsageError(f"several roles are called '{role}'", hint=f"name one with its account: {names}")
    return chosen[0]


def _uses(lake: "Lake", proposal: "Proposal") -> Sequence["Use"]:
    from trailmin.current import StateInForce
    from trailmin.synth.match_roles import match_roles
    from trailmin.usage.read import read_principals

    principals = read_principals(lake, since=proposal.window.since, until=proposal.window.until)
    matches = match_roles(StateInForce(roles=(proposal.role,)), principals)
    return next(m.usage.uses if m.usage is not None else () for m in matches if m.is_in_force)
