"""The verdict on each grant, and with it what of the grant stays (DESIGN 6)."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from itertools import islice

from trailmin.policy import NO_RESOURCE, action_matches, resource_matches, resource_meet, resources_intersect
from trailmin.synth.companions import Companions
from trailmin.synth.conditions import restricted
from trailmin.synth.context import is_unknown_resource
from trailmin.synth.covering import without_included
from trailmin.synth.generalise import Generaliser
from trailmin.synth.grants import Grant, StatementInForce, granted_actions, grants_of
from trailmin.synth.judged import Judged, JudgedStatement, Kept, KnownVerdicts, RoleEvidence
from trailmin.synth.model import CallEvidence, GrantVerdict, Options, Verdict
from trailmin.synth.trust import may_assume
from trailmin.synth.visibility import Visibility
from trailmin.usage import IMPLIED_BASES, Observation, Outcome, Use

PIN_PREFIXES = ("NOREPO", "Keep")
"""A statement whose Sid starts so is never touched."""


def judge(
    statements: Sequence[StatementInForce], evidence: RoleEvidence, known: KnownVerdicts
) -> tuple[JudgedStatement, ...]:
    """Return the verdict on every grant of a role, in the order of its policies and statements.

    Args:
        statements: The role's Allow statements.
        evidence: What the verdicts rest on.
        known: Verdicts on other roles of the same run; those that other roles may share are added.
    """
    granted = tuple(granted_actions(ref.statement, evidence.catalog) for ref in statements)
    callable_actions = _callable(granted)
    return tuple(
        JudgedStatement(ref=ref, grants=_Judge(ref, evidence, callable_actions).grants(known)) for ref in statements
    )


@lru_cache(maxsize=1 << 8)
def _callable(granted: tuple[tuple[tuple[str, bool], ...], ...]) -> frozenset[str]:
    """The actions of some statements; one set for all roles that are granted the same."""
    return frozenset(action for of_one in granted for action, _ in of_one)


def is_pinned(ref: StatementInForce, options: Options) -> bool:
    """Whether a statement stays because its Sid or the configuration says so."""
    if (ref.statement.sid or "").startswith(PIN_PREFIXES):
        return True
    return any(
        resources_intersect(resource, pattern)
        for resource in ref.statement.resources
        if resource != "*"
        for pattern in options.keep_resources
    )


class _Judge:
    """Judges the grants of one statement."""

    def __init__(self, ref: StatementInForce, evidence: RoleEvidence, callable_actions: frozenset[str]) -> None:
        self._ref = ref
        self._callable = callable_actions
        self._evidence = evidence
        self._patterns = ref.statement.resources
        # What a person is told: NotResource leaves out some of everything.
        self._named = self._patterns or ("*",)
        self._kept_uses = evidence.assignment.kept.get(ref.key, {})
        self._uses_elsewhere = evidence.assignment.elsewhere.get(ref.key, {})
        self._pinned = is_pinned(ref, evidence.options)
        self._whole = (Kept(resources=self._patterns),)
        self._visibility = Visibility(ref, evidence, callable_actions)
        self._companions = Companions(evidence, self._patterns, self._visibility.in_logs)

    def grants(self, known: KnownVerdicts) -> tuple[Judged, ...]:
        """Return the verdict on every grant of the statement; without a use it is that of other roles' like it."""
        catalog = self._evidence.catalog
        too_new = self._too_new()
        key = self._rests_on(too_new)
        if key not in known:
            known[key] = tuple(
                self._pin(grant, self._without_use(grant, too_new)) for grant in grants_of(self._ref, catalog)
            )
        seen = {*self._kept_uses, *self._uses_elsewhere}
        actions = granted_actions(self._ref.statement, catalog)
        return tuple(
            self._of_role(Grant(ref=self._ref, action=action, is_known=is_known), too_new)
            if action in seen or catalog.companions(action)
            else alike
            for (action, is_known), alike in zip(actions, known[key], strict=True)
        )

    def _of_role(self, grant: Grant, too_new: Mapping[str, datetime]) -> Judged:
        return self._pin(grant, self._with_use(grant, too_new))

    def _too_new(self) -> dict[str, datetime]:
        """Since when those grants have been in force that have not been for long."""
        evidence, ref = self._evidence, self._ref
        grants = list(islice(grants_of(ref, evidence.catalog), 1 if evidence.begins_as_one(ref.policy) else None))
        began = {grant.action: evidence.began(grant) for grant in grants}
        if len(grants) == 1:
            (one,) = began.values()
            began = dict.fromkeys((action for action, _ in granted_actions(ref.statement, evidence.catalog)), one)
        return {action: time for action, time in began.items() if time is not None and time > evidence.newest}

    def _rests_on(self, too_new: Mapping[str, datetime]) -> Hashable:
        """All that decides the verdicts of `_without_use`, in one window and with one set of options."""
        evidence, ref = self._evidence, self._ref
        unmapped = evidence.usage.unmapped if evidence.usage is not None else ()
        return (
            ref.policy.name,
            ref.statement,
            evidence.accounts_of(ref.policy),
            self._callable,
            evidence.role.trust,
            evidence.last_accessed,
            tuple((calls.event_source, calls.event_name) for calls in unmapped),
            frozenset(self._visibility.needing.items()),
            frozenset(too_new.items()),
        )

    def _pin(self, grant: Grant, judged: Judged) -> Judged:
        if not self._pinned and not self._is_pinned_action(grant):
            return judged
        verdict = replace(judged.verdict, kept=self._named, conditions=(), pinned=True)
        return Judged(verdict=verdict, kept=self._whole)

    def _without_use(self, grant: Grant, too_new: Mapping[str, datetime]) -> Judged:
        """The verdict on a grant of which no use is known, nor of what it is bound to."""
        if (began := too_new.get(grant.action)) is not None:
            return self._keep_too_new(grant, began, ())
        return self._unseen(grant)

    def _with_use(self, grant: Grant, too_new: Mapping[str, datetime]) -> Judged:
        uses = self._kept_uses.get(grant.action, ())
        if (began := too_new.get(grant.action)) is not None:
            return self._keep_too_new(grant, began, uses)
        if uses:
            return self._used(grant, uses)
        if uses_elsewhere := self._uses_elsewhere.get(grant.action, ()):
            return self._used_elsewhere(grant, uses_elsewhere)
        return (self._companion(grant) if grant.is_known else None) or self._unseen(grant)

    def _keep_too_new(self, grant: Grant, began: datetime, uses: Sequence[Use]) -> Judged:
        return self._keep_whole(grant, Verdict.TOO_NEW, f"in force only since {began:%Y-%m-%d}", uses)

    def _used_elsewhere(self, grant: Grant, uses: Sequence[Use]) -> Judged:
        """What was seen rests on a narrower statement; what need not have shown may still rest on this one."""
        observation = self._visibility.of(grant.action)
        if not observation.full and not self._is_dropped(grant):
            return self._keep_unobservable(grant, observation.reason, uses, observation)
        return self._goes(grant, Verdict.USED, "used, and granted by a narrower statement that stays", uses)

    def _used(self, grant: Grant, uses: Sequence[Use]) -> Judged:
        verdict = Verdict.IMPLIED if all(u.basis in IMPLIED_BASES for u in uses) else Verdict.USED
        reason = _words_for(uses)
        if any(self._is_unnamed(use) for use in uses):
            return self._keep_whole(grant, verdict, f"{reason}, on resources that the events do not name", uses)
        observation = self._visibility.of(grant.action)
        is_open = not observation.full and not self._is_dropped(grant)
        hidden = self._hidden(observation) if is_open else ()
        if hidden is None:
            seen = f"{reason}; not narrowed, since other uses need not have shown: {observation.reason}"
            return self._keep_whole(grant, verdict, seen, uses, observation)
        if hidden:
            reason = f"{reason}; stays on {' and '.join(hidden)}, where uses need not have shown: {observation.reason}"
        name = self._evidence.generaliser(uses, within=self._patterns or ("*",))
        kept = tuple(self._narrowed(grant, uses, name, hidden))
        if observation.full:
            kept, because = restricted(kept, grant, uses, self._evidence)
            reason = "; ".join((reason, *because))
        judged = self._judged(grant, verdict, reason, uses, kept)
        return replace(judged, verdict=replace(judged.verdict, learned=name.of(judged.verdict.kept)))

    def _is_unnamed(self, use: Use) -> bool:
        """Whether no pattern stands for the use's resource and for nothing that the statement leaves out."""
        excluded = self._ref.statement.not_resources
        if excluded and use.resource == NO_RESOURCE:
            return True
        if is_unknown_resource(use, self._evidence.catalog):
            return True
        if excluded:
            return any(resources_intersect(use.resource, pattern) for pattern in excluded)
        return not any(self._touches(pattern, use.resource) for pattern in self._patterns)

    @staticmethod
    def _touches(pattern: str, resource: str) -> bool:
        if pattern == "*" or resource == NO_RESOURCE:
            return resource_matches(pattern, NO_RESOURCE)
        return resources_intersect(resource, pattern)

    def _narrowed(self, grant: Grant, uses: Sequence[Use], name: Generaliser, hidden: Iterable[str]) -> Iterator[Kept]:
        mapped = self._companions.mapped_resources(grant.action).union(hidden)
        by_service: dict[str | None, set[str]] = {}
        for use in uses:
            wanted = by_service.setdefault(use.passed_to, set())
            wanted |= self._meet(use, name(use.resource)) | mapped
        for service in sorted(by_service, key=lambda s: s or ""):
            yield Kept(resources=without_included(by_service[service]), passed_to=service)

    def _meet(self, use: Use, wanted: str) -> set[str]:
        if use.resource == NO_RESOURCE:
            return {NO_RESOURCE}
        statement = self._ref.statement
        if any(resources_intersect(wanted, excluded) for excluded in statement.not_resources):
            wanted = use.resource
        wanted = wanted if statement.variables else _without_escapes(wanted)
        if statement.not_resources:
            return {wanted}
        patterns = [p for p in self._patterns if resources_intersect(use.resource, p)]
        met = {resource_meet(wanted, pattern) for pattern in patterns}
        return {m for m in met if m is not None}

    def _unseen(self, grant: Grant) -> Judged:
        if not grant.is_known:
            return self._keep_whole(grant, Verdict.NOT_OBSERVABLE, "the catalog does not know this action", ())
        if (kept := self._last_accessed(grant)) is not None:
            return kept
        if (service := self._only_user(grant)) is not None:
            return self._goes(grant, Verdict.UNUSED, f"only {service} uses it, and may not assume the role", ())
        observation = self._visibility.of(grant.action)
        if observation.full:
            return self._goes(grant, Verdict.UNUSED, f"not seen, although {observation.reason}", (), observation)
        if self._is_dropped(grant):
            reason = f"dropped on request; {observation.reason}"
            return self._goes(grant, Verdict.NOT_OBSERVABLE, reason, (), observation)
        return self._keep_unobservable(grant, observation.reason, (), observation)

    def _companion(self, grant: Grant) -> Judged | None:
        """What CloudTrail does not show goes where the call went that it is bound to."""
        if self._ref.statement.not_resources or (bound := self._companions.of(grant.action)) is None:
            return None
        return self._judged(grant, Verdict.COMPANION, bound.reason, (), (Kept(resources=bound.resources),))

    def _last_accessed(self, grant: Grant) -> Judged | None:
        """What AWS's own record says against the logs: accessed since the window began, and not seen."""
        evidence = self._evidence
        found = [
            access
            for access in evidence.last_accessed
            if access.action.lower() == grant.action.lower() and access.time.date() >= evidence.coverage.since
        ]
        if not found:
            return None
        last = max(found, key=lambda access: access.time)
        where = f" in {last.region}" if last.region else ""
        reason = f"not seen in the logs, but AWS has it accessed on {last.time:%Y-%m-%d}{where} (basis: last-accessed)"
        return self._keep_whole(grant, Verdict.USED, reason, ())

    def _only_user(self, grant: Grant) -> str | None:
        """The services that alone use an action, when the role's trust policy lets none of them in."""
        services = self._evidence.catalog.observability(grant.action).used_by
        trust = self._evidence.role.trust
        if not services or trust is None or any(may_assume(trust, service) for service in services):
            return None
        return " or ".join(services)

    def _is_dropped(self, grant: Grant) -> bool:
        return grant.action.split(":")[0] in self._evidence.options.drop_unobservable

    def _is_pinned_action(self, grant: Grant) -> bool:
        return any(action_matches(pattern, grant.action) for pattern in self._evidence.options.keep_actions)

    def _keep_whole(
        self,
        grant: Grant,
        verdict: Verdict,
        reason: str,
        uses: Sequence[Use],
        observation: Observation | None = None,
    ) -> Judged:
        return self._judged(grant, verdict, reason, uses, self._whole, observation)

    def _keep_unobservable(self, grant: Grant, reason: str, uses: Sequence[Use], observation: Observation) -> Judged:
        """What could not be seen stays: on the resources on which it could not, where they can be told."""
        hidden = self._hidden(observation)
        if hidden is None:
            return self._keep_whole(grant, Verdict.NOT_OBSERVABLE, reason, uses, observation)
        kept = (Kept(resources=hidden),)
        return self._judged(grant, Verdict.NOT_OBSERVABLE, reason, uses, kept, observation)

    def _hidden(self, observation: Observation) -> tuple[str, ...] | None:
        """The resources of the statement on which uses need not have shown; None for all of them."""
        if not observation.hidden or self._ref.statement.not_resources:
            return None
        return without_included(observation.hidden)

    def _goes(
        self,
        grant: Grant,
        verdict: Verdict,
        reason: str,
        uses: Sequence[Use],
        observation: Observation | None = None,
    ) -> Judged:
        return self._judged(grant, verdict, reason, uses, (), observation)

    def _judged(
        self,
        grant: Grant,
        verdict: Verdict,
        reason: str,
        uses: Sequence[Use],
        kept: tuple[Kept, ...],
        observation: Observation | None = None,
    ) -> Judged:
        seen_by = (observation or self._visibility.of(grant.action)).reason
        judgement = GrantVerdict(
            policy=self._ref.policy.name,
            statement=self._ref.statement.index,
            sid=self._ref.statement.sid,
            action=grant.action,
            resources=self._named,
            verdict=verdict,
            reason=reason if seen_by in reason else f"{reason} (coverage: {seen_by})",
            coverage=seen_by,
            evidence=evidence_of(uses),
            kept=tuple(sorted({r for k in kept for r in k.resources or self._named})),
            conditions=tuple(dict.fromkeys(c for k in kept for c in k.conditions)),
            selector=observation.selector if observation is not None else None,
        )
        return Judged(verdict=judgement, kept=kept)


def _without_escapes(resource: str) -> str:
    """The text for a policy of Version 2008-10-17, which cannot escape: an observed wildcard is any one character."""
    return resource.replace("${*}", "?").replace("${?}", "?").replace("${$}", "$")


_NO_CALLS = CallEvidence()


def evidence_of(uses: Sequence[Use]) -> CallEvidence:
    """Return the calls behind some uses, in numbers and examples."""
    if not uses:
        return _NO_CALLS
    ids = sorted({(u.first_seen, i) for u in uses for i in u.event_ids})
    return CallEvidence(
        calls=sum(u.count for u in uses),
        first_seen=min(u.first_seen for u in uses),
        last_seen=max(u.last_seen for u in uses),
        event_ids=tuple(i for _, i in ids[:3]),
    )


def _words_for(uses: Sequence[Use]) -> str:
    certain = [u for u in uses if u.outcome is Outcome.ALLOWED and u.required]
    if not certain:
        return "seen only in calls whose authorization is uncertain"
    calls = sum(u.count for u in certain)
    bases = sorted({u.basis.value for u in certain if u.basis in IMPLIED_BASES})
    how = (
        f" inside other calls ({', '.join(bases)})" if bases and all(u.basis in IMPLIED_BASES for u in certain) else ""
    )
    return f"seen in {calls} call{'s' if calls != 1 else ''}{how}"
