"""Proposals for all roles: judge each, tighten each policy once, check each role."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from fnmatch import fnmatchcase
from itertools import chain

from trailmin.catalog import Catalog
from trailmin.current import PolicyInForce, PolicyKind, Role, StateInForce
from trailmin.synth.check import check
from trailmin.synth.generate import POLICY_NAME, NotGenerated, generate_policy
from trailmin.synth.grants import allow_statements
from trailmin.synth.judged import Judged, JudgedStatement, KnownVerdicts, RoleEvidence
from trailmin.synth.match_roles import Match, match_roles
from trailmin.synth.model import (
    Activity,
    ChangeKind,
    Mode,
    Options,
    PolicyChange,
    ProofResult,
    Proposal,
    ReplayResult,
    Status,
    Verdict,
    Window,
)
from trailmin.synth.permission_sets import assign_parts, check_set, thin_evidence_of, whole_in_set
from trailmin.synth.quotas import fit_quotas
from trailmin.synth.rollout import as_it_is, staged
from trailmin.synth.since import begins_as_one, grant_began
from trailmin.synth.tighten import Tightened, changes_of, sizes_after, tighten_policy
from trailmin.synth.verdicts import judge
from trailmin.usage import Coverage, PolicyChangeEvent, PrincipalUsage


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the lake tells of all roles in one window."""

    usage: Sequence[PrincipalUsage]
    coverage: Coverage
    changes: Sequence[PolicyChangeEvent] = ()
    """Changes to IAM policies, oldest first."""


def propose(state: StateInForce, evidence: Evidence, catalog: Catalog, options: Options) -> tuple[Proposal, ...]:
    """Return a proposal for every role in the state in force and every role seen in the log, by account and name."""
    run = _Run(state, evidence, catalog, options)
    return run.proposals()


def tighten_roles(
    state: StateInForce, evidence: Evidence, catalog: Catalog, options: Options
) -> Mapping[tuple[str, str], tuple[Tightened, ...]]:
    """Return what would become of the policies of each role in force, by account and name: no guards, no checks."""
    run = _Run(state, evidence, catalog, replace(options, ignore_guards=True))
    return {match.key: run.tightened(match)[0] for match in run.matches if match.is_in_force}


class _Run:
    """One run over all roles. Policies that several roles share are tightened to the union of their use."""

    def __init__(self, state: StateInForce, evidence: Evidence, catalog: Catalog, options: Options) -> None:
        self._state = state
        self._evidence = evidence
        self._catalog = catalog
        self._options = options
        coverage = evidence.coverage
        self._window = Window(since=coverage.since, until=coverage.until)
        self.matches = match_roles(state, evidence.usage)
        self._objections = {m.key: self._objection(m) for m in self.matches}
        known: KnownVerdicts = {}
        self._judged = {m.key: self._judge(m, known) for m in self.matches if m.is_in_force}
        self._frozen = self._frozen_policies()

    def proposals(self) -> tuple[Proposal, ...]:
        """Return all proposals. What a role holds for which a check failed stays as it is for the others too."""
        while True:
            proposals = {match.key: self._proposal_for(match) for match in self.matches}
            withheld = [m for m in self.matches if proposals[m.key].status is Status.WITHHELD]
            if not self._freeze_policies_of(withheld):
                return tuple(self._reported(proposal) for proposal in proposals.values())

    def _reported(self, proposal: Proposal) -> Proposal:
        if self._options.mode is not Mode.OBSERVE or not proposal.is_emitted:
            return proposal
        return replace(proposal, status=Status.OBSERVED, reason=f"nothing is changed, only observed: {proposal.reason}")

    def _freeze_policies_of(self, withheld: Sequence[Match]) -> bool:
        """Freeze the policies that others hold too, and return whether one was not frozen before."""
        frozen = {
            policy_identity(
                policy, match.role
            ): f"{policy.name} stays as it is: {match.arn} holds it too, and is not tightened"
            for match in withheld
            for policy in match.role.policies
            if policy.kind is PolicyKind.CUSTOMER_MANAGED and len(policy.attached_to) > 1
        }
        new = {identity: reason for identity, reason in frozen.items() if identity not in self._frozen}
        self._frozen |= new
        return bool(new)

    def _proposal_for(self, match: Match) -> Proposal:
        if not match.is_in_force:
            return self._generated(match)
        judged = self._judged[match.key]
        objection = self._objections[match.key]
        if objection is not None:
            status, reason = objection
            return self._proposal(match, status, _with_doubt(status, reason, judged), judged)
        return self._tightened(match, judged)

    def tightened(self, match: Match) -> tuple[tuple[Tightened, ...], tuple[str, ...]]:
        """Return what becomes of each policy of a role in force, within the quotas, and notes on that."""
        judged = self._judged[match.key]
        coverage = self._evidence.coverage
        in_use = {service for part in match.parts for service in coverage.services_in_use(part.account)}
        texts: Sequence[Tightened] = [self._tighten(policy, match, judged) for policy in match.role.policies]
        notes: tuple[str, ...] = ()
        if match.role.permission_set is not None:
            texts, notes = whole_in_set(match, texts)
        fitted, more = fit_quotas(texts, lambda action: _IN_USE if action.split(":", maxsplit=1)[0] in in_use else 1.0)
        return fitted, (*notes, *more)

    def _tightened(self, match: Match, judged: Sequence[JudgedStatement]) -> Proposal:
        texts, notes = self.tightened(match)
        judged = _with_what_stays(judged, texts)
        is_set = match.role.permission_set is not None
        changes = changes_of(texts, match.arn)
        notes = (*notes, *(() if is_set else self._frozen_notes(match)))
        if not changes:
            return self._proposal(
                match, Status.UNCHANGED, "what is granted is used or has to stay", judged, notes=notes
            )
        if is_set:
            proof, replayed = check_set(match, texts, changes, self._catalog)
        else:
            proof, replayed = check(texts, match.usage.uses if match.usage is not None else (), self._catalog)
        passed = proof.proven and replayed.passed
        return self._proposal(
            match,
            Status.TIGHTENED if passed else Status.WITHHELD,
            _summary(judged) if passed else "a check of our own output failed; nothing is proposed",
            judged,
            changes=changes if passed else (),
            proof=proof,
            replayed=replayed,
            sizes=sizes_after(texts),
            notes=notes,
        )

    def _tighten(self, policy: PolicyInForce, match: Match, judged: Sequence[JudgedStatement]) -> Tightened:
        identity = policy_identity(policy, match.role)
        if identity in self._frozen and match.role.permission_set is None:
            return Tightened(before=policy, text=policy.text, plans=())
        own = [j for j in judged if j.ref.policy is policy]
        if policy.kind is PolicyKind.CUSTOMER_MANAGED and match.role.permission_set is None:
            alone = tighten_policy(policy, own, self._catalog)
            if alone.text is None:
                return alone
            own = self._judged_by_all(identity)
        return tighten_policy(policy, own, self._catalog)

    def _judged_by_all(self, identity: "PolicyIdentity") -> list[JudgedStatement]:
        return [
            j
            for m in self.matches
            if m.is_in_force
            for j in self._judged[m.key]
            if policy_identity(j.ref.policy, m.role) == identity
        ]

    def _frozen_policies(self) -> dict["PolicyIdentity", str]:
        """Shared policies that have to stay, and why: another holder cannot be judged."""
        frozen: dict[PolicyIdentity, str] = {}
        in_force = {m.arn: m for m in self.matches if m.is_in_force}
        for match in in_force.values():
            for policy in match.role.policies:
                if policy.kind is not PolicyKind.CUSTOMER_MANAGED:
                    continue
                if policy.unlisted_holders:
                    reason = (
                        f"{policy.name} stays as it is: {policy.unlisted_holders} more hold it than the snapshot lists"
                    )
                    frozen.setdefault(policy_identity(policy, match.role), reason)
                for bounded in policy.bounds:
                    reason = f"{policy.name} stays as it is: it is the permissions boundary of {bounded}"
                    frozen.setdefault(policy_identity(policy, match.role), reason)
                for holder in policy.attached_to:
                    other = in_force.get(holder)
                    if other is None:
                        reason = f"{policy.name} stays as it is: it is also attached to {holder}, which is not judged"
                    elif self._objections[other.key] is not None and other.key != match.key:
                        reason = f"{policy.name} stays as it is: {holder} holds it too, and is not tightened"
                    else:
                        continue
                    frozen.setdefault(policy_identity(policy, match.role), reason)
        return frozen

    def _judge(self, match: Match, known: KnownVerdicts) -> tuple[JudgedStatement, ...]:
        role = match.role
        if role.is_service_linked or _is_left_to_its_set(role):
            return ()
        statements = allow_statements(role.policies)
        changes = self._evidence.changes
        arns = {one.arn for part in match.parts for one in part.roles}
        snapshots = [self._state.accounts.get(part.account or "") for part in match.parts]
        newest = datetime.combine(self._window.until + timedelta(days=1), time(), UTC)
        judged = judge(
            statements,
            RoleEvidence(
                role=role,
                accounts=tuple(part.account for part in match.parts),
                usage=match.usage,
                assignment=assign_parts(match.parts, statements, self._catalog),
                coverage=self._evidence.coverage,
                account=snapshots[0] if role.permission_set is None else None,
                last_accessed=tuple(
                    access
                    for snapshot in snapshots
                    for access in (snapshot.last_accessed if snapshot is not None else None) or ()
                    if access.role_arn in arns
                ),
                began=lambda grant: _latest(
                    grant_began(grant, one, changes) for one in _holders(match, grant.ref.policy)
                ),
                begins_as_one=lambda policy: all(begins_as_one(policy, r, changes) for r in _holders(match, policy)),
                newest=newest - timedelta(days=self._options.minimum_days),
                catalog=self._catalog,
                options=self._options,
            ),
            known,
        )
        return staged(judged, self._options.mode)

    def _objection(self, match: Match) -> tuple[Status, str] | None:
        """Why a role is not to be tightened."""
        if (not_ours := self._not_ours(match)) is not None:
            return not_ours
        if not match.role.policies:
            return Status.UNCHANGED, "no policy grants it anything"
        return None if self._options.ignore_guards else self._guard(match)

    def _not_ours(self, match: Match) -> tuple[Status, str] | None:
        role = match.role
        if role.is_service_linked:
            return Status.EXPLAINED, "a service-linked role: AWS owns its policy, nobody else can edit it"
        if _is_left_to_its_set(role):
            return Status.EXPLAINED, "made by IAM Identity Center: its policy is edited in the permission set"
        if any(fnmatchcase(text or "", glob) for glob in self._options.keep_roles for text in (*role.names, match.arn)):
            return Status.EXCLUDED, "the configuration says to keep it"
        return None

    def _guard(self, match: Match) -> tuple[Status, str] | None:
        thin = thin_evidence_of(match, self._window, self._evidence.coverage, self._options)
        if thin is not None:
            return Status.INSUFFICIENT_EVIDENCE, f"insufficient evidence: {thin}"
        if match.usage is None or not match.usage.active_dates:
            what = "permission set" if match.role.permission_set is not None else "role"
            return Status.UNUSED_ROLE, f"no call in {self._window.days} days: consider to delete the {what}"
        return None

    def _generated(self, match: Match) -> Proposal:
        not_ours = self._not_ours(match)
        if not_ours is not None and not_ours[0] is Status.EXCLUDED:
            return self._proposal(match, *not_ours, ())
        accounts = [self._state.accounts.get(part.account or "") for part in match.parts]
        if all(account is not None and account.has_roles for account in accounts):
            return self._proposal(match, Status.EXPLAINED, "not in the snapshot: deleted, or made after it", ())
        uses = match.usage.uses if match.usage is not None else ()
        made = generate_policy(uses, self._catalog, level=self._options.resources)
        is_set = match.role.permission_set is not None
        told = _NOT_IN_SNAPSHOT if is_set else not_ours[1] if not_ours is not None else None
        notes = (*((told,) if told is not None else ()), *made.notes)
        if isinstance(made, NotGenerated):
            return self._proposal(match, Status.GENERATED, made.reason, (), notes=notes)
        change = PolicyChange(kind=ChangeKind.PUT_INLINE, name=POLICY_NAME, policy=None, new_text=made.text)
        reason = "no policy in force was given: this is what the role used"
        return self._proposal(match, Status.GENERATED, reason, (), changes=(change,), notes=notes)

    def _frozen_notes(self, match: Match) -> tuple[str, ...]:
        frozen = [self._frozen.get(policy_identity(p, match.role)) for p in match.role.policies]
        return tuple(note for note in frozen if note is not None)

    def _proposal(
        self,
        match: Match,
        status: Status,
        reason: str,
        judged: Sequence[JudgedStatement],
        *,
        changes: tuple[PolicyChange, ...] = (),
        proof: ProofResult | None = None,
        replayed: ReplayResult | None = None,
        sizes: Mapping[str, int] | None = None,
        notes: tuple[str, ...] = (),
    ) -> Proposal:
        return Proposal(
            role=match.role,
            role_arn=match.arn,
            account=match.account,
            status=status,
            reason=reason,
            window=self._window,
            activity=_activity(match.usage),
            verdicts=tuple(j.verdict for j in _grants(judged)),
            changes=changes,
            proof=proof,
            replay=replayed,
            sizes=sizes or {},
            notes=(*notes, *match.notes),
        )


_NOT_IN_SNAPSHOT = "made by IAM Identity Center: this is for the inline policy of the permission set"

_IN_USE = 10.0
"""Weight of an action of a service that the account uses, where there is no room to name all that stays; of others 1.
What an account does not use, it has little of to lose."""

PolicyIdentity = tuple[str, str, str]


def policy_identity(policy: PolicyInForce, role: Role) -> PolicyIdentity:
    """Return what is the same for a policy in the hands of every role that holds it."""
    if policy.kind is PolicyKind.CUSTOMER_MANAGED:
        return (policy.account or "", policy.arn or policy.name, "")
    return (role.account or "", role.name, policy.arn or policy.name)


def _is_left_to_its_set(role: Role) -> bool:
    """Whether IAM Identity Center made a role, and what its permission set says is not known."""
    return role.is_sso and role.permission_set is None


def _holders(match: Match, policy: PolicyInForce) -> Iterator[Role]:
    """Whose dates tell since when a grant is in force: the role's, for a permission set those of its roles as well."""
    yield match.role
    for part in match.parts if match.role.permission_set is not None else ():
        if any(one is policy for one in part.policies):
            yield from part.roles


def _latest(times: Iterable[datetime | None]) -> datetime | None:
    return max((time for time in times if time is not None), default=None)


def _grants(judged: Sequence[JudgedStatement]) -> Iterator[Judged]:
    return chain.from_iterable(one.grants for one in judged)


def _with_what_stays(judged: Sequence[JudgedStatement], texts: Sequence[Tightened]) -> tuple[JudgedStatement, ...]:
    """The verdicts, those on grants that stay for want of room with what stays."""
    stays = {plan.ref.key: plan.stays for text in texts for plan in text.plans if plan.stays}
    return tuple(
        replace(one, grants=tuple(_staying(one, stays[one.ref.key]))) if one.ref.key in stays else one for one in judged
    )


def _staying(judged: JudgedStatement, stays: Set[str]) -> Iterator[Judged]:
    reason = "stays as it is, since there is no room to spell out what has to stay"
    for one in judged.grants:
        yield as_it_is(one, judged.ref.statement, reason) if one.verdict.action in stays else one


def _with_doubt(status: Status, reason: str, judged: Sequence[JudgedStatement]) -> str:
    """A role without calls is not called unused without a word on the grants whose use could not have shown."""
    if status is not Status.UNUSED_ROLE:
        return reason
    verdicts = [j.verdict.verdict for j in _grants(judged)]
    if accessed := verdicts.count(Verdict.USED):
        return f"{reason}; but AWS's last-accessed data has {accessed} of its {len(verdicts)} grants in use"
    unseen = verdicts.count(Verdict.NOT_OBSERVABLE) + verdicts.count(Verdict.TOO_NEW)
    if not unseen:
        return reason
    return f"{reason}; but {unseen} of its {len(verdicts)} grants need not have shown, or are too new"


def _activity(usage: PrincipalUsage | None) -> Activity:
    if usage is None:
        return Activity()
    return Activity(
        events=usage.events,
        denied=usage.denied,
        undetermined=usage.undetermined,
        unmapped=sum(u.count for u in usage.unmapped),
        active_days=len(usage.active_dates),
        first_seen=usage.first_seen,
        last_seen=usage.last_seen,
        workloads=usage.workloads,
    )


def _summary(judged: Sequence[JudgedStatement]) -> str:
    grants = list(_grants(judged))
    gone = sum(not j.kept for j in grants)
    narrowed = sum(bool(j.kept) and j.verdict.kept != j.verdict.resources for j in grants)
    return f"{gone:,} of {len(grants):,} grants go, {narrowed:,} {'is' if narrowed == 1 else 'are'} narrowed"
