"""What principals did and were refused, as JSON."""

from collections.abc import Mapping, Sequence

from trailmin.report.json_output import Json, schema, time_json
from trailmin.usage.authorization import Outcome
from trailmin.usage.denials import Denials
from trailmin.usage.model import PrincipalUsage, Use


def roles_json(principals: Sequence[PrincipalUsage]) -> Json:
    """Return what each principal did, in numbers."""
    return {"schema": schema("roles"), "roles": [_principal_json(p) for p in principals]}


def usage_json(principal: PrincipalUsage) -> Json:
    """Return all that one principal did."""
    return {
        "schema": schema("usage"),
        **_principal_json(principal),
        "uses": [use_json(use) for use in principal.uses],
        "unmapped_calls": [
            {"event_source": u.event_source, "event_name": u.event_name, "reason": u.reason, "count": u.count}
            for u in principal.unmapped
        ],
    }


def denied_json(principals: Sequence[PrincipalUsage], denials: Mapping[str, Denials]) -> Json:
    """Return the refused calls of each principal that has any, and what they look like, by ARN."""
    return {
        "schema": schema("denied"),
        "roles": [
            {
                **_principal_json(p),
                "looks_like": _denials_json(denials.get(p.arn or "")),
                "uses": [use_json(u) for u in p.uses if u.outcome is Outcome.DENIED],
            }
            for p in principals
            if p.denied
        ],
    }


def _denials_json(denials: Denials | None) -> Json | None:
    if denials is None:
        return None
    return {
        "kind": denials.kind.value,
        "reason": denials.reason,
        "calls": denials.calls,
        "actions": denials.actions,
        "days": denials.days,
        "spikes": [
            {"date": spike.date.isoformat(), "calls": spike.calls, "usual": spike.usual} for spike in denials.spikes
        ],
    }


def _principal_json(principal: PrincipalUsage) -> Json:
    return {
        "name": principal.name,
        "arn": principal.arn,
        "account": principal.account,
        "kind": principal.kind.value,
        "events": principal.events,
        "denied": principal.denied,
        "undetermined": principal.undetermined,
        "unmapped": sum(u.count for u in principal.unmapped),
        "active_dates": [day.isoformat() for day in principal.active_dates],
        "first_seen": time_json(principal.first_seen),
        "last_seen": time_json(principal.last_seen),
        "workloads": dict(sorted(principal.workloads.items())),
    }


def use_json(use: Use) -> Json:
    """Return one action on one resource, as often as it was seen."""
    return {
        "action": use.action,
        "resource": use.resource,
        "outcome": use.outcome.value,
        "required": use.required,
        "basis": use.basis.value,
        "account": use.account,
        "region": use.region,
        "vpc_endpoint": use.vpc_endpoint,
        "invoked_by": use.invoked_by,
        "passed_to": use.passed_to,
        "workload": use.workload,
        "event_source": use.event_source,
        "event_name": use.event_name,
        "count": use.count,
        "first_seen": time_json(use.first_seen),
        "last_seen": time_json(use.last_seen),
        "event_ids": list(use.event_ids),
    }
