"""What is said of roles, of policies on resources and of trust policies, from a lake with its usage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from trailmin import __version__
from trailmin.catalog import load_catalog
from trailmin.current import StateInForce
from trailmin.job.backtests import back_test
from trailmin.job.evidence import Told, evidence_from_lake
from trailmin.lake import Lake
from trailmin.publish import known_backtests
from trailmin.publish.run_history import trend_from_lake
from trailmin.publish.run_report import report_of, with_access, with_holders
from trailmin.report.html import Report
from trailmin.synth.access import AccessEvidence, AccessProposal, propose_resource_policies, propose_trust_policies
from trailmin.synth.access.halves import BothSides, both_sides
from trailmin.synth.escalation import with_paths
from trailmin.synth.holders import report_holders
from trailmin.synth.layers import with_layers
from trailmin.synth.managed_fit import with_managed_fit
from trailmin.synth.match_roles import match_roles
from trailmin.synth.model import Options, Proposal
from trailmin.synth.propose import propose
from trailmin.synth.split_roles import SplitRole, split_role
from trailmin.usage.assumptions import read_assumptions, read_strangers
from trailmin.usage.daily import read_daily_calls
from trailmin.usage.rollup import refresh_usage
from trailmin.usage.workloads import read_session_days


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessTold:
    """The other half of permissions: who may call, and who may become a role."""

    resources: tuple[AccessProposal, ...]
    trust: tuple[AccessProposal, ...]
    both_sides: tuple[BothSides, ...]
    """Calls of roles to other accounts."""


def propose_from_lake(
    lake: Lake,
    state: StateInForce,
    options: Options,
    *,
    since: date | None = None,
    until: date | None = None,
    confidence: bool = True,
    told: Told | None = None,
    workers: int = 1,
) -> tuple[Proposal, ...]:
    """Return a proposal for every role in force and every role in the log, by account and name.

    Args:
        lake: With the events; a frozen one with its usage up to date.
        state: The state in force.
        options: How far proposals may go.
        since: First day of the window, by default the first with events.
        until: Last day of the window, by default the last with events.
        confidence: Whether to back-test what changes, which takes one and a half times as long again.
        told: What the lake tells of the window, where that is read already.
        workers: Processes that back-test.

    Raises:
        UsageError: The lake has no events, or the window is empty.
        LakeError: The lake cannot be read or written.
    """
    catalog = load_catalog()
    if not lake.is_frozen:
        refresh_usage(lake, catalog)
        lake = lake.frozen()
    told = told or evidence_from_lake(lake, state, options, since=since, until=until)
    state, evidence = told.state, told.evidence
    proposals = with_managed_fit(propose(state, evidence, catalog, options), state, catalog)
    proposals = with_layers(with_paths(proposals, catalog), state)
    if not confidence:
        return proposals
    key = known_backtests.key_of(lake, state, evidence.coverage, options)
    if (known := known_backtests.recall(lake, key, proposals)) is not None:
        return known
    proposals = back_test(lake, told, proposals, options, workers)
    known_backtests.remember(lake, key, proposals)
    return proposals


def access_from_lake(
    lake: Lake,
    state: StateInForce,
    options: Options,
    *,
    since: date | None = None,
    until: date | None = None,
    trust: bool = True,
    told: Told | None = None,
) -> AccessTold:
    """Return what is to be said of policies on resources, of trust policies, and of calls between accounts.

    Args:
        lake: With the events, its usage up to date.
        state: The state in force.
        options: How far proposals may go.
        since: First day of the window, by default the first with events.
        until: Last day of the window, by default the last with events.
        trust: Whether to look at trust policies.
        told: What the lake tells of the window, where that is read already.

    Raises:
        UsageError: The lake has no events, or the window is empty.
        LakeError: The lake cannot be read.
    """
    catalog = load_catalog()
    lake = lake.frozen()
    found = (told or evidence_from_lake(lake, state, options, since=since, until=until)).evidence
    first, last = found.coverage.since, found.coverage.until
    evidence = AccessEvidence(
        usage=found.usage,
        assumptions=read_assumptions(lake, catalog, first, last) if trust else (),
        strangers=read_strangers(lake, first, last),
        coverage=found.coverage,
    )
    return AccessTold(
        resources=propose_resource_policies(state, evidence, catalog, options),
        trust=propose_trust_policies(state, evidence, catalog, options) if trust else (),
        both_sides=both_sides(state, found.usage),
    )


def resources_from_lake(
    lake: Lake, state: StateInForce, proposals: Sequence[Proposal], options: Options
) -> tuple[AccessProposal, ...]:
    """Return what is proposed for policies on resources in the window of proposals for roles; nothing without any.

    Raises:
        LakeError: The lake cannot be read.
    """
    if not proposals or not any(one.resource_policies for one in state.accounts.values()):
        return ()
    window = proposals[0].window
    return access_from_lake(lake, state, options, since=window.since, until=window.until, trust=False).resources


def report_from_lake(
    lake: Lake,
    state: StateInForce,
    proposals: Sequence[Proposal],
    options: Options,
    *,
    access: AccessTold | None = None,
    told: Told | None = None,
) -> Report:
    """Return the report on proposals that were made from a lake, all for one window.

    Args:
        lake: With the events, its usage up to date.
        state: The state in force.
        proposals: Of the roles.
        options: Those of the proposals.
        access: What is said of policies with principals, where that is known already.
        told: What the lake tells of their window, likewise.

    Raises:
        LakeError: The lake cannot be read.
    """
    if not proposals:
        return report_of((), days={}, coverage=None, run=run_facts(options))
    window = proposals[0].window
    lake = lake.frozen()
    told = told or evidence_from_lake(lake, state, options, since=window.since, until=window.until)
    days = read_daily_calls(lake, window.since, window.until)
    trend = trend_from_lake(lake)
    report = report_of(proposals, days=days, coverage=told.evidence.coverage, run=run_facts(options), trend=trend)
    report = with_holders(report, report_holders(state, told.evidence.usage, load_catalog()))
    if access is None:
        if len(state.accounts) < 2 and not any(one.resource_policies for one in state.accounts.values()):
            return report
        access = access_from_lake(lake, state, options, trust=False, told=told)
    return with_access(report, access.resources, access.both_sides, access.trust)


def split_from_lake(
    lake: Lake,
    state: StateInForce,
    proposals: Sequence[Proposal],
    options: Options,
    *,
    since: date | None = None,
    until: date | None = None,
) -> tuple[SplitRole, ...]:
    """Return one role for each workload of those roles with a proposal that several workloads share.

    Args:
        lake: With the events, its usage up to date.
        state: The state in force; its functions tell Lambda's sessions.
        proposals: Of the roles to look at, in their order.
        options: Those of the proposals.
        since: First day of the window, by default the first with events.
        until: Last day of the window, by default the last with events.

    Raises:
        UsageError: The lake has no events, or the window is empty.
        LakeError: The lake cannot be read.
    """
    lake = lake.frozen()
    told = evidence_from_lake(lake, state, options, since=since, until=until)
    state, evidence = told.state, told.evidence
    days = read_session_days(lake, evidence.coverage.since, evidence.coverage.until)
    wanted = {(proposal.account or "", proposal.role.name) for proposal in proposals}
    found = (
        split_role(match, days.get((match.account, match.role.name), {}), state, evidence, load_catalog(), options)
        for match in match_roles(state, evidence.usage)
        if match.key in wanted
    )
    return tuple(split for split in found if split is not None)


def run_facts(options: Options) -> Mapping[str, object]:
    """Return what decided a result beside its input: the same for the same program and options."""
    return {
        "trailmin": __version__,
        "catalog": load_catalog().version,
        "options": {
            "minimum_days": options.minimum_days,
            "minimum_active_days": options.minimum_active_days,
            "maximum_missing_days": options.maximum_missing_days,
            "ignore_guards": options.ignore_guards,
            "resources": options.resources,
            "mode": options.mode.value,
            "drop_unobservable": sorted(options.drop_unobservable),
            "add_conditions": sorted(options.add_conditions),
            "abac": options.abac,
            "keep_roles": list(options.keep_roles),
            "keep_actions": list(options.keep_actions),
            "keep_resources": list(options.keep_resources),
        },
    }
