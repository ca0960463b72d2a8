"""The report of a run, put together from its proposals and what the lake tells beside them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from trailmin.publish.change_files import files_of_changes
from trailmin.report.access import access_sections, sides_section
from trailmin.report.holders import holders_section
from trailmin.report.html import FileDiff, Report, RoleReport, Section, TrendPoint
from trailmin.synth.access import AccessProposal
from trailmin.synth.access.halves import BothSides
from trailmin.synth.escalation_model import PathChange, Reach
from trailmin.synth.holders import HolderReport
from trailmin.synth.model import Proposal
from trailmin.usage.coverage import Coverage
from trailmin.usage.daily import DayCalls


def report_of(
    proposals: Sequence[Proposal],
    *,
    days: Mapping[str, tuple[DayCalls, ...]],
    coverage: Coverage | None,
    run: Mapping[str, object],
    trend: Sequence[TrendPoint] = (),
) -> Report:
    """Return the report on proposals, in their order.

    Args:
        proposals: Of one run.
        days: The calls of principals day by day, by ARN.
        coverage: What the logs could have shown; None where nothing was looked at.
        run: Facts of the run; none that change from run to run.
        trend: The metrics of this run and those before it, oldest first.
    """
    roles = tuple(_role(proposal, days) for proposal in proposals)
    return Report(roles=roles, coverage=coverage, run=run, trend=tuple(trend))


def with_access(
    report: Report,
    resources: Sequence[AccessProposal],
    sides: Sequence[BothSides],
    trust: Sequence[AccessProposal] = (),
) -> Report:
    """Return the report with what is said of policies with principals, and with both halves of roles' calls elsewhere.

    Args:
        report: On the roles.
        resources: Proposals for policies on resources.
        sides: Calls of roles to other accounts.
        trust: Proposals for trust policies.
    """
    roles = tuple(
        replace(role, sections=(*role.sections, sides_section(own))) if own else role
        for role in report.roles
        for own in [[one for one in sides if one.role_arn == role.proposal.role_arn]]
    )
    of_resources = access_sections(resources, "Policies on resources")
    of_trust = access_sections(trust, "Trust policies")
    return replace(report, roles=roles, sections=(*report.sections, *of_resources, *of_trust))


def with_holders(report: Report, holders: Sequence[HolderReport]) -> Report:
    """Return the report with what users and groups hold and used, where there are any."""
    return replace(report, sections=(*report.sections, holders_section(holders))) if holders else report


def _role(proposal: Proposal, days: Mapping[str, tuple[DayCalls, ...]]) -> RoleReport:
    changes = files_of_changes(proposal) if proposal.is_emitted else ()
    diffs = tuple(FileDiff(name=files.document or files.stem, text=files.diff) for files in changes if files.diff)
    return RoleReport(
        proposal=proposal, diffs=diffs, days=days.get(proposal.role_arn or "", ()), sections=tuple(_sections(proposal))
    )


def _sections(proposal: Proposal) -> Iterator[Section]:
    if proposal.guardrails:
        yield Section(
            title="Guardrails",
            columns=("Rule", "Found"),
            rows=tuple((finding.rule, finding.text) for finding in proposal.guardrails),
            is_alarming=any(finding.is_open for finding in proposal.guardrails),
        )
    if proposal.paths:
        yield Section(
            title="Paths to more rights",
            note="Known ways of privilege escalation and lateral movement, now and with the proposal",
            columns=("Path", "Now", "With the proposal", "Takes", "Documented at"),
            rows=tuple(_path_row(change) for change in proposal.paths),
            is_alarming=any(change.after is Reach.OPEN for change in proposal.paths),
        )


def _path_row(change: PathChange) -> tuple[str, ...]:
    passed = [f"iam:PassRole to {change.path.passed_to}"] if change.path.passed_to else []
    takes = ", ".join((*passed, *change.path.actions))
    return (change.path.name, change.before.words, change.after.words, takes, change.path.source)
