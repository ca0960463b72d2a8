"""`trailmin tighten`: proposals for roles."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trailmin.cli.exit_codes import ExitCode
from trailmin.cli.output import say, write_json
from trailmin.cli.parameters import CurrentOption, JsonOption, LakeOption, RolesArgument, SinceOption, UntilOption
from trailmin.cli.proposal_codes import codes_of_policies, codes_of_roles
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
from trailmin.cli.window import open_lake, proposals_of

if TYPE_CHECKING:
    from trailmin.job.from_lake import AccessTold
    from trailmin.publish import Written
    from trailmin.report.render import RenderFormat
    from trailmin.synth.access import AccessProposal
    from trailmin.synth.model import Proposal
    from trailmin.synth.split_roles import SplitRole

EXAMPLES = """
trailmin tighten --current snapshots/ --lake lake -o out
trailmin tighten image-processor --current snapshots/ --current policies/ --lake lake -o out
trailmin tighten reader --current reader-policy.json --lake lake -o out --resources exact
trailmin tighten workers --current snapshots/ --lake lake -o out --split-workloads
trailmin tighten --current template.yaml --stack orders-prod --lake lake -o out
trailmin tighten deploy --current snapshots/ --lake lake -o out --trust
"""


_SplitOption = Annotated[
    bool,
    typer.Option(
        "--split-workloads",
        help="Of roles that several functions or other workloads share, propose one role each: policies, trust "
        "policies and who gets which.",
    ),
]
_TrustOption = Annotated[
    bool,
    typer.Option("--trust", help="Also propose trust policies: who may become the role, narrowed to those who did."),
]


def tighten(
    lake: LakeOption,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="OUT", help="Folder for the results.")],
    roles: RolesArgument = None,
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
    split_workloads: _SplitOption = False,
    trust: _TrustOption = False,
    as_json: JsonOption = False,
) -> Iterable[ExitCode]:
    """Propose policies that grant just what each role used.

    Per role OUT holds the tightened policies, a diff against those in force, the evidence for each grant, a text for
    the pull request, and scripts that apply the change and take it back; summary.json is over all. Without --current
    the policies are made from usage alone. What the logs could not have shown is kept, and said.
    """
    from trailmin.cli.selection import others_than, select_proposals
    from trailmin.current import load_current
    from trailmin.job import access_from_lake, run_facts, split_from_lake

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
    opened = open_lake(lake)
    proposals = proposals_of(opened, state, options, since, until)
    if proposals is None:
        return [ExitCode.NO_EVENTS]
    chosen = select_proposals(proposals, roles or [])
    results = _Results(
        proposals=chosen,
        beside=others_than(chosen, proposals),
        splits=split_from_lake(opened, state, chosen, options, since=since, until=until) if split_workloads else None,
        trusts=_of_roles(access_from_lake(opened, state, options, since=since, until=until), chosen) if trust else (),
        run=run_facts(options),
    )
    written = results.write(output, language_of(language, config))
    codes = (*results.codes(), *([ExitCode.SET_ASIDE] if state.missing else []))
    if as_json:
        write_json(results.to_json(written), codes, None)
    else:
        results.show(written)
    for note in (*state.notes, *state.missing):
        say(f"note: {note}")
    return codes


def _of_roles(told: "AccessTold", chosen: Iterable["Proposal"]) -> tuple["AccessProposal", ...]:
    """What is proposed for the trust policies of roles."""
    arns = {proposal.role_arn for proposal in chosen}
    return tuple(one for one in told.trust if one.policy.resource in arns)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Results:
    """What is proposed for the roles that were asked for."""

    proposals: Sequence["Proposal"]
    beside: Sequence["Proposal"]
    """Those that were not asked for."""
    splits: Sequence["SplitRole"] | None
    """None: not asked for."""
    trusts: Sequence["AccessProposal"]
    run: Mapping[str, object]

    def write(self, output: Path, language: "RenderFormat | None") -> "Written":
        from trailmin.publish import write_proposals

        return write_proposals(
            self.proposals,
            output,
            run=self.run,
            splits=self.splits or (),
            access=self.trusts,
            language=language,
            beside=self.beside,
        )

    def codes(self) -> Iterator[ExitCode]:
        yield from codes_of_roles(self.proposals)
        yield from codes_of_policies(self.trusts)

    def to_json(self, written: "Written") -> dict[str, Any]:
        from trailmin.report.access import access_proposal_json
        from trailmin.report.proposal_json import tighten_json
        from trailmin.report.workloads import split_json

        return {
            **tighten_json(self.proposals, files=[role.files for role in written.roles], run=self.run),
            "splits": [split_json(one) for one in self.splits or ()],
            "trust": [access_proposal_json(one) for one in self.trusts],
        }

    def show(self, written: "Written") -> None:
        show_proposals(self.proposals, written)
        if self.splits is not None:
            _show_splits(self.splits)
        show_access(self.trusts, "Trust policies")


def _show_splits(splits: Sequence["SplitRole"]) -> None:
    from trailmin.cli.screen import show
    from trailmin.report.workloads import split_table

    if splits:
        show(split_table(splits))
    else:
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


def _only(roles: Sequence[str] | None) -> str | None:
    """The one role that is named: a single document is its policy."""
    return roles[0].rpartition("/")[2] if roles and len(roles) == 1 else None
