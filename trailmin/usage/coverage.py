"""Coverage: what the logs could have shown, judged per account, kind of event and resource (DESIGN 6).

Unknown means not observable. With an account's event selectors at hand they decide; without them only what was seen
in the lake counts, and for data events only the very resources on which an event was seen.
"""

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

from trailmin.catalog import Catalog, Observability, data_type_arns
from trailmin.policy import resource_included_in_union, resource_meet, resources_intersect
from trailmin.trail.selectors import Admission, EventSelectors
from trailmin.trail.trails import GLOBAL_REGION
from trailmin.usage.account_coverage import AccountCoverage
from trailmin.usage.grant_regions import (
    is_of_global_service,
    named_regions,
    regions_of_any,
    resources_in,
)
from trailmin.usage.observation import Observation

EXCLUDABLE_SOURCES = frozenset({"kms.amazonaws.com", "rdsdata.amazonaws.com"})
"""Whose management events a trail can leave out.

Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html
"""

_BUCKET = re.compile(r"arn:[^:]*:s3:::[^/*?]+")

_PLACEHOLDER = re.compile(r"\$\{\w+\}")
_WILDCARD = re.compile(r"[*?]|\$\{")


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What the logs of a window could have shown."""

    catalog: Catalog
    since: date
    until: date
    accounts: Mapping[str, AccountCoverage] = field(default_factory=dict)
    minimum_days: int | None = None
    """How long data events must have been logged, up to the last day; None: as long as the window."""
    _told: dict[tuple[str, str, tuple[str, ...], tuple[str, ...] | None], Observation] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    """Answers given: roles of an account ask for the same."""
    _in_use: dict[str, frozenset[str]] = field(default_factory=dict, init=False, compare=False, repr=False)
    """By account."""

    def observe(
        self,
        account: str | None,
        action: str,
        resources: Sequence[str],
        *,
        may_call: Container[str] | None = None,
    ) -> Observation:
        """Tell whether any use of `action` on the resource patterns, whenever in the window, would have shown.

        Args:
            account: Whose logs.
            action: As the catalog spells it.
            resources: Patterns of a policy statement.
            may_call: The actions that the role is granted: a permission that is checked inside other calls shows when
                those of them show that the role can make.
        """
        logs = self.accounts.get(account or "")
        if logs is None:
            return Observation(full=False, reason=f"no logs of account {account or 'unknown'}")
        parents = self._parents(action, may_call)
        key = (logs.account, action, tuple(resources), parents)
        if key not in self._told:
            self._told[key] = self._observe_account(logs, action, resources, parents)
        return self._told[key]

    def _parents(self, action: str, may_call: Container[str] | None) -> tuple[str, ...] | None:
        """The calls that an action is checked in, those that can be made; None where it has events of its own."""
        seen_by = self.catalog.observability(action)
        if seen_by.kind != "permission-only" or not seen_by.parents:
            return None
        return tuple(p for p in seen_by.parents if may_call is None or p in may_call) or seen_by.parents

    def _observe_account(
        self, logs: AccountCoverage, action: str, resources: Sequence[str], parents: Sequence[str] | None
    ) -> Observation:
        if logs.by_region is None:
            return self._observe_in(logs, action, resources, parents)
        regions = regions_of_any(action, resources, parents)
        if regions is None or not regions <= logs.by_region.keys():
            return _logged_in_part(logs.by_region, regions)
        if logs.omits_global_services and is_of_global_service(action, parents):
            return Observation(full=False, reason=f"the trail of {GLOBAL_REGION} leaves out events of global services")
        found = [self._observe_in(logs.of_region(region), action, resources, parents) for region in sorted(regions)]
        return replace(min(found, key=lambda observation: observation.full), hidden=None)

    def services_in_use(self, account: str | None) -> frozenset[str]:
        """Return the prefixes of the services of which an account's logs have events."""
        logs = self.accounts.get(account or "")
        if logs is None:
            return frozenset()
        if logs.account not in self._in_use:
            managed = (self.catalog.prefix_of_source(source) for source, _ in logs.management_sources)
            found = {*(prefix for prefix in managed if prefix), *(seen.prefix for seen in logs.data_seen)}
            self._in_use[logs.account] = frozenset(found)
        return self._in_use[logs.account]

    def _observe_in(
        self, logs: AccountCoverage, action: str, resources: Sequence[str], parents: Sequence[str] | None
    ) -> Observation:
        if parents is not None:
            return self._through_parents(logs, parents, action, resources)
        return self._observe(logs, self.catalog.observability(action), action, resources)

    def _observe(
        self, logs: AccountCoverage, seen_by: Observability, action: str, resources: Sequence[str]
    ) -> Observation:
        match seen_by.kind:
            case "management":
                return self._management(logs, seen_by, action, resources)
            case "data":
                return self._data(logs, seen_by, action, resources)
            case "network":
                return Observation(
                    full=False,
                    reason="only network activity events show it",
                    selector="advanced event selector: eventCategory Equals NetworkActivity",
                )
            case "never":
                return Observation(full=False, reason="CloudTrail never logs it")
            case _:
                return Observation(full=False, reason="it is not known whether CloudTrail logs it")

    def _management(
        self, logs: AccountCoverage, seen_by: Observability, action: str, resources: Sequence[str]
    ) -> Observation:
        kinds = (True, False) if seen_by.read_only is None else (seen_by.read_only,)
        sources = seen_by.event_sources or (f"{action.split(':', maxsplit=1)[0]}.amazonaws.com",)
        for read_only in kinds:
            unseen = _unseen_management(logs, sources, read_only=read_only)
            if unseen is None:
                unseen = self._logged_lately(logs, sources, read_only=read_only)
            if unseen is not None:
                return unseen
        if (unseen_region := self._unseen_region(logs, action, resources)) is not None:
            return Observation(full=False, reason=unseen_region)
        return Observation(full=True, reason=f"management events are logged{logs.where}")

    def _logged_lately(self, logs: AccountCoverage, sources: Sequence[str], *, read_only: bool) -> Observation | None:
        """Why management events that are logged now need not have shown early on, as trails were changed."""
        for source in sources:
            seen = logs.management_first.get((source if source in EXCLUDABLE_SOURCES else None, read_only))
            admits = partial(EventSelectors.admits_management, read_only=read_only, event_source=source)
            first = logs.logged_since(self.since, self.until, admits, seen)
            if not self._is_long_enough(first):
                when = f"only since {first}" if first is not None else "no longer"
                reason = f"management {_word(read_only)} events are logged {when}"
                return Observation(full=False, reason=reason)
        return None

    def _unseen_region(self, logs: AccountCoverage, action: str, resources: Sequence[str]) -> str | None:
        """Why calls in a region that the grant names need not have shown: it has no log, or too few days of one."""
        for region in named_regions(action, resources):
            if region not in logs.regions:
                return f"no log of region {region}"
            first, last = logs.region_days.get(region, (self.since, self.until))
            if (first, last) == (self.since, self.until) or self.minimum_days is None:
                continue
            if (last - first).days + 1 < self.minimum_days:
                return f"logs of region {region} are from {first} to {last} only"
        return None

    def _is_long_enough(self, first: date | None) -> bool:
        """Whether what is logged since a day says something of the window."""
        if first is None or first == self.since:
            return first is not None
        return self.minimum_days is not None and (self.until - first).days + 1 >= self.minimum_days

    def _data(
        self, logs: AccountCoverage, seen_by: Observability, action: str, resources: Sequence[str]
    ) -> Observation:
        types = seen_by.resource_types
        if logs.selectors is None:
            if all(self._was_seen(logs, seen_by, action, resource) for resource in resources):
                return Observation(full=True, reason="data events of these resources were seen from the first day on")
            selector = f"advanced event selector: eventCategory Equals Data, resources.type Equals {_either(types)}"
            return Observation(
                full=False, reason="the event selectors are unknown and no data event shows it", selector=selector
            )
        unseen_region = self._unseen_region(logs, action, resources)
        unlogged = [t for t in types if not all(_admits(logs.selectors, t, r, seen_by) for r in resources)]
        if unlogged or not all(self._has_type(action, resource, types) for resource in resources):
            logged = [t for t in types if t not in unlogged]
            shown = [t for t in logged if self._logged_long_enough(logs, [t], resources, seen_by).full]
            selector = f"advanced event selector: eventCategory Equals Data, resources.type Equals {_either(unlogged)}"
            return Observation(
                full=False,
                reason=f"no event selector logs data events of {_either(unlogged)}",
                selector=selector,
                hidden=self._hidden(action, resources, shown) if unseen_region is None else None,
            )
        if unseen_region is not None:
            return Observation(full=False, reason=unseen_region)
        return self._logged_long_enough(logs, types, resources, seen_by)

    def _logged_long_enough(
        self, logs: AccountCoverage, types: Sequence[str], resources: Sequence[str], seen_by: Observability
    ) -> Observation:
        """What selectors that log all of it now say of the window."""
        if not all(_was_read(logs, t, r, seen_by) for t in types for r in resources):
            reason = f"its trails log data events of {' and '.join(types)}, and the lake has none of such a trail"
            return Observation(full=False, reason=reason)
        first = logs.logged_since(
            self.since, self.until, lambda then: all(_admits(then, t, r, seen_by) for t in types for r in resources)
        )
        kinds = " and ".join(types)
        if first == self.since:
            return Observation(full=True, reason=f"data events of {kinds} are logged{logs.where}")
        if first is None:
            return Observation(full=False, reason=f"a trail was changed, and began only then to log {kinds}")
        if not self._is_long_enough(first):
            return Observation(full=False, reason=f"data events of {kinds} are logged only since {first}")
        return Observation(full=True, reason=f"data events of {kinds} are logged{logs.where} since {first}")

    def _has_type(self, action: str, resource: str, types: Sequence[str]) -> bool:
        """Whether events of one of the types are about the resource, unless the action is never checked on it."""
        if any(resources_intersect(resource, data_type_arns(t)) for t in types):
            return True
        return not any(resources_intersect(resource, arn) for arn in self._checked_on(action))

    def _hidden(self, action: str, resources: Sequence[str], logged: Iterable[str]) -> tuple[str, ...] | None:
        """The resources that an action can be checked on and that no logged type is about; None where that is all."""
        arns, about = self._checked_on(action), [data_type_arns(t) for t in logged]
        shown = {arn for arn in arns if resource_included_in_union(arn, about)}
        if not any(resources_intersect(arn, resource) for arn in shown for resource in resources):
            return None
        met = (resource_meet(arn, resource) for arn in arns if arn not in shown for resource in resources)
        return tuple(sorted({m for m in met if m is not None}))

    def _inside(self, action: str, resources: Sequence[str], hidden: Iterable[str]) -> tuple[str, ...] | None:
        """What an action can be checked on in calls of which only those on some resources need not show."""
        arns = self._checked_on(action)
        unseen = [arn for arn in arns if any(resources_intersect(arn, h) for h in hidden)]
        if len(unseen) == len(arns):
            return None
        met = (resource_meet(arn, resource) for arn in unseen for resource in resources)
        return tuple(sorted({m for m in met if m is not None}))

    def _checked_on(self, action: str) -> tuple[str, ...]:
        """The ARNs that an action can be checked on, as Resource patterns."""
        known = self.catalog.action(action)
        prefix = action.split(":", maxsplit=1)[0]
        kinds = (self.catalog.resource_type(prefix, t.name) for t in known.resource_types) if known is not None else ()
        return tuple(_PLACEHOLDER.sub("*", arn) for kind in kinds if kind is not None for arn in kind.arn_patterns)

    def _was_seen(self, logs: AccountCoverage, seen_by: Observability, action: str, resource: str) -> bool:
        kinds = {True, False} if seen_by.read_only is None else {seen_by.read_only}
        return all(
            any(
                s.prefix == action.split(":", maxsplit=1)[0] and s.read_only == kind and s.resource == resource
                and not _WILDCARD.search(resource) and s.first_date <= self.since
                for s in logs.data_seen
            )
            for kind in kinds
        )  # fmt: skip

    def _through_parents(
        self, logs: AccountCoverage, parents: Sequence[str], action: str, resources: Sequence[str]
    ) -> Observation:
        """A permission without an event of its own shows where every call that checks it shows."""
        hidden: set[str] = set()
        unseen: Observation | None = None
        for parent in parents:
            on = resources_in(parent, action, resources)
            through = self._observe(logs, self.catalog.observability(parent), parent, on)
            if through.full:
                continue
            reason = f"checked inside {parent}: {through.reason}"
            unseen = unseen or Observation(full=False, reason=reason, selector=through.selector)
            if through.hidden is None or on is not resources:
                return unseen
            hidden.update(through.hidden)
        if unseen is not None:
            return replace(unseen, hidden=self._inside(action, resources, hidden))
        return Observation(full=True, reason="the calls that it is checked in are logged")


def _logged_in_part(logged: Mapping[str, object], regions: frozenset[str] | None) -> Observation:
    others = "other regions" if regions is None else ", ".join(sorted(regions - logged.keys()))
    return Observation(
        full=False,
        reason=f"the trails log {', '.join(sorted(logged))} alone, and it can be used in {others}",
        selector="a trail of all regions (IsMultiRegionTrail)",
    )


def _unseen_management(logs: AccountCoverage, sources: Sequence[str], *, read_only: bool) -> Observation | None:
    """Why management events of one kind need not all have shown; None when they have."""
    word = _word(read_only)
    if logs.selectors is not None:
        if all(logs.selects_management(read_only=read_only, event_source=source) for source in sources):
            return None
        return Observation(
            full=False,
            reason=f"the trail leaves out management {word} events of this service",
            selector="management events with ReadWriteType All and no excluded source",
        )
    if read_only not in logs.management_seen:
        return Observation(
            full=False,
            reason=f"no management {word} event was seen in the account",
            selector="management events with ReadWriteType All",
        )
    excluded = [s for s in sources if s in EXCLUDABLE_SOURCES and (s, read_only) not in logs.management_sources]
    if not excluded:
        return None
    return Observation(
        full=False,
        reason=f"the event selectors are unknown, and a trail may leave out events of {excluded[0]}",
        selector="management events with ReadWriteType All and no excluded source",
    )


def _word(read_only: bool) -> str:
    return "read" if read_only else "write"


def _either(types: Sequence[str]) -> str:
    return " or ".join(types) or "an unknown type"


def _was_read(logs: AccountCoverage, resource_type: str, resource: str, seen_by: Observability) -> bool:
    """Whether the lake has events of a trail that logs a type on a resource, whichever trail it has them of."""
    return logs.data_logged_by is None or any(
        all(_admits(trail, resource_type, resource, seen_by) for trail in trails) for trails in logs.data_logged_by
    )


def _admits(selectors: EventSelectors, resource_type: str, resource: str, seen_by: Observability) -> bool:
    """Whether all events of a type on a resource are logged; a resource that the type is not about asks for none."""
    if not resources_intersect(resource, data_type_arns(resource_type)):
        return True
    if resource_type == "AWS::S3::Object" and _BUCKET.fullmatch(resource) is not None:
        # Events about a bucket name its objects: `ARNPrefix` is the bucket's ARN and a slash.
        resource = f"{resource}/"
    kinds = (True, False) if seen_by.read_only is None else (seen_by.read_only,)
    return all(
        selectors.admits_data(resource_type, resource, read_only=kind, event_name=name) is Admission.YES
        for kind in kinds
        for name in seen_by.event_names or (None,)
    )
