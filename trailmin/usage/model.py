"""Usage as the rest of trailmin reads it: what each principal did, summed over a window."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from trailmin.trail.event import PrincipalKind
from trailmin.usage.authorization import Basis, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One action on one resource in one setting, as often as it was authorised in the window."""

    action: str
    resource: str
    """An ARN pattern: `*` is an unknown part; observed wildcard characters are escaped."""
    outcome: Outcome
    """`allowed`, `denied` or `undetermined`."""
    required: bool
    basis: Basis
    account: str | None
    """Whose log it stood in."""
    region: str | None
    vpc_endpoint: str | None
    invoked_by: str | None
    passed_to: str | None
    workload: str | None
    event_source: str
    event_name: str
    count: int
    """Events."""
    first_seen: datetime
    last_seen: datetime
    event_ids: tuple[str, ...]
    """Up to three."""
    context: tuple[tuple[str, str], ...] = ()
    """Condition keys (lower case) with their values that the state in force tells of the call, sorted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmappedCalls:
    """Calls whose actions are not known; they are never evidence for removing anything of their service."""

    event_source: str
    event_name: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalUsage:
    """What one principal did in the window."""

    kind: PrincipalKind
    arn: str | None
    account: str | None
    name: str | None
    uses: tuple[Use, ...]
    """Sorted by action, resource and the rest: the same lake gives the same order."""
    unmapped: tuple[UnmappedCalls, ...]
    events: int
    denied: int
    """Events that were refused."""
    undetermined: int
    active_dates: tuple[date, ...]
    first_seen: datetime | None
    last_seen: datetime | None
    workloads: Mapping[str, int]
    """Session name to number of events."""
