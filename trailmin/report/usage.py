"""What principals did and were refused, as JSON and on a terminal."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from rich.table import Table

from trailmin.report.json_output import Json, schema, time_json
from trailmin.report.listing import list_some
from trailmin.report.terminal import LAST_SEEN, Cell, Column, Styled, alarm, by_account, day_of, table
from trailmin.usage.authorization import Outcome
from trailmin.usage.denials import Denials
from trailmin.usage.model import PrincipalUsage, Use

_RESOURCES_SHOWN = 5
"""Of one action; the JSON has all."""


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


def roles_table(principals: Sequence[PrincipalUsage]) -> Table:
    """Return what each principal did, in numbers."""
    columns = [Column(name="Role", width=16)]
    columns += [Column(name=name, number=True) for name in ("Events", "Denied", "Unmapped", "Active\ndays")]
    columns += [LAST_SEEN, Column(name="Runs under it", width=14)]
    rows = ((p.account or "no account", _role_row(p)) for p in principals)
    return table(None, columns, by_account(rows))


def _role_row(p: PrincipalUsage) -> tuple[Cell, ...]:
    return (
        p.name or p.arn or p.kind.value,
        p.events,
        alarm(p.denied),
        sum(u.count for u in p.unmapped),
        len(p.active_dates),
        day_of(p.last_seen),
        list_some(sorted(p.workloads, key=lambda name: (-p.workloads[name], name)), 2),
    )


def usage_table(principal: PrincipalUsage) -> Table:
    """Return what one principal did, a row per action, outcome and resource; of many resources the most used."""
    return _uses_table(principal.name or principal.arn or principal.kind.value, principal.uses)


def denials_table(principals: Iterable[PrincipalUsage], denials: Mapping[str, Denials]) -> Table:
    """Return what the refused calls of each principal look like."""
    judged = [(p, denials[p.arn]) for p in principals if p.arn is not None and p.arn in denials]
    rows = (
        (
            p.name or p.arn or "",
            one.kind.value,
            one.calls,
            one.actions,
            one.days,
            ", ".join(f"{spike.date} ({spike.calls})" for spike in one.spikes),
            one.reason,
        )
        for p, one in judged
    )
    return table(
        "What refused calls look like",
        (
            "Principal",
            Column(name="Looks like", width=16),
            Column(name="Calls", number=True),
            Column(name="Actions", number=True),
            Column(name="Days", number=True),
            "Spikes",
            "Why",
        ),
        rows,
    )


def denied_table(principal: PrincipalUsage) -> Table:
    """Return what one principal was refused, a row per action and resource."""
    refused = [use for use in principal.uses if use.outcome is Outcome.DENIED]
    return _uses_table(f"{principal.name or principal.arn}: {principal.denied} calls refused", refused)


def _uses_table(title: str, uses: Sequence[Use]) -> Table:
    columns = (
        "Action",
        "Resource",
        Column(name="Outcome", width=8),
        Column(name="Calls", number=True),
        Column(name="First seen", width=10),
        LAST_SEEN,
    )
    rows: list[tuple[Cell, ...]] = []
    for (action, outcome), same in groupby(sorted(uses, key=_use_key), key=lambda use: _use_key(use)[:2]):
        by_resource = [list(found) for _, found in groupby(same, key=lambda use: use.resource)]
        if len(by_resource) > _RESOURCES_SHOWN:
            by_resource.sort(key=lambda found: -_calls(found))
        shown, rest = by_resource[:_RESOURCES_SHOWN], by_resource[_RESOURCES_SHOWN:]
        rows += [_uses_row(action, found[0].resource, outcome, found) for found in shown]
        if rest:
            left = [use for found in rest for use in found]
            rows.append(_uses_row(action, f"and {len(rest):,} more resources", outcome, left))
    return table(title, columns, rows)


def _uses_row(action: str, resource: str, outcome: str, uses: Sequence[Use]) -> tuple[Cell, ...]:
    first, last = min(use.first_seen for use in uses), max(use.last_seen for use in uses)
    style = "red" if outcome == Outcome.DENIED else ""
    return (action, resource, Styled(outcome, style), _calls(uses), day_of(first), day_of(last))


def _calls(uses: Sequence[Use]) -> int:
    return sum(use.count for use in uses)


def _use_key(use: Use) -> tuple[str, str, str]:
    return (use.action, use.outcome.value, use.resource)
