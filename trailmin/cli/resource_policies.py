"""`trailmin resource-policies`: who may call what, against who did."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trailmin.cli.exit_codes import ExitCode
from trailmin.cli.output import say, write_json
from trailmin.cli.parameters import CurrentOption, JsonOption, LakeOption, SinceOption, UntilOption
from trailmin.cli.proposal_codes import codes_of_policies
from trailmin.cli.tighten_options import Asked, ConfigOption, IgnoreGuardsOption, MinDaysOption
from trailmin.cli.window import has_events, open_lake, say_no_events

if TYPE_CHECKING:
    from trailmin.publish.access_files import WrittenAccess
    from trailmin.synth.access import AccessProposal

EXAMPLES = """
trailmin resource-policies --current snapshots/ --lake lake
trailmin resource-policies photos --current snapshots/ --lake lake -o out
trailmin resource-policies --current snapshots/ --lake lake --json | jq '.policies[].findings[]'
"""


def resource_policies(
    lake: LakeOption,
    resources: Annotated[
        list[str] | None,
        typer.Argument(metavar="RESOURCE", help="By ARN or name; all with a policy where none is given."),
    ] = None,
    current: CurrentOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    config: ConfigOption = None,
    min_days: MinDaysOption = None,
    ignore_guards: IgnoreGuardsOption = False,
    as_json: JsonOption = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="OUT", help="Folder for tightened policies and diffs.")
    ] = None,
) -> Iterable[ExitCode]:
    """Tell who may call resources, and who did.

    Policies are those in the snapshot (resource-policies/) and in infrastructure code, which is edited in place. Public
    and cross-account access, services that are tied to nothing and principals that were not seen are findings; of calls
    between accounts both sides are shown. What is proposed is proven to let nobody in who is not let in now, and to
    keep every call of the window.
    """
    from trailmin.cli.screen import show
    from trailmin.cli.selection import is_on, others_than, select_policies
    from trailmin.current import LiveRequest, load_current
    from trailmin.job import access_from_lake
    from trailmin.publish.access_files import write_resource_policies
    from trailmin.report.access import resource_policies_json, sides_table

    options = Asked(config=config, min_days=min_days, ignore_guards=ignore_guards).options()
    state = load_current(current or [], live=LiveRequest(resource_policies=True))
    opened = open_lake(lake)
    if not has_events(opened, since, until):
        say_no_events()
        return [ExitCode.NO_EVENTS]
    access = access_from_lake(opened, state, options, since=since, until=until)
    chosen = select_policies(access.resources, resources or [])
    sides = [one for one in access.both_sides if not resources or any(is_on(p, one.resource) for p in chosen)]
    codes = tuple(codes_of_policies(chosen))
    if output is not None:
        _tell_written(write_resource_policies(chosen, sides, output, others_than(chosen, access.resources)))
    if as_json:
        write_json(resource_policies_json(chosen, sides), codes, None)
        return codes
    if not chosen:
        say("no policy on a resource is known: 'trailmin snapshot resource-policies SNAPSHOT' asks AWS for them")
    show_access(chosen, "Policies on resources")
    if sides:
        show(sides_table(sides))
    return codes


def _tell_written(written: "WrittenAccess") -> None:
    say(f"written: {len(written.files):,} files in {written.out}")
    for line in written.refused:
        say(line)


def show_access(proposals: Sequence["AccessProposal"], title: str = "Policies with principals") -> None:
    """Show what is said of policies, and their diffs; nothing where there is none."""
    from trailmin.cli.screen import show
    from trailmin.report.access import access_reasons_text, access_table, findings_table

    if not proposals:
        return
    show(access_table(proposals, title), access_reasons_text(proposals))
    if any(proposal.findings for proposal in proposals):
        show(findings_table(proposals))
    show_diffs(proposals)


def show_diffs(proposals: Iterable["AccessProposal"]) -> None:
    """Show the diff of each policy that changes."""
    from trailmin.cli.screen import show
    from trailmin.publish.access_files import diff_of
    from trailmin.report.terminal import diff_text, inert

    for proposal in proposals:
        if proposal.is_emitted:
            show(inert(proposal.policy.resource, "bold"), diff_text(diff_of(proposal)))
