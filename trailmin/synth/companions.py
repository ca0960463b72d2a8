"""Grants that CloudTrail does not show, bound to calls that it does (DESIGN 6): they go where those went."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from trailmin.current import LambdaFunction
from trailmin.policy import NO_RESOURCE, resource_meet
from trailmin.synth.covering import without_included
from trailmin.synth.judged import RoleEvidence
from trailmin.usage import Observation, Outcome

_OBJECT = re.compile(r"(arn:[^:]*:s3:::[^/]+)/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """Where an action goes because of others."""

    resources: tuple[str, ...]
    reason: str


class Companions:
    """What the grants of one statement are bound to."""

    def __init__(self, evidence: RoleEvidence, patterns: Sequence[str], covered: Callable[[str], Observation]) -> None:
        """Of a statement with these resource patterns; `covered` tells whether every use of an action showed."""
        self._evidence = evidence
        self._patterns = patterns
        self._covered = covered

    def of(self, action: str) -> Bound | None:
        """Where an action goes within the statement; None where it is bound to nothing that was seen."""
        bound: set[str] = set()
        reasons: list[str] = []
        for companion in self._evidence.catalog.companions(action):
            match companion.bound_to:
                case "action":
                    found = {self._checked_on(action, r) for r in self._seen_on(companion.of_action or "")}
                    reason = f"goes where {companion.of_action} went"
                case "event-source-mapping":
                    found = set(self._mapped_sources(action))
                    reason = "goes where the event source mappings of its functions point"
                case "tracing":
                    traced = [function.name for function in self._functions() if function.is_traced]
                    found = {NO_RESOURCE} if traced else set()
                    reason = f"goes with the active tracing of {', '.join(sorted(traced))}"
            if within := self._within(found):
                bound |= within
                reasons.append(reason)
        return Bound(resources=without_included(bound), reason=", and ".join(reasons)) if bound else None

    def mapped_resources(self, action: str) -> set[str]:
        """What the functions read by event source mappings, where the action is for that: polling need not show."""
        companions = self._evidence.catalog.companions(action)
        if not any(companion.bound_to == "event-source-mapping" for companion in companions):
            return set()
        return self._within(self._mapped_sources(action))

    def _checked_on(self, action: str, resource: str) -> str:
        """What an action is checked on where another went: the bucket of an object, for an action on buckets."""
        known = self._evidence.catalog.action(action)
        kinds = {kind.name for kind in known.resource_types} if known is not None else set()
        bucket = _OBJECT.match(resource) if "bucket" in kinds and "object" not in kinds else None
        return bucket.group(1) if bucket is not None else resource

    def _within(self, resources: Iterable[str]) -> set[str]:
        return {m for r in resources for p in self._patterns if (m := resource_meet(r, p)) is not None}

    def _seen_on(self, action: str) -> frozenset[str]:
        """Where an action went; empty when other uses need not have shown, or do not tell their resource."""
        usage = self._evidence.usage
        of_action = (u for u in (usage.uses if usage is not None else ()) if u.action == action)
        uses = [u for u in of_action if u.outcome is not Outcome.DENIED]
        if any(u.resource == NO_RESOURCE for u in uses) or not self._covered(action).full:
            return frozenset()
        name = self._evidence.generaliser(uses, within=("*",))
        return frozenset(name(use.resource) for use in uses)

    def _functions(self) -> Sequence[LambdaFunction]:
        """The role's functions; none unless all that ran under the role is known to be functions."""
        account = self._evidence.account
        if account is None or account.functions is None:
            return ()
        ours = [f for f in account.functions if f.role_arn == self._evidence.role.arn]
        names = {function.name for function in ours}
        usage = self._evidence.usage
        if any(not _is_function(workload, names) for workload in (usage.workloads if usage is not None else ())):
            return ()
        return ours

    def _mapped_sources(self, action: str) -> frozenset[str]:
        """What an action is checked on when the role's functions poll what their mappings point to."""
        account = self._evidence.account
        if account is None or account.event_source_mappings is None:
            return frozenset()
        ours = {function.arn for function in self._functions()}
        mapped = (m.source_arn for m in account.event_source_mappings if _unqualified(m.function_arn) in ours)
        return frozenset(found for source in mapped if (found := self._polled(action, source)) is not None)

    def _polled(self, action: str, source: str) -> str | None:
        """The resource of an action on what a mapping points to; None where the action is of another service.

        An MSK cluster's topics and consumer groups have its name and id in theirs.
        Source: Amazon MSK developer guide, "IAM access control: authorization policy resources".
        """
        service = action.partition(":")[0]
        if source == NO_RESOURCE or source.split(":")[2:3] == ["*"]:
            # Not known: it may be of any service.
            return NO_RESOURCE
        if f":{service}:" in source:
            return source
        known = self._evidence.catalog.action(action)
        if service != "kafka-cluster" or known is None or ":kafka:" not in source or ":cluster/" not in source:
            return None
        (kind,) = (one.name for one in known.resource_types)
        return source if kind == "cluster" else f"{source.replace(':cluster/', f':{kind}/')}/*"


def _is_function(workload: str, functions: Collection[str]) -> bool:
    """Whether a session is of one of the functions, or of Lambda polling for them."""
    return workload in functions or workload.startswith("awslambda_")


def _unqualified(function_arn: str) -> str:
    return ":".join(function_arn.split(":")[:7])
