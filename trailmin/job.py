"""The scheduled job from end to end: what is new goes in, what changed is rolled up, every role gets its proposal."""

import fcntl
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

from trailmin import __version__
from trailmin.catalog import load_catalog
from trailmin.config import Config
from trailmin.current import Access, LiveRequest, StateInForce, load_current
from trailmin.engine import open_engine
from trailmin.errors import LakeError
from trailmin.lake import IngestProgress, IngestReport, Lake, ingest
from trailmin.publish import Written, known_backtests, write_proposals
from trailmin.publish.run_history import record_proposals, trend_from_lake
from trailmin.publish.run_report import report_of, with_access, with_holders
from trailmin.report.html import Report, render_report
from trailmin.report.render import RenderFormat
from trailmin.synth.access import AccessEvidence, AccessProposal, propose_resource_policies, propose_trust_policies
from trailmin.synth.access.halves import BothSides, both_sides
from trailmin.synth.backtest import Fold, split_window, with_confidence
from trailmin.synth.escalation import with_paths
from trailmin.synth.guardrails import Guardrail, GuardrailKind, with_guardrails
from trailmin.synth.holders import report_holders
from trailmin.synth.layers import with_layers
from trailmin.synth.managed_fit import with_managed_fit
from trailmin.synth.match_roles import match_roles
from trailmin.synth.model import ContextKey, Mode, Options, Proposal, Window
from trailmin.synth.propose import Evidence, propose
from trailmin.synth.snapshot_facts import with_mappings, with_snapshot_facts
from trailmin.synth.split_roles import SplitRole, split_role
from trailmin.trail import PrincipalKind
from trailmin.trail.digests import open_verification
from trailmin.trail.sources import AwsAccess, Selection, Source, open_source
from trailmin.usage.assumptions import read_assumptions, read_strangers
from trailmin.usage.daily import read_daily_calls
from trailmin.usage.event_source_mappings import read_event_source_mappings
from trailmin.usage.measure import measure_coverage
from trailmin.usage.read import read_policy_changes, read_principals, window_of
from trailmin.usage.rollup import refresh_usage
from trailmin.usage.workloads import read_session_days

LOCK_NAME = ".run.lock"
"""In the lake's folder, or in the output's. What it holds is for people; the lock itself is the kernel's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """What one run did."""

    ingested: IngestReport
    proposals: tuple[Proposal, ...]
    written: Written | None
    """None when the lake has no events, so that nothing can be said of any role."""
    access: tuple[AccessProposal, ...] = ()
    """Of policies on resources and of trust policies, where the configuration asks for them."""
    missing: tuple[str, ...] = ()
    """What AWS did not tell of the state in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessTold:
    """The other half of permissions: who may call, and who may become a role."""

    resources: tuple[AccessProposal, ...]
    trust: tuple[AccessProposal, ...]
    both_sides: tuple[BothSides, ...]
    """Calls of roles to other accounts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of a run that has ended."""

    event: str
    """`state-read`, `ingested`, `rolled-up`, `proposed`, `reported` or `written`."""
    seconds: float
    counts: Mapping[str, int]


StepObserver = Callable[[Step], None]

IngestObserver = Callable[[IngestProgress], None]
"""Told how far an ingest is."""

DayObserver = Callable[[date], None]
"""Told each day that was rolled up."""


class _Steps:
    """Tells an observer of each step how long it took since the one before."""

    def __init__(self, observer: StepObserver | None) -> None:
        self._observer = observer
        self._since = time.perf_counter()

    def end(self, event: str, **counts: int) -> None:
        now = time.perf_counter()
        if self._observer is not None:
            self._observer(Step(event=event, seconds=now - self._since, counts=counts))
        self._since = now


def run_job(
    config: Config,
    *,
    on_ingest: IngestObserver | None = None,
    on_day: DayObserver | None = None,
    on_step: StepObserver | None = None,
) -> JobResult:
    """Bring the lake up to its sources, propose for every role and write the results.

    The same input gives the same files, however often it runs, and wherever a run before was killed.

    Raises:
        LakeError: Another run works on the lake, or it cannot be read or written.
        TrailminError: Whatever else stops one of the steps.
    """
    steps = _Steps(on_step)
    state = load_current(config.current, live=live_of(config))
    steps.end("state-read", accounts=len(state.accounts), roles=len(state.roles))
    lake = Lake.create(config.lake)
    with exclusive_run(lake, config.output):
        sources = open_sources(config)
        engine = open_engine(config.workers or os.cpu_count() or 1, config.engine)
        verification = open_verification(config.verify_digests, config.public_keys)
        ingested = ingest(sources, lake, engine=engine, verification=verification, progress=on_ingest)
        steps.end("ingested", **_counts_of(ingested))
        if not lake.event_dates():
            return JobResult(ingested=ingested, proposals=(), written=None, missing=state.missing)
        rolled_up = refresh_usage(lake, load_catalog(), engine=engine, progress=on_day)
        steps.end("rolled-up", days=len(rolled_up.dates))
        options = options_of(config)
        proposals = with_guardrails(propose_from_lake(lake, state, options, on_day=on_day), guardrails_of(config))
        steps.end("proposed", **Counter(proposal.status.value for proposal in proposals))
        record_proposals(lake, state, proposals)
        told = _access_of(config, lake, state, options)
        page = render_report(report_from_lake(lake, state, proposals, options, access=told))
        access = (*(told.resources if config.resource_policies else ()), *told.trust) if told is not None else ()
        steps.end("reported", bytes=len(page.encode("utf-8")))
        pages = {"report.html": page}
        language = RenderFormat(config.format) if config.format is not None else None
        written = write_proposals(
            proposals, config.output, run=run_facts(options), pages=pages, access=access, language=language
        )
        steps.end("written", roles=len(written.roles), files=sum(len(role.files) for role in written.roles))
    return JobResult(ingested=ingested, proposals=proposals, written=written, access=access, missing=state.missing)


def _access_of(config: Config, lake: Lake, state: StateInForce, options: Options) -> AccessTold | None:
    """What the configuration asks for of policies with principals; None for nothing."""
    if not config.resource_policies and not config.trust:
        return None
    return access_from_lake(lake, state, options, trust=config.trust)


def _counts_of(ingested: IngestReport) -> dict[str, int]:
    return {
        "log_objects_read": ingested.read,
        "log_objects_skipped": ingested.skipped,
        "log_objects_failed": ingested.failed,
        "events_new": ingested.new,
        "events_duplicate": ingested.duplicate,
        "set_aside": ingested.set_aside,
    }


def live_of(config: Config) -> LiveRequest:
    """Return which accounts to ask AWS of, and as whom, as a configuration says."""
    asked = config.aws
    return LiveRequest(
        access=Access(profile=asked.profile, endpoint_url=asked.endpoint_url),
        accounts=asked.accounts,
        organization=asked.organization,
        assume_role_name=asked.assume_role_name,
        external_id=asked.external_id,
        regions=asked.regions,
        resource_policies=config.resource_policies,
        stacks=asked.stacks,
    )


def open_sources(config: Config) -> list[Source]:
    """Return the sources that a configuration names.

    Raises:
        TrailError: One is of no known form.
    """
    access = AwsAccess(
        profile=config.profile,
        role_arn=config.assume_role,
        external_id=config.external_id,
        endpoint_url=config.endpoint_url,
        requester_pays=config.requester_pays,
    )
    selection = Selection(
        since=datetime.now(UTC).date() - timedelta(days=config.days - 1) if config.days is not None else None,
        accounts=frozenset(config.accounts),
        regions=frozenset(config.regions),
    )
    return [open_source(str(source), access=access, selection=selection) for source in config.sources]


def propose_from_lake(
    lake: Lake,
    state: StateInForce,
    options: Options,
    *,
    since: date | None = None,
    until: date | None = None,
    on_day: DayObserver | None = None,
    confidence: bool = True,
) -> tuple[Proposal, ...]:
    """Return a proposal for every role in force and every role in the log, by account and name.

    Args:
        lake: With the events.
        state: The state in force.
        options: How far proposals may go.
        since: First day of the window, by default the first with events.
        until: Last day of the window, by default the last with events.
        on_day: Told each day that is rolled up.
        confidence: Whether to back-test what changes, which takes one and a half times as long again.

    Raises:
        UsageError: The lake has no events, or the window is empty.
        LakeError: The lake cannot be read or written.
    """
    catalog = load_catalog()
    refresh_usage(lake, catalog, progress=on_day)
    state, evidence = _evidence(lake, state, options, since, until)
    proposals = with_managed_fit(propose(state, evidence, catalog, options), state, catalog)
    proposals = with_layers(with_paths(proposals, catalog), state)
    if not confidence:
        return proposals
    key = known_backtests.key_of(lake, state, evidence.coverage, options)
    if (known := known_backtests.recall(lake, key, proposals)) is not None:
        return known
    folds = _folds(lake, state, evidence, options)
    proposals = with_confidence(proposals, state, evidence.usage, folds, catalog, options)
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
) -> AccessTold:
    """Return what is to be said of policies on resources, of trust policies, and of calls between accounts.

    Args:
        lake: With the events, its usage up to date.
        state: The state in force.
        options: How far proposals may go.
        since: First day of the window, by default the first with events.
        until: Last day of the window, by default the last with events.
        trust: Whether to look at trust policies.

    Raises:
        UsageError: The lake has no events, or the window is empty.
        LakeError: The lake cannot be read.
    """
    catalog = load_catalog()
    _, told = _evidence(lake, state, options, since, until)
    first, last = told.coverage.since, told.coverage.until
    evidence = AccessEvidence(
        usage=told.usage,
        assumptions=read_assumptions(lake, catalog, first, last) if trust else (),
        strangers=read_strangers(lake, first, last),
        coverage=told.coverage,
    )
    return AccessTold(
        resources=propose_resource_policies(state, evidence, catalog, options),
        trust=propose_trust_policies(state, evidence, catalog, options) if trust else (),
        both_sides=both_sides(state, told.usage),
    )


def report_from_lake(
    lake: Lake,
    state: StateInForce,
    proposals: Sequence[Proposal],
    options: Options,
    *,
    access: AccessTold | None = None,
) -> Report:
    """Return the report on proposals that were made from a lake, all for one window.

    Args:
        lake: With the events, its usage up to date.
        state: The state in force.
        proposals: Of the roles.
        options: Those of the proposals.
        access: What is said of policies with principals, where that is known already.

    Raises:
        LakeError: The lake cannot be read.
    """
    if not proposals:
        return report_of((), days={}, coverage=None, run=run_facts(options))
    window = proposals[0].window
    coverage = measure_coverage(
        lake,
        load_catalog(),
        _selectors(state),
        window.since,
        window.until,
        trails=_trails(state),
        minimum_days=options.minimum_days,
    )
    days = read_daily_calls(lake, window.since, window.until)
    trend = trend_from_lake(lake)
    report = report_of(proposals, days=days, coverage=coverage, run=run_facts(options), trend=trend)
    users = read_principals(lake, since=window.since, until=window.until, kind=PrincipalKind.USER)
    report = with_holders(report, report_holders(state, users, load_catalog()))
    if access is None:
        if len(state.accounts) < 2 and not any(one.resource_policies for one in state.accounts.values()):
            return report
        access = access_from_lake(lake, state, options, since=window.since, until=window.until, trust=False)
    return with_access(report, access.resources, access.both_sides, access.trust)


def _evidence(
    lake: Lake, state: StateInForce, options: Options, since: date | None, until: date | None
) -> tuple[StateInForce, Evidence]:
    """The state with what the log adds to it, and what the lake tells of the window."""
    first, last = window_of(lake, since, until)
    return with_mappings(state, read_event_source_mappings(lake, first, last)), Evidence(
        usage=with_snapshot_facts(read_principals(lake, since=first, until=last), state, options),
        coverage=measure_coverage(
            lake,
            load_catalog(),
            _selectors(state),
            first,
            last,
            trails=_trails(state),
            minimum_days=options.minimum_days,
        ),
        changes=read_policy_changes(lake, first, last),
    )


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
    state, evidence = _evidence(lake, state, options, since, until)
    days = read_session_days(lake, evidence.coverage.since, evidence.coverage.until)
    wanted = {(proposal.account or "", proposal.role.name) for proposal in proposals}
    found = (
        split_role(match, days.get((match.account, match.role.name), {}), state, evidence, load_catalog(), options)
        for match in match_roles(state, evidence.usage)
        if match.key in wanted
    )
    return tuple(split for split in found if split is not None)


def _folds(lake: Lake, state: StateInForce, evidence: Evidence, options: Options) -> Iterator[Fold]:
    """Read the window part by part: each day once."""
    coverage = evidence.coverage
    held_out = split_window(Window(since=coverage.since, until=coverage.until))
    if not held_out:
        return
    known = read_principals(lake, since=coverage.since, until=held_out[0].since - timedelta(days=1))
    known = with_snapshot_facts(known, state, options)
    for window in held_out:
        before = measure_coverage(
            lake,
            coverage.catalog,
            _selectors(state),
            coverage.since,
            window.since - timedelta(days=1),
            trails=_trails(state),
            minimum_days=options.minimum_days,
        )
        of_window = read_principals(lake, since=window.since, until=window.until)
        of_window = with_snapshot_facts(of_window, state, options)
        yield Fold(
            known=Evidence(usage=known, coverage=before, changes=evidence.changes), held_out=of_window, window=window
        )
        known = (*known, *of_window)


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


def _selectors(state: StateInForce) -> dict[str, object | None]:
    return {account: snapshot.event_selectors for account, snapshot in state.accounts.items()}


def _trails(state: StateInForce) -> dict[str, object | None]:
    return {account: snapshot.trails for account, snapshot in state.accounts.items()}


def guardrails_of(config: Config) -> tuple[Guardrail, ...]:
    """Return the team's own guardrails as a configuration says them."""
    kinds = ((GuardrailKind.NEVER, config.must_never), (GuardrailKind.ALWAYS, config.must_always))
    return tuple(
        Guardrail(
            kind=kind,
            roles=request.roles,
            action=request.action,
            resource=request.resource,
            context={key: (value,) for key, value in request.context},
        )
        for kind, requests in kinds
        for request in requests
    )


def options_of(config: Config) -> Options:
    """Return how far proposals may go as a configuration says."""
    given: dict[str, Any] = {
        "minimum_days": config.minimum_days,
        "minimum_active_days": config.minimum_active_days,
        "maximum_missing_days": config.maximum_missing_days,
        "resources": config.resources,
        "mode": Mode(config.mode) if config.mode is not None else None,
    }
    return replace(
        Options(
            ignore_guards=config.ignore_guards,
            drop_unobservable=frozenset(config.drop_unobservable),
            add_conditions=frozenset(ContextKey(name) for name in config.add_conditions),
            abac=config.abac,
            keep_roles=config.keep_roles,
            keep_actions=config.keep_actions,
            keep_resources=config.keep_resources,
        ),
        **{name: value for name, value in given.items() if value is not None},
    )


@contextmanager
def exclusive_run(lake: Lake, output: Path) -> Iterator[None]:
    """Let one run at a time work on a lake. The kernel frees the lock when its holder ends, however it ends.

    The lock is in the lake's folder. For a lake on S3, which is safe with any number of runs, it is in the output
    folder, which is not.

    Raises:
        LakeError: Another run holds it, or the folder cannot be written.
    """
    folder = lake.local_path or output
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / LOCK_NAME).open("a+", encoding="utf-8")
    except OSError as error:
        raise LakeError(
            f"cannot lock the lake {lake.name}: {error.strerror}", hint="check the folder's permissions"
        ) from error
    with file:
        _lock(file, lake.name)
        yield


def _lock(file: TextIO, lake: str) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.readline().strip() or "a process that has just started"
        raise LakeError(
            f"another run works on the lake {lake}: {holder}", hint="wait until it ends, or end it; nothing was changed"
        ) from None
    file.truncate(0)
    file.write(f"process {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n")
    file.flush()
