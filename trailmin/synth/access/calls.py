"""Calls as a policy on a resource sees them: who, with which condition keys, as far as the log and the state tell."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from trailmin.catalog import Catalog
from trailmin.policy import Arn, Caller, CallerKind, Policy, Request, resources_intersect
from trailmin.synth.access.model import CallerSeen
from trailmin.synth.context import is_unknown_resource, known_context
from trailmin.synth.model import CallEvidence
from trailmin.trail.event import PrincipalKind
from trailmin.usage import Outcome, PrincipalUsage, Use
from trailmin.usage.assumptions import Assumption

EXTERNAL_ID = "sts:externalid"
_NAMED = frozenset({PrincipalKind.ROLE, PrincipalKind.USER})
_STRANGER = "somebody-whom-no-policy-names"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Calls of one kind by one principal."""

    kind: PrincipalKind
    arn: str | None
    account: str | None
    name: str | None
    action: str
    resource: str
    """An ARN pattern, `*` for an unknown part."""
    outcome: Outcome
    evidence: CallEvidence
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Condition keys (lower case) to their values; none: known not to be there."""
    provider: str | None = None
    """Of a federated principal: ARN of its identity provider, where it is known."""
    sources: tuple[tuple[str, str], ...] = ()
    """Of a service: the resources that it may have acted for, each with its account. Events do not tell which."""

    @property
    def who(self) -> str:
        """For a person."""
        return self.arn or self.name or self.account or "anonymous"

    @property
    def is_named(self) -> bool:
        """Whether a policy can name just this principal."""
        return self.kind in _NAMED and self.arn is not None and ":iam::" in self.arn

    def callers(self, policies: Sequence[Policy]) -> tuple[Caller, ...]:
        """Who may have called: one, or of an unnamed principal everybody whom the policies tell apart."""
        if self.is_named:
            kind = CallerKind.ROLE if self.kind is PrincipalKind.ROLE else CallerKind.USER
            return (Caller(kind=kind, name=self.arn or "", account=self.account),)
        if self.kind is PrincipalKind.SERVICE and self.name is not None:
            return (Caller(kind=CallerKind.SERVICE, name=self.name),)
        if self.kind is PrincipalKind.FEDERATED and not self._is_federated_user:
            return tuple(Caller(kind=CallerKind.FEDERATED, name=name) for name in self._providers(policies))
        if self.kind is PrincipalKind.FEDERATED and self.arn is not None:
            return (Caller(kind=CallerKind.FEDERATED_USER, name=self.arn, account=self.account, session=self.arn),)
        return tuple(self._somebody(policies))

    @property
    def _is_federated_user(self) -> bool:
        return self.arn is not None and ":federated-user/" in self.arn

    def _providers(self, policies: Sequence[Policy]) -> list[str]:
        if self.provider is not None:
            return [self.provider]
        return sorted({v for kind, v in _values(policies) if kind == "Federated"}) or [_STRANGER]

    def _somebody(self, policies: Sequence[Policy]) -> Iterator[Caller]:
        """Of an account whose principal is not told: its root user, each that is named, and one that is not."""
        if self.account is None or self.kind is PrincipalKind.ANONYMOUS:
            yield Caller(kind=CallerKind.ANONYMOUS, name="*")
            return
        yield Caller(kind=CallerKind.ROOT, name=f"arn:aws:iam::{self.account}:root", account=self.account)
        if self.kind is PrincipalKind.ROOT:
            return
        yield Caller(kind=CallerKind.ROLE, name=f"arn:aws:iam::{self.account}:role/{_STRANGER}", account=self.account)
        for value in sorted({v for kind, v in _values(policies) if kind == "AWS"}):
            arn = Arn.parse(value)
            if arn is not None and arn.account == self.account and arn.resource.startswith(("role/", "user/")):
                kind = CallerKind.ROLE if arn.resource.startswith("role/") else CallerKind.USER
                yield Caller(kind=kind, name=value, account=self.account)

    def requests(self, caller: Caller) -> tuple[Request, ...]:
        """The requests that it may have been, by one of those who may have made it: one for each source."""
        known = {**caller.context(), **self.context, **self._subject(caller)}
        behind = [{"aws:sourcearn": (arn,), "aws:sourceaccount": (account,)} for arn, account in self.sources] or [{}]
        return tuple(
            Request(action=self.action, resource=self.resource, context={**known, **source}) for source in behind
        )

    def _subject(self, caller: Caller) -> Mapping[str, tuple[str, ...]]:
        if caller.kind is CallerKind.FEDERATED and self.name is not None and self.provider is None:
            return {f"{provider_name(caller.name)}:sub".lower(): (self.name,)}
        return {}


def provider_name(provider: str) -> str:
    """The name that an identity provider's condition keys begin with.

    Source: IAM User Guide, "IAM and AWS STS condition context keys", keys for web identity federation.
    """
    return provider.partition(":oidc-provider/")[2] or provider


def calls_on(
    resource: str, usage: Iterable[PrincipalUsage], strangers: frozenset[tuple[str, str]], catalog: Catalog
) -> tuple[Call, ...]:
    """Return the calls on a resource and what is in it, by everybody, in the order of `usage`."""
    service = resource.split(":")[2]
    within = (resource, f"{resource}/*", f"{resource}:*")
    return tuple(
        _call(principal, use, catalog)
        for principal in usage
        for use in principal.uses
        if use.action.split(":", maxsplit=1)[0] == service
        and not is_unknown_resource(use, catalog)
        and any(resources_intersect(use.resource, pattern) for pattern in within)
        and not _is_told_twice(principal, use, strangers)
    )


def calls_of_role(role_arn: str, assumptions: Iterable[Assumption]) -> tuple[Call, ...]:
    """Return the calls by which a role was assumed, each action of them by itself."""
    wanted = _role_key(role_arn)
    found = (one for one in assumptions if _role_key(one.role_arn) == wanted)
    return tuple(call for one in found for call in _assumptions(one, role_arn))


def callers_seen(calls: Iterable[Call]) -> tuple[CallerSeen, ...]:
    """Return who called, by kind and name."""
    grouped: dict[tuple[str, str], list[Call]] = {}
    for call in calls:
        grouped.setdefault((call.kind.value, call.who), []).append(call)
    return tuple(_caller_seen(found) for _, found in sorted(grouped.items()))


def evidence_of_calls(calls: Iterable[Call]) -> CallEvidence:
    """Return the evidence of several calls as one."""
    found = [call.evidence for call in calls]
    if not found:
        return CallEvidence()
    return CallEvidence(
        calls=sum(one.calls for one in found),
        first_seen=min((one.first_seen for one in found if one.first_seen), default=None),
        last_seen=max((one.last_seen for one in found if one.last_seen), default=None),
        event_ids=tuple(sorted({i for one in found for i in one.event_ids})[:3]),
    )


def _caller_seen(calls: Sequence[Call]) -> CallerSeen:
    went_through = [call for call in calls if call.outcome is not Outcome.DENIED]
    return CallerSeen(
        kind=calls[0].kind,
        name=calls[0].who,
        account=calls[0].account,
        actions=tuple(sorted({call.action for call in calls})),
        evidence=evidence_of_calls(went_through),
        denied=sum(call.evidence.calls for call in calls if call.outcome is Outcome.DENIED),
    )


def _is_told_twice(principal: PrincipalUsage, use: Use, strangers: frozenset[tuple[str, str]]) -> bool:
    """Whether a caller of which only the account is told is always one whom another record names."""
    if principal.kind is not PrincipalKind.ACCOUNT:
        return False
    return (principal.account, use.event_source) not in strangers


def _call(principal: PrincipalUsage, use: Use, catalog: Catalog) -> Call:
    return Call(
        kind=principal.kind,
        arn=principal.arn,
        account=principal.account,
        name=principal.name,
        action=use.action,
        resource=use.resource,
        outcome=use.outcome,
        evidence=CallEvidence(
            calls=use.count, first_seen=use.first_seen, last_seen=use.last_seen, event_ids=use.event_ids
        ),
        context=known_context(use, catalog),
    )


def _assumptions(one: Assumption, role_arn: str) -> Iterator[Call]:
    is_direct = one.event_name == "AssumeRole"
    context: dict[str, tuple[str, ...]] = {}
    if is_direct:
        context[EXTERNAL_ID] = (one.external_id,) if one.external_id is not None else ()
    if one.source_identity is not None:
        context["sts:sourceidentity"] = (one.source_identity,)
    actions = [one.event_name]
    actions += ["TagSession"] if one.has_tags else []
    actions += ["SetSourceIdentity"] if one.source_identity is not None else []
    for action in actions:
        yield Call(
            kind=one.kind,
            arn=one.arn,
            account=one.account,
            name=one.name,
            action=f"sts:{action}",
            resource=role_arn,
            outcome=one.outcome,
            evidence=CallEvidence(
                calls=one.count, first_seen=one.first_seen, last_seen=one.last_seen, event_ids=one.event_ids
            ),
            context=context,
            provider=one.provider,
        )


def _role_key(arn: str) -> tuple[str, str]:
    """A role by account and name, which are unique whatever its path."""
    parts = arn.split(":", 5)
    return (parts[4], parts[5].rpartition("/")[2]) if len(parts) == 6 else ("", arn)


def _values(policies: Sequence[Policy]) -> Iterator[tuple[str, str]]:
    for policy in policies:
        for statement in policy.statements:
            for group in statement.principals:
                yield from ((group.kind, value) for value in group.values)
