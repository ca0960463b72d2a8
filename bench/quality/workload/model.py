"""What a drawn world is made of: roles with a known need, what they call, and the policies they hold."""

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from bench.quality.workload.operations import operation_named
from bench.quality.workload.visibility import Logging

Json = dict[str, Any]
Arguments = Mapping[str, str]


class Need(NamedTuple):
    """One action on one resource: an ARN in a call, a glob (`*`, `?`) in what a role needs."""

    action: str
    resource: str
    passed_to: str | None = None
    """Of `iam:PassRole`: the service."""


class Call(NamedTuple):
    """One API call that was made, whether a trail shows it or not."""

    moment: datetime
    role: int
    """Index among the world's roles."""
    operation: str
    arguments: Arguments
    needs: tuple[Need, ...]
    error: tuple[str, str] | None
    is_denied: bool
    session: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """A kind of call that a workload makes again and again."""

    operation: str
    often: float = 1.0
    """Expected number of calls in a run; below 1 the chance of one."""
    fixed: Arguments = field(default_factory=dict)
    draw: Callable[[random.Random, datetime], Arguments] | None = None
    """The arguments that vary from call to call."""
    scope: Arguments = field(default_factory=dict)
    """For each of them the glob of all that the role needs."""
    on: Callable[[date], bool] | None = None
    """The days on which it happens; None: any."""
    error: tuple[str, str] | None = None
    is_denied: bool = False
    """Refused by IAM: nothing that the role may do, and nothing that it needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What runs under a role, and when."""

    kind: str
    service: str
    """Who may assume the role; `account` for people, `oidc` for a pipeline."""
    runs: Callable[[random.Random, date], list[datetime]]
    """The moments at which a run starts on a day."""
    activities: tuple[Activity, ...]
    session: Callable[[random.Random, datetime], str]
    functions: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    """ARNs that event source mappings of the first function read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPolicy:
    """A policy that a role holds on the last day of training."""

    kind: str
    """`inline`, `customer-managed` or `aws-managed`."""
    name: str
    document: Json
    began: date | None = None
    """In force since; None: since long ago."""
    earlier: Json | None = None
    """What it said before `began`; None: there was none."""
    put_in_log: bool = False
    """Whether the log tells when it was put (inline policies); else its version has the date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnRole:
    """A role, what it truly needs and what it is granted."""

    name: str
    account: "DrawnAccount"
    workload: Workload
    needs: frozenset[Need]
    policies: tuple[HeldPolicy, ...]
    style: str

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"arn:aws:iam::{self.account.number}:role/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnAccount:
    """An account: how it logs and what is in it."""

    number: str
    region: str
    logging: Logging
    inventory: set[str] = field(default_factory=set)
    """ARNs of what there is: of the roles' own things, of their neighbours', objects among them."""

    def arguments(self, given: Arguments) -> dict[str, str]:
        """Return the arguments of a call with what every call has."""
        return {"account": self.number, "region": self.region, **given}

    def needs_of(self, operation: str, given: Arguments) -> tuple[Need, ...]:
        """Return what a call is checked for; with globs for arguments, all that such calls are."""
        arguments = self.arguments(given)
        found = operation_named(operation)
        needs = [Need(action, resource.format_map(arguments)) for action, resource in found.needs]
        if found.passes is not None:
            needs.append(Need("iam:PassRole", found.passes[0].format_map(arguments), found.passes[1]))
        return tuple(needs)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All that was drawn from one seed."""

    seed: int
    start: date
    days: int
    accounts: tuple[DrawnAccount, ...]
    roles: tuple[DrawnRole, ...]
    calls: tuple[Call, ...]
    """Sorted by time."""


def needs_of_activities(account: DrawnAccount, activities: Iterable[Activity]) -> frozenset[Need]:
    """Return what a role needs, the rare and the regular, as globs."""
    return frozenset(
        need
        for activity in activities
        if not activity.is_denied
        for need in account.needs_of(activity.operation, {**activity.fixed, **activity.scope})
    )
