"""Reading the usage table: what each principal did in a window."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from difflib import get_close_matches
from typing import Any

from trailmin.errors import UsageError
from trailmin.lake import Lake
from trailmin.trail.event import PrincipalKind
from trailmin.usage.authorization import Basis, Outcome
from trailmin.usage.model import PrincipalUsage, UnmappedCalls, Use
from trailmin.usage.policy_changes import POLICY_CHANGES, PolicyChangeEvent, in_order, policy_change

_USES = """
    SELECT principal_kind, principal_arn, principal_account, principal_name,
           account, workload, event_source, event_name, action, resource, outcome, required, basis, unmapped,
           region, vpc_endpoint, invoked_by, passed_to,
           sum(count)::BIGINT AS count, sum(calls)::BIGINT AS calls,
           min(first_seen) AS first_seen, max(last_seen) AS last_seen,
           list_slice(list_sort(list_distinct(flatten(list(event_ids)))), 1, 3) AS event_ids
    FROM usage
    WHERE date BETWEEN ? AND ? AND (?::VARCHAR IS NULL OR principal_arn = ?)
    GROUP BY ALL
    ORDER BY ALL
"""

_DAYS = """
    SELECT DISTINCT principal_kind, principal_arn, principal_account, principal_name, date
    FROM usage
    WHERE date BETWEEN ? AND ? AND (?::VARCHAR IS NULL OR principal_arn = ?)
    ORDER BY ALL
"""

_CHANGES = """
    SELECT event_time, account, event_name, request_parameters
    FROM events
    WHERE event_source = 'iam.amazonaws.com' AND event_name IN (SELECT unnest(?)) AND error_code IS NULL
      AND date BETWEEN ? AND ?
    ORDER BY ALL
"""

_PrincipalKey = tuple[str, str | None, str | None, str | None]


def window_of(lake: Lake, since: date | None, until: date | None) -> tuple[date, date]:
    """Return the days to look at: those given, else from the first to the last day with events.

    Raises:
        UsageError: The lake has no events.
    """
    dates = lake.event_dates()
    if not dates:
        raise UsageError("the lake has no events", hint="trailmin ingest SOURCE --lake DIR")
    first, last = since or min(dates), until or max(dates)
    if first > last:
        raise UsageError(f"the window {first} to {last} is empty", hint="--since must not be later than --until")
    return first, last


def read_principals(
    lake: Lake,
    *,
    since: date | None = None,
    until: date | None = None,
    arn: str | None = None,
) -> tuple[PrincipalUsage, ...]:
    """Return what each principal did from `since` to `until`, both included, sorted by kind and ARN.

    Args:
        lake: With its usage table up to date (`refresh_usage`).
        since: First day, by default the first with events.
        until: Last day, by default the last with events.
        arn: Only this principal.

    Raises:
        UsageError: The lake has no events, or the window is empty.
        LakeError: The lake cannot be read.
    """
    first, last = window_of(lake, since, until)
    parameters = (first, last, arn, arn)
    days: dict[_PrincipalKey, list[date]] = defaultdict(list)
    for row in lake.query(_DAYS, parameters).to_pylist():
        days[_key(row)].append(row["date"])
    rows: dict[_PrincipalKey, list[Mapping[str, Any]]] = {key: [] for key in days}
    for row in lake.query(_USES, parameters).to_pylist():
        rows[_key(row)].append(row)
    return tuple(_principal(key, found, days[key]) for key, found in rows.items())


def read_policy_changes(lake: Lake, since: date, until: date) -> tuple[PolicyChangeEvent, ...]:
    """Return the successful changes to IAM policies in the window, oldest first.

    Raises:
        LakeError: The lake cannot be read.
    """
    rows = lake.query(_CHANGES, (sorted(POLICY_CHANGES), since, until)).to_pylist()
    return in_order(
        policy_change(_aware(r["event_time"]), r["account"], r["event_name"], r["request_parameters"]) for r in rows
    )


def find_principal(principals: Iterable[PrincipalUsage], text: str) -> PrincipalUsage:
    """Return the principal that a person named, by ARN, by name or by account/name.

    Raises:
        UsageError: None, or several, are called so; the hint has suggestions.
    """
    known = [p for p in principals if p.arn is not None or p.name is not None]
    found = [p for p in known if text in _names(p)]
    roles = [p for p in found if p.kind is PrincipalKind.ROLE]
    if len(found) == 1 or len(roles) == 1:
        return (roles or found)[0]
    if found:
        arns = ", ".join(sorted(p.arn or p.name or "" for p in found))
        raise UsageError(f"several principals are called {text!r}", hint=f"name one by its ARN: {arns}")
    close = get_close_matches(text, sorted({n for p in known for n in _names(p)}), n=3, cutoff=0.5)
    hint = f"did you mean {', '.join(close)}?" if close else "trailmin roles lists what the lake knows"
    raise UsageError(f"no principal is called {text!r}", hint=hint)


def _names(principal: PrincipalUsage) -> tuple[str, ...]:
    return tuple(n for n in (principal.arn, principal.name, f"{principal.account}/{principal.name}") if n is not None)


def _key(row: Mapping[str, Any]) -> _PrincipalKey:
    return (row["principal_kind"], row["principal_arn"], row["principal_account"], row["principal_name"])


def _principal(key: _PrincipalKey, rows: Sequence[Mapping[str, Any]], days: Sequence[date]) -> PrincipalUsage:
    kind, arn, account, name = key
    workloads: dict[str, int] = defaultdict(int)
    for row in rows:
        if row["workload"] is not None:
            workloads[row["workload"]] += row["calls"]
    return PrincipalUsage(
        kind=PrincipalKind(kind),
        arn=arn,
        account=account,
        name=name,
        uses=tuple(_use(row) for row in rows if row["action"] is not None and row["basis"] != Basis.GUESS),
        unmapped=_unmapped(rows),
        events=sum(row["calls"] for row in rows),
        denied=sum(row["calls"] for row in rows if row["outcome"] == Outcome.DENIED),
        undetermined=sum(row["calls"] for row in rows if row["outcome"] == Outcome.UNDETERMINED),
        active_dates=tuple(sorted(days)),
        first_seen=min((_aware(row["first_seen"]) for row in rows), default=None),
        last_seen=max((_aware(row["last_seen"]) for row in rows), default=None),
        workloads=dict(sorted(workloads.items())),
    )


def _use(row: Mapping[str, Any]) -> Use:
    return Use(
        action=row["action"],
        resource=row["resource"],
        outcome=Outcome(row["outcome"]),
        required=row["required"],
        basis=Basis(row["basis"]),
        account=row["account"],
        region=row["region"],
        vpc_endpoint=row["vpc_endpoint"],
        invoked_by=row["invoked_by"],
        passed_to=row["passed_to"],
        workload=row["workload"],
        event_source=row["event_source"],
        event_name=row["event_name"],
        count=row["count"],
        first_seen=_aware(row["first_seen"]),
        last_seen=_aware(row["last_seen"]),
        event_ids=tuple(row["event_ids"]),
    )


def _unmapped(rows: Iterable[Mapping[str, Any]]) -> tuple[UnmappedCalls, ...]:
    """Denied calls are left out: they were not authorised with anything."""
    found: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in rows:
        if row["unmapped"] is not None and row["outcome"] != Outcome.DENIED:
            found[row["event_source"], row["event_name"], row["unmapped"]] += row["count"]
    return tuple(
        UnmappedCalls(event_source=source, event_name=name, reason=reason, count=count)
        for (source, name, reason), count in sorted(found.items())
    )


def _aware(time: datetime) -> datetime:
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)
