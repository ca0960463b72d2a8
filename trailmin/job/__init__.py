"""The batch run, and what is said from a lake: all parts put together, for the command line and for other programs."""

from trailmin.job.evidence import Told, evidence_from_lake
from trailmin.job.from_lake import (
    AccessTold,
    access_from_lake,
    propose_from_lake,
    report_from_lake,
    resources_from_lake,
    run_facts,
    split_from_lake,
)
from trailmin.job.lock import LOCK_NAME, exclusive_run
from trailmin.job.run import JobResult, Step, StepObserver, run_job
from trailmin.job.settings import guardrails_of, live_of, open_sources, options_of

__all__ = [
    "LOCK_NAME",
    "AccessTold",
    "JobResult",
    "Step",
    "StepObserver",
    "Told",
    "access_from_lake",
    "evidence_from_lake",
    "exclusive_run",
    "guardrails_of",
    "live_of",
    "open_sources",
    "options_of",
    "propose_from_lake",
    "report_from_lake",
    "resources_from_lake",
    "run_facts",
    "run_job",
    "split_from_lake",
]
