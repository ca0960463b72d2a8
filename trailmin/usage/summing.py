"""Summing authorizations up, in bounded memory (DESIGN 4).

A principal may touch millions of objects, or run under thousands of session names. Past a bound the resources of one
action become those of their folders, past it again of folders further up, and at last of their containers; the session
names become numbered buckets. Which ones does not depend on the order of the events: each level is a function of the
one before it, and is left when the distinct resources at it, which only grow, pass the bound.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import NamedTuple

RESOURCE_BOUND = 10_000
"""Distinct resources per principal, action and day that are kept one by one."""

FOLDER_DEPTHS = (12, 5, 4, 3, 2)
"""Parts of a path that are kept, from level to level, before only the container is."""

WORKLOAD_BOUND = 1_000
"""Distinct session names per principal and day that are kept one by one."""

_EXAMPLES = 3
_NEVER = datetime.min.replace(tzinfo=UTC)


class UsageKey(NamedTuple):
    """What makes a row of the usage table, beside its date."""

    account: str | None
    principal_kind: str
    principal_arn: str | None
    principal_account: str | None
    principal_name: str | None
    workload: str | None
    event_source: str
    event_name: str
    category: str | None
    read_only: bool | None
    action: str | None
    resource: str | None
    outcome: str
    required: bool
    basis: str | None
    unmapped: str | None
    region: str | None
    vpc_endpoint: str | None
    invoked_by: str | None
    passed_to: str | None


@dataclass(slots=True)
class Sums:
    """What is summed up in a row."""

    count: int = 0
    calls: int = 0
    first_seen: datetime = _NEVER
    last_seen: datetime = _NEVER
    examples: list[tuple[datetime, str]] = field(default_factory=list)
    """The earliest events, by time and id."""

    def add(self, time: datetime, event_id: str | None, calls: int) -> None:
        """Count one event."""
        if self.count == 0:
            self.first_seen = self.last_seen = time
        elif time < self.first_seen:
            self.first_seen = time
        elif time > self.last_seen:
            self.last_seen = time
        self.count += 1
        self.calls += calls
        if event_id is not None and (len(self.examples) < _EXAMPLES or time <= self.examples[-1][0]):
            self._exemplify([(time, event_id)])

    def merge(self, other: "Sums") -> None:
        """Count all that another row has."""
        self.first_seen = min(self.first_seen, other.first_seen) if self.count else other.first_seen
        self.last_seen = max(self.last_seen, other.last_seen) if self.count else other.last_seen
        self.count += other.count
        self.calls += other.calls
        self._exemplify(other.examples)

    def _exemplify(self, more: list[tuple[datetime, str]]) -> None:
        self.examples = sorted({*self.examples, *more})[:_EXAMPLES]


@dataclass(slots=True)
class PartialSums:
    """Sums of some of a day's events, of some of its principals."""

    rows: list[tuple[UsageKey, Sums]] = field(default_factory=list)
    levels: dict[tuple[str | None, str | None], int] = field(default_factory=dict)
    """Principal and action → the level that its resources are at."""
    full_principals: set[str | None] = field(default_factory=set)
    """Those whose session names are buckets."""


class DaySums:
    """The usage of one day."""

    def __init__(self, *, resource_bound: int = RESOURCE_BOUND, workload_bound: int = WORKLOAD_BOUND) -> None:
        self._rows: dict[UsageKey, Sums] = {}
        self._resources: dict[tuple[str | None, str | None], set[str]] = defaultdict(set)
        self._workloads: dict[str | None, set[str]] = defaultdict(set)
        self._levels: dict[tuple[str | None, str | None], int] = defaultdict(int)
        self._full_principals: set[str | None] = set()
        self._resource_bound = resource_bound
        self._workload_bound = workload_bound

    def add(self, key: UsageKey, time: datetime, event_id: str | None, *, calls: int) -> None:
        """Count one event in a row; `calls` is 1 in one row of each event."""
        row = self._rows.get(key)
        if row is None:
            key = self._bounded(key)
            row = self._rows.setdefault(key, Sums())
        row.add(time, event_id, calls)

    def split(self, part_of: Callable[[str | None], int]) -> dict[int, PartialSums]:
        """Return all that is summed up, by the parts that the principals are in."""
        parts: dict[int, PartialSums] = defaultdict(PartialSums)
        for key, sums in self.rows():
            parts[part_of(key.principal_arn)].rows.append((key, sums))
        for pair, level in self._levels.items():
            if level:
                parts[part_of(pair[0])].levels[pair] = level
        for principal in self._full_principals:
            parts[part_of(principal)].full_principals.add(principal)
        return dict(parts)

    def merge(self, other: PartialSums) -> None:
        """Count all that was summed up elsewhere, of other events; the order makes no difference."""
        for pair, level in other.levels.items():
            if level > self._levels[pair]:
                self._lift(pair, level)
                self._collapse(pair)
        for principal in other.full_principals:
            self._full_principals.add(principal)
            self._workloads.pop(principal, None)
        for key, sums in other.rows:
            self.add_sums(key, sums)

    def add_sums(self, key: UsageKey, sums: Sums) -> None:
        """Count what was summed up of other events."""
        row = self._rows.get(key)
        if row is None:
            row = self._rows.setdefault(self._bounded(key), Sums())
        row.merge(sums)

    def rows(self) -> Iterator[tuple[UsageKey, Sums]]:
        """Yield the rows in a total order."""
        merged: dict[UsageKey, Sums] = {}
        for key, sums in self._rows.items():
            merged.setdefault(self._summarised(key), Sums()).merge(sums)
        yield from sorted(merged.items(), key=lambda item: tuple((v is not None, str(v)) for v in item[0]))

    def _bounded(self, key: UsageKey) -> UsageKey:
        if key.workload is not None and key.principal_arn not in self._full_principals:
            names = self._workloads[key.principal_arn]
            names.add(key.workload)
            if len(names) > self._workload_bound:
                self._full_principals.add(key.principal_arn)
                del self._workloads[key.principal_arn]
        if key.resource is not None:
            self._note((key.principal_arn, key.action), key.resource)
        return self._summarised(key)

    def _note(self, pair: tuple[str | None, str | None], resource: str) -> None:
        """Go up a level where one resource more passes the bound."""
        level = self._levels[pair]
        if level == _LAST_LEVEL:
            return
        self._resources[pair].add(summarised(resource, level))
        while len(self._resources[pair]) > self._resource_bound and self._levels[pair] < _LAST_LEVEL:
            self._lift(pair, self._levels[pair] + 1)
        if self._levels[pair] != level:
            self._collapse(pair)

    def _lift(self, pair: tuple[str | None, str | None], level: int) -> None:
        resources = self._resources[pair]
        self._levels[pair] = level
        self._resources[pair] = {summarised(one, level) for one in resources} if level < _LAST_LEVEL else set()

    def _collapse(self, pair: tuple[str | None, str | None]) -> None:
        for key in [k for k in self._rows if (k.principal_arn, k.action) == pair]:
            sums = self._rows.pop(key)
            self._rows.setdefault(self._summarised(key), Sums()).merge(sums)

    def _summarised(self, key: UsageKey) -> UsageKey:
        if key.resource is not None and (level := self._levels[key.principal_arn, key.action]):
            key = key._replace(resource=summarised(key.resource, level))
        if key.workload is not None and key.principal_arn in self._full_principals:
            key = key._replace(workload=bucket(key.workload))
        return key


_LAST_LEVEL = len(FOLDER_DEPTHS) + 1


def summarised(resource: str, level: int) -> str:
    """Return a resource as a level keeps it: 0 the resource, then its folder, at last its container.

    >>> summarised("arn:aws:s3:::images/2026/09/cat.png", 1)
    'arn:aws:s3:::images/2026/09/*'
    """
    if level == 0:
        return resource
    return folder(resource, FOLDER_DEPTHS[level - 1]) if level < _LAST_LEVEL else container(resource)


def folder(resource: str, depth: int) -> str:
    """Return the pattern of all that shares a resource's folder: what comes before the last `/`, `depth` parts at most.

    >>> folder("arn:aws:s3:::images/2026/09/cat.png", 2)
    'arn:aws:s3:::images/2026/*'
    """
    *head, tail = resource.split(":", 5)
    parts = tail.split("/")
    return ":".join([*head, "/".join([*parts[: min(depth, len(parts) - 1)], "*"])]) if len(parts) > 1 else resource


def container(resource: str) -> str:
    """Return the pattern of all that shares a resource's container: the part before the first `/`, then `*`.

    >>> container("arn:aws:s3:::images/2026/cat.png")
    'arn:aws:s3:::images/*'
    """
    *head, tail = resource.split(":", 5)
    first, slash, _ = tail.partition("/")
    return ":".join([*head, f"{first}/*"]) if slash else resource


def bucket(workload: str) -> str:
    """Return the numbered bucket of a session name; one that is a bucket already stays."""
    if workload.startswith("bucket-") and len(workload) == len("bucket-00"):
        return workload
    return f"bucket-{blake2b(workload.encode('utf-8', 'replace'), digest_size=1).hexdigest()}"
