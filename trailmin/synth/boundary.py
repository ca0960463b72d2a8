"""A permissions boundary for a set of roles: what their policies allow after their proposals, and some headroom.

A boundary grants nothing; it caps. It is made of actions alone, on all resources and without conditions, so that it
never cuts what the policies of its roles allow: that is proved for each role. What a role needs in a hurry stays
possible within the headroom, and what none of the roles was meant to do stays impossible whoever writes their policies.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from trailmin.catalog import Catalog
from trailmin.errors import UsageError
from trailmin.policy import (
    MANAGED_POLICY,
    Condition,
    DecisionKind,
    Effect,
    Policy,
    Request,
    Statement,
    compress_actions,
    decide,
    policy_of,
    policy_size,
    print_policy,
)
from trailmin.synth.after import policies_after
from trailmin.synth.check import prove
from trailmin.synth.model import ProofResult, Proposal

BOUNDARY_KEY = "iam:PermissionsBoundary"
"""The condition key by which IAM's calls are tied to a boundary.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

_READ_NAMES = ("Describe*", "Get*", "List*")
_READ_LEVELS = frozenset({"List", "Read"})
_GIVING = ("Attach", "Create", "Put", "UpdateAssumeRolePolicy")
_LOOSENING = ("iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary")
_REWRITING = (
    "iam:CreatePolicyVersion",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:SetDefaultPolicyVersion",
)


class Headroom(StrEnum):
    """What a boundary allows beside what the policies of its roles do."""

    NONE = "none"
    READ = "read"
    """Reading and listing in the services that the roles work with."""
    SERVICE = "service"
    """Everything in those services."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleUnderBoundary:
    """One role, and what the boundary means to it."""

    role: str
    proof: ProofResult
    """That all its policies allow after its proposal is within the boundary."""
    findings: tuple[str, ...]
    """Ways around the boundary that its policies leave, each a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundaryProposal:
    """A boundary for roles of one account."""

    name: str
    arn: str
    text: str
    size: int
    """Characters, as AWS counts them."""
    widened: tuple[str, ...]
    """Services of which all actions are allowed because their names did not fit."""
    ties: tuple[str, ...]
    """What the added Deny statements take away, each a sentence; empty unless asked for."""
    roles: tuple[RoleUnderBoundary, ...]

    @property
    def is_proven(self) -> bool:
        """Whether it cuts nothing that any of the roles is allowed."""
        return all(role.proof.proven for role in self.roles)


def propose_boundary(
    proposals: Sequence[Proposal], catalog: Catalog, *, name: str, headroom: Headroom = Headroom.READ, tie: bool = False
) -> BoundaryProposal:
    """Return a boundary for the roles of some proposals.

    Args:
        proposals: Of roles in force, all of one account.
        catalog: Tells actions and their access levels.
        name: Of the managed policy to make.
        headroom: What it allows beside what the roles' policies do.
        tie: Whether to add Deny statements that keep the roles from making principals without the boundary, from
            loosening it and from rewriting it.

    Raises:
        UsageError: The roles are of several accounts, of an unknown one, or hold no policies; or nothing fits.
    """
    arn = f"arn:{_partition(proposals)}:iam::{_account(proposals)}:policy/{name}"
    after = {proposal.role.name: policies_after(proposal) for proposal in proposals}
    allows = [s for policies in after.values() for p in policies for s in p.statements if s.is_allow]
    if not allows:
        raise UsageError("these roles are allowed nothing: there is nothing to bound", hint="name roles with policies")
    denies = tuple(_ties(arn, catalog)) if tie else ()
    core, widened = _fitted(allows, catalog, headroom, denies)
    policy = policy_of((*core, *denies))
    return BoundaryProposal(
        name=name,
        arn=arn,
        text=print_policy(policy),
        size=policy_size(policy),
        widened=widened,
        ties=_tie_words(name) if tie else (),
        roles=tuple(
            RoleUnderBoundary(
                role=role,
                proof=prove(policies, [policy_of(core)]),
                findings=tuple(_findings(policies, policy, arn, catalog)),
            )
            for role, policies in after.items()
        ),
    )


def _account(proposals: Sequence[Proposal]) -> str:
    accounts = {proposal.account if proposal.role.permission_set is None else None for proposal in proposals}
    if len(accounts) != 1 or None in accounts:
        raise UsageError(
            "a boundary belongs to one account, and these roles are of several or of an unknown one",
            hint="name roles of one account, as account/name",
        )
    return str(accounts.pop())


def _partition(proposals: Sequence[Proposal]) -> str:
    return next((p.role_arn.split(":")[1] for p in proposals if p.role_arn is not None), "aws")


def _fitted(
    allows: Sequence[Statement], catalog: Catalog, headroom: Headroom, denies: Sequence[Statement]
) -> tuple[tuple[Statement, ...], tuple[str, ...]]:
    """The Allow statements of the boundary, and the services that are allowed whole so that it fits."""
    by_service = _patterns(allows, catalog, headroom)
    rest = tuple(_not_actions(allows))
    widened: list[str] = []
    while True:
        actions = tuple(sorted(pattern for patterns in by_service.values() for pattern in patterns))
        core = (Statement(index=0, effect=Effect.ALLOW, actions=actions, resources=("*",)),) if actions else ()
        if policy_size(policy_of((*core, *rest, *denies))) <= MANAGED_POLICY.limit:
            return (*core, *rest), tuple(sorted(widened))
        largest = max(by_service, key=lambda prefix: (sum(map(len, by_service[prefix])), prefix), default=None)
        if largest is None or by_service[largest] == {f"{largest}:*"}:
            raise UsageError(
                f"a boundary for these roles has more than {MANAGED_POLICY.limit:,} characters",
                hint="name fewer roles, such as those of one team",
            )
        by_service[largest] = {f"{largest}:*"}
        widened.append(largest)


def _patterns(allows: Iterable[Statement], catalog: Catalog, headroom: Headroom) -> dict[str, set[str]]:
    """The action patterns of Allow statements with their headroom, by service."""
    found: dict[str, set[str]] = {}
    for statement in allows:
        for pattern in statement.actions:
            found.setdefault(pattern.partition(":")[0].lower(), set()).add(pattern)
    return {prefix: _with_headroom(prefix, patterns, catalog, headroom) for prefix, patterns in found.items()}


def _with_headroom(prefix: str, patterns: set[str], catalog: Catalog, headroom: Headroom) -> set[str]:
    if "*" in prefix or f"{prefix}:*" in patterns:
        return {f"{prefix}:*"} if "*" not in prefix else patterns
    if headroom is Headroom.SERVICE:
        return {f"{prefix}:*"}
    reads = {f"{prefix}:{name}" for name in _READ_NAMES if _only_reads(f"{prefix}:{name}", catalog)}
    wide = reads if headroom is Headroom.READ else set()
    known = {action for pattern in wide for action in catalog.expand(pattern)}
    named = {action for action in patterns if action not in known}
    literal = {action for action in named if "*" not in action and "?" not in action}
    return wide | (named - literal) | set(compress_actions(literal, catalog, ("*",)))


def _only_reads(pattern: str, catalog: Catalog) -> bool:
    actions = [catalog.action(name) for name in catalog.expand(pattern)]
    return bool(actions) and all(action is not None and action.access_level in _READ_LEVELS for action in actions)


def _not_actions(allows: Iterable[Statement]) -> Iterator[Statement]:
    for not_actions in dict.fromkeys(s.not_actions for s in allows if s.not_actions):
        yield Statement(index=0, effect=Effect.ALLOW, not_actions=not_actions, resources=("*",))


def _tied_actions(catalog: Catalog) -> tuple[str, ...]:
    """The calls of IAM that give a principal rights and can be tied to a boundary."""
    key = BOUNDARY_KEY.lower()
    found = (action for action in catalog.actions("iam") if key in map(str.lower, action.condition_keys))
    return tuple(sorted(action.full_name for action in found if action.name.startswith(_GIVING)))


def _ties(arn: str, catalog: Catalog) -> Iterator[Statement]:
    within = Condition(operator="StringNotEquals", key=BOUNDARY_KEY, values=(arn,))
    actions = compress_actions(frozenset(_tied_actions(catalog)), catalog, ("*",))
    yield Statement(
        index=0,
        sid="OnlyWithinTheBoundary",
        effect=Effect.DENY,
        actions=actions,
        resources=("*",),
        conditions=(within,),
    )
    yield Statement(index=0, sid="KeepTheBoundaryOn", effect=Effect.DENY, actions=_LOOSENING, resources=("*",))
    yield Statement(index=0, sid="LeaveTheBoundary", effect=Effect.DENY, actions=_REWRITING, resources=(arn,))


def _tie_words(name: str) -> tuple[str, ...]:
    return (
        f"roles and users can be made and given policies only with the boundary {name} on them",
        "no boundary can be taken off a role or user",
        f"the policy {name} itself cannot be changed",
    )


def _findings(policies: Sequence[Policy], boundary: Policy, arn: str, catalog: Catalog) -> Iterator[str]:
    """The ways around the boundary: policies and boundary must both allow a call."""
    account = arn.split(":")[4]
    partition = arn.split(":")[1]
    untied: Mapping[str, tuple[str, ...]] = {BOUNDARY_KEY: ()}

    def may(action: str, resource: str, context: Mapping[str, tuple[str, ...]] | None = None) -> bool:
        request = Request(action=action, resource=resource, context=context or {})
        return all(decide(layer, request).decision in _POSSIBLE for layer in (policies, [boundary]))

    principals = {"Role": f"arn:{partition}:iam::{account}:role/*", "User": f"arn:{partition}:iam::{account}:user/*"}
    for action in _tied_actions(catalog):
        kind = "User" if "User" in action else "Role"
        if may(action, principals[kind], untied):
            yield f"{action} is not tied to the boundary: it reaches principals without one"
    for action in _LOOSENING:
        kind = "User" if "User" in action else "Role"
        if may(action, principals[kind]):
            yield f"{action} takes the boundary off"
    for action in _REWRITING:
        if may(action, arn):
            yield f"{action} can rewrite the boundary itself"
    passing = Request(action="iam:PassRole", resource=principals["Role"])
    if all(decide(layer, passing).decision is DecisionKind.ALLOWED for layer in (policies, [boundary])):
        yield "iam:PassRole reaches every role, those without the boundary too: name the roles, or a path"


_POSSIBLE = frozenset({DecisionKind.ALLOWED, DecisionKind.UNDETERMINED})
