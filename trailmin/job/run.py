"""The scheduled job from end to end: what is new goes in, what changed is rolled up, every role gets its proposal."""

import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from trailmin.catalog import load_catalog
from trailmin.config import Config
from trailmin.current import StateInForce, load_current
from trailmin.engine import open_engine
from trailmin.job.evidence import Told, evidence_from_lake
from trailmin.job.from_lake import (
    AccessTold,
    access_from_lake,
    propose_from_lake,
    report_from_lake,
    run_facts,
)
from trailmin.job.lock import exclusive_run
from trailmin.job.settings import guardrails_of, live_of, open_sources, options_of
from trailmin.lake import IngestProgress, IngestReport, Lake, ingest
from trailmin.publish import Written, write_proposals
from trailmin.publish.run_history import record_proposals
from trailmin.report.html import render_report
from trailmin.report.render import RenderFormat
from trailmin.synth.access import AccessProposal
from trailmin.synth.guardrails import with_guardrails
from trailmin.synth.model import Options, Proposal
from trailmin.trail.digests import open_verification
from trailmin.usage.rollup import refresh_usage


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
class Step:
    """A step of a run that has ended."""

    event: str
    """`state-read`, `ingested`, `rolled-up`, `proposed`, `reported` or `written`."""
    seconds: float
    counts: Mapping[str, int]


StepObserver = Callable[[Step], None]

DayObserver = Callable[[date], None]
"""Told each day that was rolled up."""

IngestObserver = Callable[[IngestProgress], None]
"""Told how far an ingest is."""


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
        workers = config.workers or os.cpu_count() or 1
        engine = open_engine(workers, config.engine)
        verification = open_verification(config.verify_digests, config.public_keys)
        ingested = ingest(sources, lake, engine=engine, verification=verification, progress=on_ingest)
        steps.end("ingested", **_counts_of(ingested))
        if not lake.event_dates():
            return JobResult(ingested=ingested, proposals=(), written=None, missing=state.missing)
        rolled_up = refresh_usage(lake, load_catalog(), engine=engine, progress=on_day)
        steps.end("rolled-up", days=len(rolled_up.dates))
        lake = lake.frozen()
        options = options_of(config)
        told = evidence_from_lake(lake, state, options)
        found = propose_from_lake(lake, state, options, told=told, workers=workers)
        proposals = with_guardrails(found, guardrails_of(config))
        steps.end("proposed", **Counter(proposal.status.value for proposal in proposals))
        record_proposals(lake, state, proposals)
        others = _access_of(config, lake, state, options, told)
        page = render_report(report_from_lake(lake, state, proposals, options, access=others, told=told))
        access = (*(others.resources if config.resource_policies else ()), *others.trust) if others is not None else ()
        steps.end("reported", bytes=len(page.encode("utf-8")))
        pages = {"report.html": page}
        language = RenderFormat(config.format) if config.format is not None else None
        written = write_proposals(
            proposals, config.output, run=run_facts(options), pages=pages, access=access, language=language
        )
        steps.end("written", roles=len(written.roles), files=sum(len(role.files) for role in written.roles))
    return JobResult(ingested=ingested, proposals=proposals, written=written, access=access, missing=state.missing)


def _access_of(config: Config, lake: Lake, state: StateInForce, options: Options, told: Told) -> AccessTold | None:
    """What the configuration asks for of policies with principals; None for nothing."""
    if not config.resource_policies and not config.trust:
        return None
    return access_from_lake(lake, state, options, trust=config.trust, told=told)


def _counts_of(ingested: IngestReport) -> dict[str, int]:
    return {
        "log_objects_read": ingested.read,
        "log_objects_skipped": ingested.skipped,
        "log_objects_failed": ingested.failed,
        "events_new": ingested.new,
        "events_duplicate": ingested.duplicate,
        "set_aside": ingested.set_aside,
    }
