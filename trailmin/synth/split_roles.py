"""One role for each workload, in place of a role that several share (DESIGN 2: a workload is what runs under a role).

Each gets the policies that are proposed for its own calls, within those of the shared role: the same verdicts, proof
and replay. What cannot be told apart stays on the shared role, which is not changed.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from trailmin.catalog import Catalog
from trailmin.current import AccountSnapshot, LambdaFunction, PolicyKind, Role, StateInForce
from trailmin.policy import Policy, resource_meet
from trailmin.synth.match_roles import Match
from trailmin.synth.model import ChangeKind, Options, Proposal, Status
from trailmin.synth.propose import Evidence, propose
from trailmin.synth.split_trust import trust_for_identity, trust_for_service
from trailmin.usage import PrincipalUsage, Use
from trailmin.usage.workloads import SessionDays, Workload, WorkloadKind, WorkloadUsage, joined, split_usage

_SERVICES = {
    WorkloadKind.FUNCTION: "lambda.amazonaws.com",
    WorkloadKind.INSTANCE: "ec2.amazonaws.com",
    WorkloadKind.TASK: "ecs-tasks.amazonaws.com",
}
_TOGETHER = {WorkloadKind.INSTANCE: "ec2-instances", WorkloadKind.TASK: "ecs-tasks"}
"""Kinds that come and go: those of today are not those of tomorrow, so they get one role together."""

_NAME_LENGTH = 64
_UNSAFE = re.compile(r"[^\w+=,.@-]", re.ASCII)
"""Source of both: IAM API Reference, CreateRole, RoleName."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRole:
    """A role for one workload."""

    workload: Workload
    members: tuple[str, ...]
    """Sessions: the function's, or all instances or tasks that were seen."""
    functions: tuple[LambdaFunction, ...]
    """Of a function: what is to be given the role."""
    name: str
    arn: str | None
    """None where the account is unknown."""
    path: str
    trust: Policy
    boundary: str | None
    """ARN of the permissions boundary, that of the shared role."""
    inline: tuple[tuple[str, str], ...]
    """Name and text of each inline policy."""
    attached: tuple[str, ...]
    """ARNs of managed policies that stay whole."""
    proposal: Proposal
    """Made from the workload's calls alone, against the policies of the shared role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """A workload that stays on the shared role."""

    workload: Workload
    calls: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitRole:
    """A shared role, the roles that take its place, and what stays on it."""

    role: Role
    role_arn: str | None
    account: str | None
    new_roles: tuple[NewRole, ...]
    remaining: tuple[Remaining, ...]
    foreign_calls: int = 0
    """Authorizations of the new roles' workloads that something else than the role's policies granted: policies of
    resources, which have to name the new roles too."""


def split_role(
    match: Match,
    days: SessionDays,
    state: StateInForce,
    evidence: Evidence,
    catalog: Catalog,
    options: Options,
) -> SplitRole | None:
    """Return a role for each workload of a role; None for a role with fewer than two, or none in force.

    Args:
        match: The role and what it did.
        days: Of its sessions.
        state: The state in force; its functions tell Lambda's sessions.
        evidence: Of the whole window.
        catalog: What IAM knows.
        options: Those of the proposals.
    """
    if not match.is_in_force or match.usage is None or match.role.is_service_linked or match.role.is_sso:
        return None
    splitter = _Splitter(match, match.usage, days, state, evidence, catalog, options)
    return splitter.split()


class _Splitter:
    def __init__(
        self,
        match: Match,
        usage: PrincipalUsage,
        days: SessionDays,
        state: StateInForce,
        evidence: Evidence,
        catalog: Catalog,
        options: Options,
    ) -> None:
        self._match, self._usage, self._days = match, usage, days
        self._state, self._evidence, self._catalog, self._options = state, evidence, catalog, options
        snapshot = state.accounts.get(match.account or "")
        self._snapshot = snapshot or AccountSnapshot(account=match.account or "")
        functions = self._snapshot.functions or ()
        self._functions = {f.name: f for f in functions if f.role_arn == match.arn}
        self._taken = {role.name.lower() for role in state.roles if role.account == match.role.account}

    def split(self) -> SplitRole | None:
        workloads = self._workloads()
        if len(workloads) + len(self._idle(workloads)) < 2:
            return None
        found = [self._new_role(one) for one in workloads]
        new_roles = tuple(one for one in found if isinstance(one, NewRole))
        replays = (one.proposal.replay for one in new_roles)
        return SplitRole(
            role=self._match.role,
            role_arn=self._match.arn,
            account=self._match.account,
            new_roles=new_roles,
            remaining=(*(one for one in found if isinstance(one, Remaining)), *self._idle(workloads)),
            foreign_calls=sum(replay.not_granted for replay in replays if replay is not None),
        )

    def _workloads(self) -> tuple[WorkloadUsage, ...]:
        names = self._functions.keys() if self._snapshot.functions is not None else None
        usage = replace(self._usage, uses=tuple(self._attributed(use) for use in self._usage.uses))
        groups: dict[Workload, list[WorkloadUsage]] = defaultdict(list)
        for one in split_usage(usage, self._days, names):
            kind = one.workload.kind
            groups[Workload(kind=kind, name=_TOGETHER.get(kind, one.workload.name))].append(one)
        found = (joined(usage, self._days, workload, ones) for workload, ones in groups.items())
        return tuple(one for one in found if one.usage.uses or one.workload.kind is not WorkloadKind.POLLER)

    def _attributed(self, use: Use) -> Use:
        """A poll of a source that one function alone is mapped to is that function's."""
        if not (use.workload or "").startswith("awslambda_"):
            return use
        by_arn = {function.arn: name for name, function in self._functions.items()}
        mappings = self._snapshot.event_source_mappings or ()
        readers = {
            by_arn.get(m.function_arn) for m in mappings if resource_meet(m.source_arn, use.resource) is not None
        }
        reader = readers.pop() if len(readers) == 1 else None
        return use if reader is None else replace(use, workload=reader)

    def _idle(self, workloads: Sequence[WorkloadUsage]) -> tuple[Remaining, ...]:
        active = {one.workload.name for one in workloads if one.workload.kind is WorkloadKind.FUNCTION}
        return tuple(
            Remaining(
                workload=Workload(kind=WorkloadKind.FUNCTION, name=name),
                calls=0,
                reason="no call in the window: what it needs is not known",
            )
            for name in sorted(self._functions.keys() - active)
        )

    def _new_role(self, one: WorkloadUsage) -> NewRole | Remaining:
        trust = self._trust(one.workload)
        if isinstance(trust, str):
            return self._stays(one, trust)
        proposal = self._proposal(one)
        if proposal.status not in {Status.TIGHTENED, Status.UNCHANGED, Status.OBSERVED}:
            return self._stays(one, proposal.reason)
        role, name = self._match.role, self._name(one.workload.name)
        functions = (self._functions[one.workload.name],) if one.workload.kind is WorkloadKind.FUNCTION else ()
        account = self._match.account
        return NewRole(
            workload=one.workload,
            members=tuple(session for session in one.sessions if session is not None),
            functions=functions,
            name=name,
            arn=f"arn:{_partition(self._match.arn)}:iam::{account}:role{role.path}{name}" if account else None,
            path=role.path,
            trust=trust,
            boundary=role.boundary.arn if role.boundary is not None else None,
            inline=tuple(_inline(proposal)),
            attached=tuple(_attached(proposal)),
            proposal=proposal,
        )

    def _stays(self, one: WorkloadUsage, reason: str) -> Remaining:
        return Remaining(workload=one.workload, calls=one.usage.events, reason=reason)

    def _trust(self, workload: Workload) -> Policy | str:
        """Who may assume the role of a workload, or why it can have none of its own."""
        match workload.kind:
            case WorkloadKind.FUNCTION | WorkloadKind.INSTANCE | WorkloadKind.TASK:
                service = _SERVICES[workload.kind]
                trust = trust_for_service(self._match.role.trust, service)
                return trust or f"the trust policy of the role is not seen to let in {service}"
            case WorkloadKind.SOURCE_IDENTITY:
                trust = trust_for_identity(self._match.role.trust, workload.name)
                return trust or "the trust policy is unknown, or speaks of source identities already"
            case WorkloadKind.POLLER:
                return "Lambda polls for several functions under one session"
            case WorkloadKind.SESSION:
                if self._snapshot.functions is None:
                    return "the snapshot does not list the account's functions (functions.json)"
                return "its sessions' names were chosen by the caller"

    def _proposal(self, one: WorkloadUsage) -> Proposal:
        snapshot = self._snapshot
        if snapshot.functions is not None:
            ours = tuple(f for name, f in self._functions.items() if name == one.workload.name)
            snapshot = replace(snapshot, functions=ours)
        state = StateInForce(
            roles=(_alone(self._match.role),), accounts={**self._state.accounts, snapshot.account: snapshot}
        )
        evidence = replace(self._evidence, usage=(one.usage,))
        found = propose(state, evidence, self._catalog, self._options)
        return next(proposal for proposal in found if proposal.role.name == self._match.role.name)

    def _name(self, workload: str) -> str:
        wanted = _UNSAFE.sub("_", f"{self._match.role.name}-{workload}")
        digest = hashlib.sha256(f"{self._match.arn} {workload}".encode("utf-8", "surrogatepass")).hexdigest()[:8]
        if len(wanted) > _NAME_LENGTH or wanted.lower() in self._taken:
            wanted = f"{wanted[: _NAME_LENGTH - 9]}-{digest}"
        self._taken.add(wanted.lower())
        return wanted


def _partition(arn: str | None) -> str:
    return arn.split(":")[1] if arn is not None else "aws"


def _alone(role: Role) -> Role:
    """The role as if it shared no policy: what changes of a managed one becomes an inline policy of the new role."""
    return replace(
        role,
        policies=tuple(
            policy
            if policy.kind is PolicyKind.INLINE
            else replace(policy, kind=PolicyKind.AWS_MANAGED, attached_to=(), bounds=())
            for policy in role.policies
        ),
    )


def _changed(proposal: Proposal) -> Mapping[str, ChangeKind]:
    """What is changed of the role's policies, by ARN or name."""
    return {c.policy.arn or c.policy.name: c.kind for c in proposal.changes if c.policy is not None}


def _inline(proposal: Proposal) -> Iterator[tuple[str, str]]:
    changed = _changed(proposal)
    for policy in proposal.role.policies:
        if policy.kind is PolicyKind.INLINE and policy.name not in changed:
            yield policy.name, policy.text
    for change in proposal.changes:
        if change.new_text is not None:
            yield change.name, change.new_text


def _attached(proposal: Proposal) -> Iterator[str]:
    changed = _changed(proposal)
    for policy in proposal.role.policies:
        if policy.kind is not PolicyKind.INLINE and policy.arn is not None and policy.arn not in changed:
            yield policy.arn
