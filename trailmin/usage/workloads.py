"""What runs under a role, told apart by the names of its sessions.

Lambda names a session after its function, EC2 after the instance, ECS after the task; a source identity says who set
off a chain of roles. Any other name was chosen by whoever assumed the role, and proves nothing.
Sources: Lambda Developer Guide, "Logging AWS Lambda API calls"; EC2 User Guide, "IAM roles for Amazon EC2"; ECS
Developer Guide, "Amazon ECS task IAM role"; IAM User Guide, "Monitor and control actions taken with assumed roles".
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from trailmin.lake import Lake
from trailmin.trail.event import SOURCE_IDENTITY
from trailmin.usage.authorization import Outcome
from trailmin.usage.model import PrincipalUsage


class WorkloadKind(StrEnum):
    """What a session's name tells."""

    FUNCTION = "lambda-function"
    INSTANCE = "ec2-instance"
    TASK = "ecs-task"
    SOURCE_IDENTITY = "source-identity"
    POLLER = "lambda-poller"
    """Lambda itself, reading a queue or stream for one of the role's functions: which one is not told."""
    SESSION = "session"
    """A name of the caller's own choice, or a bucket of many."""


_INSTANCE = re.compile(r"i-(?:[0-9a-f]{8}|[0-9a-f]{17})")
_TASK = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_POLLER = "awslambda_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """One thing that runs under a role."""

    kind: WorkloadKind
    name: str
    """Of the function, instance, task, identity or session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadUsage:
    """What one workload, or several of a kind, did under a role."""

    workload: Workload
    sessions: tuple[str | None, ...]
    """As the usage table has them; None for calls without one."""
    usage: PrincipalUsage
    """Of the role, with these sessions alone. Calls of unknown actions are the whole role's: they tell no session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDay:
    """How often a session called on one day."""

    day: date
    outcome: str
    calls: int


SessionDays = Mapping[str | None, Sequence[SessionDay]]
"""Session to its days."""

_SESSION_DAYS = """
    SELECT principal_account, principal_name, workload, date, outcome, sum(calls)::BIGINT AS calls
    FROM usage
    WHERE principal_kind = 'role' AND principal_name IS NOT NULL AND date BETWEEN ? AND ?
    GROUP BY ALL
    ORDER BY ALL
"""


def read_session_days(lake: Lake, since: date, until: date) -> Mapping[tuple[str | None, str], SessionDays]:
    """Return role, by account and name, to its sessions' days in the window, both ends included.

    Raises:
        LakeError: The lake cannot be read.
    """
    found: dict[tuple[str | None, str], dict[str | None, list[SessionDay]]] = defaultdict(lambda: defaultdict(list))
    for row in lake.query(_SESSION_DAYS, (since, until)).to_pylist():
        day = SessionDay(day=row["date"], outcome=row["outcome"], calls=row["calls"])
        found[row["principal_account"], row["principal_name"]][row["workload"]].append(day)
    return found


def workload_of(session: str | None, functions: Collection[str] | None) -> Workload:
    """Return what a session's name tells.

    Args:
        session: The name.
        functions: Names of the functions that have the role; None where they are not known.
    """
    name = session or "without a session"
    if session is None:
        kind = WorkloadKind.SESSION
    elif session.startswith(SOURCE_IDENTITY):
        kind, name = WorkloadKind.SOURCE_IDENTITY, session.removeprefix(SOURCE_IDENTITY)
    elif functions is not None and session in functions:
        kind = WorkloadKind.FUNCTION
    elif session.startswith(_POLLER):
        kind = WorkloadKind.POLLER
    elif _INSTANCE.fullmatch(session):
        kind = WorkloadKind.INSTANCE
    else:
        kind = WorkloadKind.TASK if _TASK.fullmatch(session) else WorkloadKind.SESSION
    return Workload(kind=kind, name=name)


def split_usage(
    principal: PrincipalUsage, days: SessionDays, functions: Collection[str] | None
) -> tuple[WorkloadUsage, ...]:
    """Return what each workload of a role did, by kind and name; together they did what the role did."""
    sessions: dict[Workload, set[str | None]] = defaultdict(set)
    for session in {*days, *(use.workload for use in principal.uses)}:
        sessions[workload_of(session, functions)].add(session)
    ordered = sorted(sessions, key=lambda w: (list(WorkloadKind).index(w.kind), w.name))
    return tuple(usage_of_sessions(principal, days, w, sessions[w]) for w in ordered)


def usage_of_sessions(
    principal: PrincipalUsage, days: SessionDays, workload: Workload, sessions: Collection[str | None]
) -> WorkloadUsage:
    """Return what some sessions of a role did, as one workload."""
    uses = tuple(use for use in principal.uses if use.workload in sessions)
    found = [day for session in sessions for day in days.get(session, ())]
    usage = replace(
        principal,
        uses=uses,
        events=sum(day.calls for day in found),
        denied=sum(day.calls for day in found if day.outcome == Outcome.DENIED),
        undetermined=sum(day.calls for day in found if day.outcome == Outcome.UNDETERMINED),
        active_dates=tuple(sorted({day.day for day in found})),
        first_seen=min((use.first_seen for use in uses), default=None),
        last_seen=max((use.last_seen for use in uses), default=None),
        workloads={s: n for s, n in principal.workloads.items() if s in sessions},
    )
    return WorkloadUsage(workload=workload, sessions=tuple(sorted(sessions, key=lambda s: s or "")), usage=usage)


def joined(
    principal: PrincipalUsage, days: SessionDays, workload: Workload, found: Iterable[WorkloadUsage]
) -> WorkloadUsage:
    """Return what several workloads of a role did, as one."""
    return usage_of_sessions(principal, days, workload, {s for one in found for s in one.sessions})
