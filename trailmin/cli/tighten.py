"""`trailmin tighten`: proposals for roles."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trailmin.cli.exit_codes import ExitCode
from trailmin.cli.output import say, write_json
from trailmin.cli.parameters import CurrentOption, JsonOption, LakeOption, SinceOption, UntilOption
from trailmin.cli.resource_policies import codes_of as codes_of_access
from trailmin.cli.resource_policies import show_access
from trailmin.cli.tighten_options import (
    AbacOption,
    AddConditionOption,
    Asked,
    ConfigOption,
    DropOption,
    IgnoreGuardsOption,
    LanguageOption,
    MinDaysOption,
    ModeOption,
    ResourcesOption,
    StackOption,
    language_of,
    live_from,
)
from trailmin.cli.window import has_events

if TYPE_CHECKING:
    from trailmin.publish import Written
    from trailmin.report.render import RenderFormat
    from trailmin.synth.access import AccessProposal
    from trailmin.synth.model import Options, Proposal
    from trailmin.synth.split_roles import SplitRole

EXAMPLES = """
trailmin tighten --current snapshots/ --lake lake -o out
trailmin tighten image-processor --current snapshots/ --current policies/ --lake lake -o out
trailmin tighten reader --current reader-policy.json --lake lake -o out --resources exact
trailmin tighten workers --current snapshots/ --lake lake -o out --split-workloads
trailmin tighten --current template.yaml --stack orders-prod --lake lake -o out
trailmin tighten deploy --current snapshots/ --lake lake -o out --trust
"""


def tighten(
    lake: LakeOption,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="OUT", help="Folder for the results.")],
    roles: Annotated[
        list[str] | None,
        typer.Argument(metavar="ROLE", help="By name, account/name or ARN; all roles where none is given."),
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
    language: LanguageOption = None,
    split_workloads: Annotated[
        bool,
        typer.Option(
            "--split-workloads",
            help="Of roles that several functions or other workloads share, propose one role each: policies, trust "
            "policies and who gets which.",
        ),
    ] = False,
    trust: Annotated[
        bool,
        typer.Option(
            "--trust", help="Also propose trust policies: who may become the role, narrowed to those who did."
        ),
    ] = False,
    as_json: JsonOption = False,
) -> Iterable[ExitCode]:
    """Propose policies that grant just what each role used.

    Per role OUT holds the tightened policies, a diff against those in force, the evidence for each grant, a text for
    the pull request, and scripts that apply the change and take it back; summary.json is over all. Without --current
    the policies are made from usage alone. What the logs could not have shown is kept, and said.
    """
    from trailmin.cli.screen import progress_bars
    from trailmin.cli.selection import select_proposals
    from trailmin.current import load_current
    from trailmin.job import access_from_lake, propose_from_lake, split_from_lake
    from trailmin.lake import Lake

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
    state = load_current(current or [], role_name=_only(roles), live=live_from(config, stack))
    opened = Lake.open(lake)
    if not has_events(opened, since, until):
        say("no events in this window: nothing can be said of any role")
        return [ExitCode.NO_EVENTS]
    with progress_bars() as progress:
        proposals = propose_from_lake(opened, state, options, since=since, until=until, on_day=progress.on_day)
    chosen = select_proposals(proposals, roles or [])
    splits = split_from_lake(opened, state, chosen, options, since=since, until=until) if split_workloads else ()
    found = access_from_lake(opened, state, options, since=since, until=until).trust if trust else ()
    trusts = [one for one in found if one.policy.resource in {proposal.role_arn for proposal in chosen}]
    codes = _write(
        chosen, splits, trusts, output, options, state.missing,
        language=language_of(language, config), as_json=as_json, asked=split_workloads,
    )  # fmt: skip
    for note in (*state.notes, *state.missing):
        say(f"note: {note}")
    return codes


def _write(
    chosen: Sequence["Proposal"],
    splits: Sequence["SplitRole"],
    trusts: Sequence["AccessProposal"],
    output: Path,
    options: "Options",
    missing: Sequence[str],
    *,
    language: "RenderFormat | None",
    as_json: bool,
    asked: bool,
) -> tuple[ExitCode, ...]:
    """Write the files, and show what became of the roles."""
    from trailmin.job import run_facts
    from trailmin.publish import write_proposals
    from trailmin.report.access import proposal_json as trust_json
    from trailmin.report.proposal_json import tighten_json
    from trailmin.report.workloads import split_json

    written = write_proposals(chosen, output, run=run_facts(options), splits=splits, access=trusts, language=language)
    codes = (*codes_of(chosen), *codes_of_access(trusts), *([ExitCode.SET_ASIDE] if missing else []))
    if as_json:
        files = [role.files for role in written.roles]
        document = tighten_json(chosen, files=files, run=run_facts(options))
        more = {"splits": [split_json(one) for one in splits], "trust": [trust_json(one) for one in trusts]}
        write_json({**document, **more}, codes, None)
    else:
        show_proposals(chosen, written)
        show_splits(splits, asked=asked)
        show_access(trusts, "Trust policies")
    return codes


def show_splits(splits: Sequence["SplitRole"], *, asked: bool) -> None:
    """Show which workload gets which role, where that was asked for."""
    from trailmin.cli.screen import show
    from trailmin.report.workloads import split_table

    if splits:
        show(split_table(splits))
    elif asked:
        say("no role is shared by workloads that can be told apart")


def show_proposals(proposals: Sequence["Proposal"], written: "Written") -> None:
    """Show what became of each role, of a single one its verdicts and diffs, and where the rest is."""
    from trailmin.cli.screen import show
    from trailmin.report.terminal import (
        confidence_text,
        diff_text,
        guardrails_text,
        patterns_text,
        proposal_table,
        reasons_text,
        verdict_table,
    )

    show(proposal_table(proposals), reasons_text(proposals), guardrails_text(proposals))
    if len(proposals) == 1:
        show(
            verdict_table(proposals[0]),
            patterns_text(proposals[0]),
            confidence_text(proposals[0]),
            *(diff_text(diff) for diff in read_diffs(written)),
        )
    say(f"written: {written.out / written.summary} and {len(written.files) - 1:,} files beside it")
    for line in (*(line for role in written.roles for line in role.refused), *written.refused):
        say(line)
    if written.removed:
        say(f"removed: {len(written.removed):,} files of an earlier run")


def read_diffs(written: "Written", role: str | None = None) -> Iterator[str]:
    """Yield the diffs that were written, of one role or of all."""
    for one in written.roles:
        if role in (None, one.role):
            yield from ((written.out / path).read_text(encoding="utf-8") for path in one.diffs)


def codes_of(proposals: Iterable["Proposal"]) -> Iterator[ExitCode]:
    """Yield the exit codes that hold for proposals."""
    from trailmin.synth.model import Status

    for proposal in proposals:
        if proposal.is_emitted or any(finding.is_open for finding in proposal.guardrails):
            yield ExitCode.DIFFERS
        if proposal.status is Status.WITHHELD:
            if proposal.proof is not None and not proposal.proof.proven:
                yield ExitCode.NOT_PROVEN
            if proposal.replay is not None and not proposal.replay.passed:
                yield ExitCode.DEFECT
            if any(change.is_regression for change in proposal.paths):
                yield ExitCode.DEFECT


def _only(roles: Sequence[str] | None) -> str | None:
    """The one role that is named: a single document is its policy."""
    return roles[0].rpartition("/")[2] if roles and len(roles) == 1 else None
