"""Which layer really decides: effective permissions are identity policies ∩ boundary ∩ service control policies.

A grant that one of the other layers cuts grants nothing in effect: its verdict says so, and by which. Only what is
certain is said: a layer that allows some of the grant, or may under some conditions, cuts nothing here. What is not
known (the text of a boundary, the units that an account is in) cuts nothing either.

Source: IAM User Guide, "Policy evaluation logic"; Organizations User Guide, "SCP evaluation": at each level from the
root to the account one attached policy has to allow, and a Deny at any level denies; the management account is not
restricted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from trailmin.current import Organization, StateInForce
from trailmin.policy import NO_RESOURCE, DecisionKind, Policy, Request, decide
from trailmin.synth.model import GrantVerdict, Proposal

_CUT = frozenset({DecisionKind.EXPLICITLY_DENIED, DecisionKind.IMPLICITLY_DENIED})

_ROOT_ID = "r-"

_ANY = ("arn:*:*:*:*:*",)
"""Beside `*`, which as the resource of a request is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyLayer:
    """Policies of which one has to allow, and none may deny, beside the identity policies."""

    name: str
    """What a person calls it: a clause."""
    policies: tuple[Policy, ...]

    def cuts(self, action: str, resources: Sequence[str], context: Mapping[str, tuple[str, ...]]) -> bool:
        """Whether it allows no request with the action on any of the resources, whatever else holds."""
        asked = (*resources, *_ANY) if NO_RESOURCE in resources else resources
        requests = (Request(action=action, resource=resource, context=context) for resource in asked)
        return all(decide(self.policies, request).decision in _CUT for request in requests)


def with_layers(proposals: Sequence[Proposal], state: StateInForce) -> tuple[Proposal, ...]:
    """Return proposals whose verdicts say of each grant that another layer cuts by which; all else is as it was."""
    levels = cache(lambda account: _control_layers(account, _organization_of(account, state)))
    return tuple(_with_layers(proposal, levels) for proposal in proposals)


def _with_layers(proposal: Proposal, levels: Callable[[str], tuple[PolicyLayer, ...]]) -> Proposal:
    role = proposal.role
    if role.is_service_linked:
        return proposal  # No boundary can be put on it, and no service control policy restricts it.
    is_set = role.permission_set is not None
    # Its accounts are under different policies: what one of them cuts another need not.
    layers = levels(proposal.account or "") if not is_set else ()
    if role.boundary is not None and role.boundary.policy is not None:
        name = f"permissions boundary {role.boundary.arn.rpartition('/')[2]}"
        layers = (PolicyLayer(name=name, policies=(role.boundary.policy,)), *layers)
    if not layers:
        return proposal
    context = {"aws:PrincipalArn": (proposal.role_arn,)} if proposal.role_arn is not None and not is_set else {}
    return replace(proposal, verdicts=tuple(_judged(one, layers, context) for one in proposal.verdicts))


def _judged(
    verdict: GrantVerdict, layers: Sequence[PolicyLayer], context: Mapping[str, tuple[str, ...]]
) -> GrantVerdict:
    cutting = next((layer for layer in layers if layer.cuts(verdict.action, verdict.resources, context)), None)
    if cutting is None:
        return verdict
    reason = f"{verdict.reason}; it grants nothing in effect: the {cutting.name} does not allow it"
    return replace(verdict, reason=reason, cut_by=cutting.name)


def _organization_of(account: str, state: StateInForce) -> Organization | None:
    snapshot = state.accounts.get(account)
    return snapshot.organization if snapshot is not None else None


def _control_layers(account: str, organization: Organization | None) -> tuple[PolicyLayer, ...]:
    """The levels above an account that have policies, from the root down."""
    if organization is None or account == organization.management_account:
        return ()
    policies = organization.control_policies
    levels = [("the organization's root", tuple(one.policy for one in policies if one.is_on_root))]
    levels += [
        (target, tuple(one.policy for one in policies if target in one.targets))
        for target in (*reversed(organization.parents.get(account, ())), account)
        if not target.startswith(_ROOT_ID)
    ]
    return tuple(
        PolicyLayer(name=f"service control policy of {target}", policies=attached)
        for target, attached in levels
        if attached
    )
