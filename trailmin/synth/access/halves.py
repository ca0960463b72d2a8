"""Both sides of access between accounts: what the caller's account allows, and what the resource's account does.

A call from one account to a resource of another needs an Allow on both sides, and a Deny on neither.
Source: IAM User Guide, "Cross-account policy evaluation logic".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from trailmin.current import Role, StateInForce
from trailmin.policy import (
    Arn,
    Caller,
    CallerKind,
    DecisionKind,
    Effect,
    Policy,
    Principals,
    Request,
    Statement,
    StatementRef,
    decide,
)
from trailmin.synth.access.check import about
from trailmin.synth.access.view import is_whole_account
from trailmin.trail.event import PrincipalKind
from trailmin.usage import Outcome, PrincipalUsage


class HalfState(StrEnum):
    """How one side stands to a call."""

    ALLOWS = "allows"
    ALLOWS_UNDER_CONDITIONS = "allows under conditions"
    """Which the log does not decide."""
    TOO_WIDE = "too wide"
    """It allows the call, and much else."""
    MISSING = "missing"
    DENIES = "denies"
    UNKNOWN = "unknown"
    """The policies of this side are not given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Half:
    """One side."""

    state: HalfState
    text: str
    """A clause for a person."""
    needed: Statement
    """The statement that this side needs for the call, and no wider. The resource's side has a Principal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BothSides:
    """A role's calls of one action on one resource of another account."""

    role_arn: str
    action: str
    resource: str
    account: str
    """The resource's."""
    identity: Half
    on_resource: Half
    calls: int = 0
    denied: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether no side is known to stop the call."""
        stopping = {HalfState.MISSING, HalfState.DENIES}
        return self.identity.state not in stopping and self.on_resource.state not in stopping


class SidesOf:
    """Tells the two sides of calls from a state in force."""

    def __init__(self, state: StateInForce) -> None:
        self._roles = {role.arn: role for role in state.roles if role.arn is not None}
        self._policies = {p.resource: p for one in state.accounts.values() for p in one.resource_policies or ()}
        self._known = {account for account, one in state.accounts.items() if one.resource_policies is not None}
        self._not_told = {account: one.not_told for account, one in state.accounts.items()}
        self._owners = {p.resource: p.account for p in self._policies.values()}

    def tell(
        self, role_arn: str, action: str, resource: str, context: Mapping[str, tuple[str, ...]] | None = None
    ) -> BothSides | None:
        """Return both sides of a role's call; None where it stays within an account, or the resource's is not known."""
        owner, caller_account = self.owner_of(resource), role_arn.split(":")[4]
        if owner is None or owner == caller_account:
            return None
        caller = Caller(kind=CallerKind.ROLE, name=role_arn, account=caller_account)
        request = Request(action=action, resource=resource, context={**caller.context(), **(context or {})})
        return BothSides(
            role_arn=role_arn,
            action=action,
            resource=resource,
            account=owner,
            identity=self._identity(self._roles.get(role_arn), request),
            on_resource=self._on_resource(resource, owner, caller, request),
        )

    def owner_of(self, resource: str) -> str | None:
        """Return the account of a resource: its ARN's, else that of the policy on it."""
        arn = Arn.parse(resource)
        if arn is None:
            return None
        return arn.account if arn.account.isdigit() else self._owners.get(_container(resource))

    def policy_on(self, resource: str) -> Policy | None:
        """Return the policy that stands on a resource, of a role its trust policy."""
        if (role := self._roles.get(resource)) is not None:
            return role.trust
        for candidate in (resource, _container(resource)):
            if (found := self._policies.get(candidate)) is not None:
                return found.policy
        return None

    def _is_told(self, resource: str, owner: str) -> bool:
        """Whether a resource without a known policy has none."""
        service = resource.split(":")[2]
        service = "apigateway" if service == "execute-api" else service
        return owner in self._known and service not in self._not_told.get(owner, ())

    def _identity(self, role: Role | None, request: Request) -> Half:
        needed = Statement(index=0, effect=Effect.ALLOW, actions=(request.action,), resources=(request.resource,))
        if role is None:
            return Half(state=HalfState.UNKNOWN, text="the role's policies are not given", needed=needed)
        policies = [policy.policy for policy in role.policies]
        names = [policy.name for policy in role.policies]
        return _half(policies, names, request, needed, is_identity=True)

    def _on_resource(self, resource: str, owner: str, caller: Caller, request: Request) -> Half:
        on = () if request.action.startswith("sts:") else (resource,)
        named = (Principals(kind="AWS", values=(caller.name,)),)
        needed = Statement(index=0, effect=Effect.ALLOW, principals=named, actions=(request.action,), resources=on)
        policy = self.policy_on(resource)
        if policy is None and not self._is_told(resource, owner):
            return Half(state=HalfState.UNKNOWN, text="the resource's policy is not given", needed=needed)
        if policy is None:
            return Half(state=HalfState.MISSING, text="the resource has no policy", needed=needed)
        return _half([policy], ["its policy"], request, needed, caller=caller)


def both_sides(state: StateInForce, usage: Iterable[PrincipalUsage]) -> tuple[BothSides, ...]:
    """Return the calls of roles to other accounts with both sides of each, by role, action and resource.

    Objects of a bucket are taken together where both sides stand the same to them.
    """
    sides = SidesOf(state)
    found: dict[tuple[str, str, str, str, str, str], BothSides] = {}
    for principal in usage:
        if principal.kind is not PrincipalKind.ROLE or principal.arn is None:
            continue
        for use in principal.uses:
            told = sides.tell(principal.arn, use.action, use.resource)
            if told is None:
                continue
            on = _container(use.resource)
            shown = use.resource if on == use.resource else f"{on}/*"
            key = (told.role_arn, told.action, shown, told.account, told.identity.text, told.on_resource.text)
            found[key] = _added(found.get(key), told, shown, use.count, use.outcome)
    return tuple(found[key] for key in sorted(found))


def _added(held: BothSides | None, told: BothSides, shown: str, count: int, outcome: Outcome) -> BothSides:
    base = held if held is not None else replace(told, resource=shown)
    denied = count if outcome is Outcome.DENIED else 0
    return replace(base, calls=base.calls + count - denied, denied=base.denied + denied)


def _half(
    policies: Sequence[Policy],
    names: Sequence[str],
    request: Request,
    needed: Statement,
    *,
    caller: Caller | None = None,
    is_identity: bool = False,
) -> Half:
    asked = policies if caller is None else [about(policy, caller) for policy in policies]
    decision = decide(asked, request)
    where = _where(decision.by, names, asked)
    match decision.decision:
        case DecisionKind.IMPLICITLY_DENIED:
            return Half(state=HalfState.MISSING, text="no statement allows it", needed=needed)
        case DecisionKind.EXPLICITLY_DENIED:
            return Half(state=HalfState.DENIES, text=f"denied by {where}", needed=needed)
        case DecisionKind.UNDETERMINED:
            text = f"it depends on the conditions of {where}"
            return Half(state=HalfState.ALLOWS_UNDER_CONDITIONS, text=text, needed=needed)
    statement = _statement(decision.by, asked)
    if statement is not None and (wide := _width(statement, is_identity=is_identity)) is not None:
        return Half(state=HalfState.TOO_WIDE, text=f"allowed by {where}, which names {wide}", needed=needed)
    return Half(state=HalfState.ALLOWS, text=f"allowed by {where}", needed=needed)


def _statement(by: StatementRef | None, policies: Sequence[Policy]) -> Statement | None:
    return policies[by.policy].statements[by.statement] if by is not None else None


def _where(by: StatementRef | None, names: Sequence[str], policies: Sequence[Policy]) -> str:
    statement = _statement(by, policies)
    if by is None or statement is None:
        return "no statement"
    return f"{names[by.policy]}, statement {statement.sid or by.statement + 1}"


def _width(statement: Statement, *, is_identity: bool) -> str | None:
    """What a statement names that is far more than one call needs."""
    if any(action.partition(":")[2] in {"*", ""} for action in statement.actions) or statement.not_actions:
        return "all actions"
    if is_identity:
        return "all resources" if "*" in statement.resources or statement.not_resources else None
    for group in statement.principals:
        for value in group.values:
            if value == "*":
                return "everybody"
            if group.kind == "AWS" and is_whole_account(value):
                return "a whole account"
    return None


def _container(resource: str) -> str:
    """The bucket of an object; anything else as it is."""
    return resource.partition("/")[0] if resource.startswith("arn:") and ":s3:::" in resource else resource
