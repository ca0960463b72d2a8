"""Why an action of a role stays or goes: from the grant to the verdict, the coverage and the events behind it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from trailmin.catalog import Catalog
from trailmin.errors import UsageError
from trailmin.policy import action_matches, resource_included, resources_intersect
from trailmin.synth.model import GrantVerdict, Proposal
from trailmin.usage import Outcome, Use


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One grant of the action, and what becomes of it."""

    verdict: GrantVerdict
    policy_kind: str
    stays: str
    """`whole`, `narrowed` or `no`: on the resource that was asked about, else on all that it is granted on."""
    uses: tuple[Use, ...]
    """The calls that may have rested on it, most frequent first; refused ones are not among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """All that is known of one action of one role."""

    proposal: Proposal
    action: str
    resource: str | None
    links: tuple[Link, ...]
    """By policy and statement; empty when no policy in force grants the action."""
    ungranted: tuple[Use, ...]
    """Calls of the action that none of the grants is for: a resource policy allowed them."""
    denied: tuple[Use, ...]
    """Refused calls of the action: never evidence for a grant."""


def explain_why(
    proposal: Proposal, uses: Sequence[Use], catalog: Catalog, action: str, resource: str | None = None
) -> Why:
    """Return the grants of an action on a resource, with the verdict on each and the events behind it.

    Args:
        proposal: Of the role.
        uses: All that the role did in the proposal's window.
        catalog: Which actions there are.
        action: By name, or a pattern such as `s3:Get*`; case does not matter.
        resource: An ARN or a pattern of ARNs; None for any.

    Raises:
        UsageError: There is no such action; the hint has suggestions.
    """
    verdicts = [v for v in proposal.verdicts if action_matches(action, v.action) and _touches(v.resources, resource)]
    of_action = [u for u in uses if action_matches(action, u.action) and _touches((u.resource,), resource)]
    if not verdicts and not of_action and not catalog.expand(action):
        raise UsageError(f"there is no action '{action}'", hint=_suggestion(action, catalog))
    allowed = [u for u in of_action if u.outcome is not Outcome.DENIED]
    links = tuple(_links(proposal, verdicts, allowed, resource))
    granted = {id(use) for link in links for use in link.uses}
    return Why(
        proposal=proposal,
        action=action,
        resource=resource,
        links=links,
        ungranted=_by_count(u for u in allowed if id(u) not in granted),
        denied=_by_count(u for u in of_action if u.outcome is Outcome.DENIED),
    )


def _links(
    proposal: Proposal, verdicts: Sequence[GrantVerdict], uses: Sequence[Use], resource: str | None
) -> Iterator[Link]:
    kinds = {policy.name: policy.kind.value for policy in proposal.role.policies}
    for verdict in sorted(verdicts, key=lambda v: (v.policy, v.statement, v.action)):
        own = (u for u in uses if u.action == verdict.action and _touches(verdict.resources, u.resource))
        yield Link(
            verdict=verdict,
            policy_kind=kinds.get(verdict.policy, "unknown"),
            stays=_stays(verdict, resource),
            uses=_by_count(own),
        )


def _stays(verdict: GrantVerdict, resource: str | None) -> str:
    kept = [pattern for pattern in verdict.kept if resource is None or resources_intersect(pattern, resource)]
    if not kept:
        return "no"
    asked = (resource,) if resource is not None else verdict.resources
    if verdict.conditions:
        return "narrowed"
    return "whole" if all(any(resource_included(a, k) for k in kept) for a in asked) else "narrowed"


def _touches(patterns: Sequence[str], resource: str | None) -> bool:
    return resource is None or any(resources_intersect(pattern, resource) for pattern in patterns)


def _by_count(uses: Iterator[Use]) -> tuple[Use, ...]:
    return tuple(sorted(uses, key=lambda u: (-u.count, u.action, u.resource, u.first_seen, u.event_ids)))


def _suggestion(action: str, catalog: Catalog) -> str:
    prefix, colon, _ = action.partition(":")
    if not colon:
        return "an action is a service prefix and a name: s3:GetObject"
    known = catalog.expand(f"{prefix}:*")
    if not known:
        close = get_close_matches(prefix, catalog.services(), n=3, cutoff=0.5)
        return f"no service is called '{prefix}'" + (f"; did you mean {' or '.join(close)}?" if close else "")
    by_lower = {name.lower(): name for name in known}
    found = [by_lower[name] for name in get_close_matches(action.lower(), by_lower, n=3, cutoff=0.5)]
    return f"did you mean {' or '.join(found)}?" if found else f"trailmin catalog lists the actions of {prefix}"
