"""Condition keys of calls that the state in force tells: the VPC of an endpoint, the tags of role and resource."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from trailmin.current import EventSourceMapping, Role, StateInForce
from trailmin.synth.abac import tag_of, usable_keys
from trailmin.synth.model import Options
from trailmin.trail.event import PrincipalKind
from trailmin.usage import PrincipalUsage, Use


def with_mappings(state: StateInForce, seen: Mapping[str, Sequence[EventSourceMapping]]) -> StateInForce:
    """Return the state with event source mappings that the log has and the snapshots have not.

    Only where a snapshot lists mappings: a list from the log alone would not be whole.
    """
    accounts = {
        name: replace(snapshot, event_source_mappings=tuple(dict.fromkeys((*known, *seen.get(name, ())))))
        for name, snapshot in state.accounts.items()
        if (known := snapshot.event_source_mappings) is not None
    }
    return replace(state, accounts={**state.accounts, **accounts})


def with_snapshot_facts(
    principals: Iterable[PrincipalUsage], state: StateInForce, options: Options
) -> tuple[PrincipalUsage, ...]:
    """Return what principals did, each use with the condition keys that the state in force tells of it.

    An endpoint stays in its VPC. Tags change: they are taken for those of the whole window, and so only where access by
    tags is asked for and only of keys that no policy of the role speaks of.
    """
    endpoints = _endpoints(state)
    roles = {(role.account, role.name): role for role in state.roles} if options.abac else {}
    if not endpoints and not roles:
        return tuple(principals)
    return tuple(_told(principal, endpoints, roles, state) for principal in principals)


def _endpoints(state: StateInForce) -> Mapping[str, str]:
    """Of all accounts: an endpoint may be in another one than who calls through it."""
    found: dict[str, str] = {}
    for _, snapshot in sorted(state.accounts.items()):
        found |= snapshot.vpc_endpoints or {}
    return found


def _told(
    principal: PrincipalUsage,
    endpoints: Mapping[str, str],
    roles: Mapping[tuple[str | None, str], Role],
    state: StateInForce,
) -> PrincipalUsage:
    if principal.kind is not PrincipalKind.ROLE:
        return principal
    role = roles.get((principal.account, principal.name or ""))
    snapshot = state.accounts.get(principal.account or "")
    tags = (snapshot.resource_tags if snapshot is not None and role is not None else None) or {}
    keys = usable_keys(role) if role is not None and tags else {}
    uses = tuple(_with_context(use, endpoints, keys, tags) for use in principal.uses)
    return replace(principal, uses=uses)


def _with_context(
    use: Use, endpoints: Mapping[str, str], keys: Mapping[str, str], tags: Mapping[str, Mapping[str, str]]
) -> Use:
    context: dict[str, str] = {}
    if use.vpc_endpoint is not None and use.vpc_endpoint in endpoints and use.invoked_by is None:
        context["aws:sourcevpc"] = endpoints[use.vpc_endpoint]
    for key, value in keys.items():
        context[f"aws:principaltag/{key}"] = value
        if use.resource in tags and (tagged := tag_of(tags[use.resource], key)) is not None:
            context[f"aws:resourcetag/{key}"] = tagged
    return replace(use, context=tuple(sorted(context.items()))) if context else use
