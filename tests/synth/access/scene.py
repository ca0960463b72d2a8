"""A policy on a resource, who called, and what the log could have shown, in few words."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tests.synth.situation import ACCOUNT, CATALOG, EVERYTHING, NOON, REGION, coverage_of, document, role, usage_of, use
from trailmin.current import (
    AccountSnapshot,
    Organization,
    ResourcePolicy,
    Role,
    SourceLink,
    SourceLinks,
    StateInForce,
)
from trailmin.policy import parse_policy
from trailmin.synth.access import AccessEvidence, AccessProposal, propose_resource_policies, propose_trust_policies
from trailmin.synth.model import Options
from trailmin.trail.event import PrincipalKind
from trailmin.trail.selectors import EventSelectors
from trailmin.usage import Outcome, PrincipalUsage, Use
from trailmin.usage.assumptions import Assumption

OTHER = "444455556666"
BUCKET = "arn:aws:s3:::photos"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:resize"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/worker"
GITHUB = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
SUBJECT = "token.actions.githubusercontent.com:sub"


def grant(principal: object, actions: str | list[str], resource: str | None = None, **more: Any) -> dict[str, Any]:
    on = {"Resource": resource} if resource is not None else {}
    return {"Effect": "Allow", "Principal": principal, "Action": actions, **on, **more}


def on(resource: str, *statements: Mapping[str, Any]) -> ResourcePolicy:
    text = document(*statements)
    return ResourcePolicy(
        service=resource.split(":")[2],
        resource=resource,
        account=ACCOUNT,
        policy=parse_policy(text, kind="resource"),
        text=text,
    )


def principal(kind: PrincipalKind, uses: Iterable[Use], **changes: Any) -> PrincipalUsage:
    return replace(usage_of(uses), kind=kind, **{"arn": None, "account": None, "name": None} | changes)


def service(name: str, *uses: Use) -> PrincipalUsage:
    return principal(PrincipalKind.SERVICE, uses, name=name)


def account_only(account: str, *uses: Use) -> PrincipalUsage:
    return principal(PrincipalKind.ACCOUNT, uses, account=account)


def anonymous(*uses: Use) -> PrincipalUsage:
    return principal(PrincipalKind.ANONYMOUS, uses)


def caller(account: str, name: str, *uses: Use) -> PrincipalUsage:
    return usage_of(uses, name, account=account)


def assumed(role_arn: str = ROLE, **changes: Any) -> Assumption:
    given: dict[str, Any] = {
        "role_arn": role_arn,
        "event_name": "AssumeRole",
        "outcome": Outcome.ALLOWED,
        "kind": PrincipalKind.ROLE,
        "arn": None,
        "account": None,
        "name": None,
        "provider": None,
        "external_id": None,
        "source_identity": None,
        "has_tags": False,
        "count": 5,
        "first_seen": NOON,
        "last_seen": NOON,
        "event_ids": ("a-1",),
    }
    return Assumption(**given | changes)


def by_role(account: str, name: str, **changes: Any) -> Assumption:
    return assumed(arn=f"arn:aws:iam::{account}:role/{name}", account=account, name=name, **changes)


def by_subject(subject: str) -> Assumption:
    return assumed(event_name="AssumeRoleWithWebIdentity", kind=PrincipalKind.FEDERATED, name=subject)


def evidence(
    *principals: PrincipalUsage,
    assumptions: Sequence[Assumption] = (),
    strangers: Iterable[tuple[str, str]] = (),
    selectors: EventSelectors | None = EVERYTHING,
) -> AccessEvidence:
    return AccessEvidence(
        usage=principals,
        assumptions=assumptions,
        strangers=frozenset(strangers),
        coverage=coverage_of(selectors),
    )


def state(
    policy: ResourcePolicy,
    *,
    links: Sequence[tuple[str, str, str]] = (),
    known: Iterable[str] = (),
    all_links: bool = True,
    organization: Organization | None = None,
    roles: Sequence[Role] | None = None,
) -> StateInForce:
    found = tuple(SourceLink(service=s, source=source, account=ACCOUNT, target=target) for s, source, target in links)
    snapshot = AccountSnapshot(
        account=ACCOUNT,
        has_roles=roles is not None,
        resource_policies=(policy,),
        source_links=SourceLinks(
            links=found,
            known=frozenset((s, "*") for s in {*known, *(link.service for link in found if all_links)}),
        ),
        organization=organization,
    )
    return StateInForce(roles=tuple(roles or ()), accounts={ACCOUNT: snapshot})


def propose_for(
    policy: ResourcePolicy, seen: AccessEvidence, options: Options | None = None, **more: Any
) -> AccessProposal:
    (found,) = propose_resource_policies(state(policy, **more), seen, CATALOG, options or Options())
    return found


def trusting(*statements: Mapping[str, Any]) -> Role:
    return role(trust=parse_policy(document(*statements), kind="trust"))


def propose_trust(held: Role, seen: AccessEvidence, options: Options | None = None) -> AccessProposal:
    in_force = StateInForce(roles=(held,), accounts={ACCOUNT: AccountSnapshot(account=ACCOUNT, has_roles=False)})
    (found,) = propose_trust_policies(in_force, seen, CATALOG, options or Options())
    return found


def statements_of(proposal: AccessProposal) -> list[dict[str, Any]]:
    """The statements of the tightened policy."""
    assert proposal.new_text is not None, (
        proposal.status,
        proposal.reason,
        proposal.proof,
        proposal.replay,
        proposal.notes,
    )
    found: list[dict[str, Any]] = json.loads(proposal.new_text)["Statement"]
    return found


__all__ = ["ACCOUNT", "NOON", "REGION", "use"]
