"""Proposals for policies on resources and for trust policies."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from trailmin.catalog import Catalog
from trailmin.current import (
    AccountSnapshot,
    Organization,
    ResourcePolicy,
    Role,
    SourceLink,
    StateInForce,
    sources_of,
)
from trailmin.policy import (
    TRUST_POLICY,
    Edit,
    Policy,
    RemoveStatement,
    ReplaceStatement,
    StatementSpec,
    apply_edits,
    parse_policy,
    policy_size,
    print_policy,
    resources_intersect,
)
from trailmin.synth.access.calls import Call, callers_seen, calls_of_role, calls_on
from trailmin.synth.access.check import prove_access, replay_access
from trailmin.synth.access.findings import findings_of
from trailmin.synth.access.judge import judge_statement, verdicts_of
from trailmin.synth.access.model import AccessFinding, AccessProposal, AccessVerdict
from trailmin.synth.access.narrow import narrow, untouched
from trailmin.synth.access.view import AccessFacts, StatementView, role_arns
from trailmin.synth.guards import thin_evidence
from trailmin.synth.match_roles import match_roles
from trailmin.synth.model import Options, ProofResult, Status, Window
from trailmin.trail.event import PrincipalKind
from trailmin.usage import Coverage, Outcome, PrincipalUsage
from trailmin.usage.assumptions import Assumption

_PUTTING = {
    "lambda": ("lambda:AddPermission",),
    "s3": ("s3:PutBucketPolicy",),
    "sqs": ("sqs:AddPermission", "sqs:SetQueueAttributes", "sqs:CreateQueue"),
    "sns": ("sns:AddPermission", "sns:SetTopicAttributes", "sns:CreateTopic"),
    "kms": ("kms:PutKeyPolicy",),
    "secretsmanager": ("secretsmanager:PutResourcePolicy",),
    "ecr": ("ecr:SetRepositoryPolicy",),
    "events": ("events:PutPermission",),
    "apigateway": ("apigateway:UpdateRestApiPolicy",),
    "iam": ("iam:UpdateAssumeRolePolicy", "iam:CreateRole"),
}
"""Service to the actions that put a policy on its resources."""

_QUOTAS = {"iam": TRUST_POLICY.limit, "s3": 20_480, "lambda": 20_480, "kms": 32_768, "secretsmanager": 20_480}
"""Characters of a policy. Source: the services' pages on quotas (20 KB; KMS 32 KB)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessEvidence:
    """What the lake tells of everybody in one window."""

    usage: Sequence[PrincipalUsage]
    assumptions: Sequence[Assumption]
    strangers: frozenset[tuple[str, str]]
    """Accounts whose callers are not told by name, each with the event source."""
    coverage: Coverage

    @property
    def window(self) -> Window:
        """Its days."""
        return Window(since=self.coverage.since, until=self.coverage.until)


def propose_resource_policies(
    state: StateInForce, evidence: AccessEvidence, catalog: Catalog, options: Options
) -> tuple[AccessProposal, ...]:
    """Return a proposal for every policy on a resource that the state in force tells, by account and ARN."""
    run = _Run(state, evidence, catalog, options)
    return tuple(
        run.proposal(policy, run.calls_on(policy), is_trust=False)
        for _, account in sorted(state.accounts.items())
        for policy in account.resource_policies or ()
    )


def propose_trust_policies(
    state: StateInForce, evidence: AccessEvidence, catalog: Catalog, options: Options
) -> tuple[AccessProposal, ...]:
    """Return a proposal for the trust policy of every role in force that AWS does not own, by account and name."""
    run = _Run(state, evidence, catalog, options)
    return tuple(
        run.proposal(policy, run.calls_of(policy.resource), is_trust=True, was_active=match.usage is not None)
        for match in match_roles(state, evidence.usage)
        if match.is_in_force and not match.role.is_service_linked and not match.role.is_sso
        for policy in _trust_policies(match.role)
    )


def _trust_policies(role: Role) -> Iterator[ResourcePolicy]:
    if role.trust is not None and role.arn is not None and role.account is not None:
        yield ResourcePolicy(
            service="iam",
            resource=role.arn,
            account=role.account,
            policy=role.trust,
            text=print_policy(role.trust),
            sources=sources_of(role.trust, [role.trust_source]) if role.trust_source is not None else (),
        )


class _Run:
    def __init__(self, state: StateInForce, evidence: AccessEvidence, catalog: Catalog, options: Options) -> None:
        self._state, self._evidence, self._catalog, self._options = state, evidence, catalog, options
        self._links = tuple(link for one in state.accounts.values() for link in one.source_links.links)
        self._roles = {
            account: role_arns([role for role in state.roles if role.account == account])
            for account, snapshot in state.accounts.items()
            if snapshot.has_roles
        }

    def calls_on(self, policy: ResourcePolicy) -> tuple[Call, ...]:
        """The calls on a resource; those of services once for each source that is configured."""
        found = calls_on(policy.resource, self._evidence.usage, self._evidence.strangers, self._catalog)
        links = self._links_to(policy)
        organization = self._organization(policy.account)
        return tuple(with_organization(_with_sources(call, links), organization) for call in found)

    def calls_of(self, role_arn: str) -> tuple[Call, ...]:
        """The calls by which a role was assumed."""
        organization = self._organization(role_arn.split(":")[4])
        found = calls_of_role(role_arn, self._evidence.assumptions)
        return tuple(with_organization(call, organization) for call in found)

    def proposal(
        self, policy: ResourcePolicy, calls: Sequence[Call], *, is_trust: bool, was_active: bool = False
    ) -> AccessProposal:
        account = self._state.accounts.get(policy.account) or AccountSnapshot(account=policy.account)
        facts = AccessFacts(
            policy=policy,
            is_trust=is_trust,
            calls=calls,
            links=self._links_to(policy),
            linked_services=account.source_links.services_known(policy.resource),
            organization=self._organization(policy.account),
            roles=self._roles,
            was_active=was_active,
            too_new=self._too_new(policy),
            coverage=self._evidence.coverage,
            catalog=self._catalog,
        )
        planned = _plan(facts)
        base = AccessProposal(
            policy=policy,
            is_trust=is_trust,
            status=Status.UNCHANGED,
            reason="what it grants is used or has to stay",
            verdicts=planned.verdicts,
            findings=planned.findings,
            callers=callers_seen(calls),
            notes=planned.notes,
        )
        return self._decided(base, planned.edits, calls)

    def _decided(self, base: AccessProposal, edits: Sequence[Edit], calls: Sequence[Call]) -> AccessProposal:
        if not edits:
            return base
        if (thin := self._thin(base.policy.account)) is not None:
            return replace(base, status=Status.INSUFFICIENT_EVIDENCE, reason=f"insufficient evidence: {thin}")
        kind = "trust" if base.is_trust else "resource"
        text = apply_edits(base.policy.text, edits, kind=kind)
        if text is None and base.is_trust:
            return replace(base, status=Status.UNUSED_ROLE, reason="nobody assumed the role: consider to delete it")
        new = parse_policy(text, kind=kind) if text is not None else None
        limit = _QUOTAS.get(base.policy.service)
        if new is not None and limit is not None and policy_size(new) > limit:
            note = f"it would have {policy_size(new):,} characters, more than {limit:,}"
            return replace(base, reason=f"stays as it is: {note}")
        return _checked(base, text, new, edits, calls)

    def _thin(self, account: str) -> str | None:
        if self._options.ignore_guards:
            return None
        known = self._evidence.coverage.accounts.get(account)
        return thin_evidence(self._evidence.window, known.dates if known else frozenset(), (), self._options)

    def _too_new(self, policy: ResourcePolicy) -> str | None:
        """A policy that was put in place too short a time ago, whoever did."""
        newest = datetime.combine(self._evidence.coverage.until + timedelta(days=1), time(), UTC)
        newest -= timedelta(days=self._options.minimum_days)
        put = [
            use.last_seen
            for principal in self._evidence.usage
            for use in principal.uses
            if use.action in _PUTTING[policy.service]
            and use.outcome is Outcome.ALLOWED
            and resources_intersect(use.resource, policy.resource)
        ]
        last = max(put, default=None)
        if last is None or last <= newest or self._options.ignore_guards:
            return None
        return f"in force only since {last:%Y-%m-%d}"

    def _links_to(self, policy: ResourcePolicy) -> tuple[SourceLink, ...]:
        within = (policy.resource, f"{policy.resource}:*", f"{policy.resource}/*")
        return tuple(link for link in self._links if any(resources_intersect(link.target, one) for one in within))

    def _organization(self, account: str) -> Organization | None:
        known = self._state.accounts.get(account)
        return known.organization if known is not None else None


_NOTHING_LEFT = ProofResult(proven=True, method="a policy without an Allow is left out, and it has no Deny")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    edits: tuple[Edit, ...]
    verdicts: tuple[AccessVerdict, ...]
    findings: tuple[AccessFinding, ...]
    notes: tuple[str, ...]


def _plan(facts: AccessFacts) -> _Planned:
    edits: list[Edit] = []
    verdicts: list[AccessVerdict] = []
    findings: list[AccessFinding] = []
    notes: list[str] = []
    for statement in facts.policy.policy.statements:
        if not statement.is_allow:
            continue
        view = StatementView(statement=statement, facts=facts)
        judged = judge_statement(view)
        if (reason := untouched(view)) is not None:
            notes.append(f"statement {statement.sid or statement.index + 1} stays as it is: {reason}")
            verdicts += verdicts_of(view, judged, None)
            findings += findings_of(view, judged, is_tied=False)
            continue
        narrowed = narrow(view, judged)
        notes += narrowed.notes
        verdicts += verdicts_of(view, judged, narrowed.kept)
        is_tied = any(c.key == "aws:SourceArn" for part in narrowed.parts for c in part.add_conditions)
        findings += findings_of(view, judged, is_tied=is_tied)
        if not narrowed.parts:
            edits.append(RemoveStatement(index=statement.index))
        elif narrowed.parts != (StatementSpec(sid=statement.sid),):
            edits.append(ReplaceStatement(index=statement.index, parts=narrowed.parts))
    return _Planned(edits=tuple(edits), verdicts=tuple(verdicts), findings=tuple(findings), notes=tuple(notes))


def _checked(
    base: AccessProposal, text: str | None, new: Policy | None, edits: Sequence[Edit], calls: Sequence[Call]
) -> AccessProposal:
    old = base.policy.policy
    proof = prove_access(new, old, base.policy.account) if new is not None else _NOTHING_LEFT
    replayed = replay_access(calls, old, new)
    if not proof.proven or not replayed.passed:
        reason = "a check of our own output failed; nothing is proposed"
        return replace(base, status=Status.WITHHELD, reason=reason, proof=proof, replay=replayed)
    return replace(
        base,
        status=Status.TIGHTENED,
        reason=_summary(base.verdicts, text),
        new_text=text,
        edits=tuple(edits),
        proof=proof,
        replay=replayed,
    )


def _summary(verdicts: Sequence[AccessVerdict], text: str | None) -> str:
    gone = sum(not verdict.kept for verdict in verdicts)
    rest = "the policy goes" if text is None else "those who stay are narrowed where the evidence carries it"
    return f"{gone} of {len(verdicts)} grants go; {rest}"


def _with_sources(call: Call, links: Sequence[SourceLink]) -> Call:
    """A service's call with the sources that are configured."""
    if call.kind is not PrincipalKind.SERVICE:
        return call
    return replace(call, sources=tuple((one.source, one.account) for one in links if one.service == call.name))


def with_organization(call: Call, organization: Organization | None) -> Call:
    """The call with the organization of who called, where its accounts are known."""
    if organization is None or organization.accounts is None or call.account is None or not call.is_named:
        return call
    member: Mapping[str, tuple[str, ...]] = {
        "aws:principalorgid": (organization.id,) if call.account in organization.accounts else ()
    }
    return replace(call, context={**call.context, **member})
