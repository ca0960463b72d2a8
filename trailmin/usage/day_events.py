"""From events that are alike to sums, and from sums to rows of the `usage` table.

Most calls repeat: what is derived from those that differ in time and id only is derived once.
"""

from datetime import date, datetime
from typing import Any, Final

import pyarrow as pa

from trailmin.lake.schema import USAGE
from trailmin.trail.event import Principal, PrincipalKind
from trailmin.usage.authorization import Resolution
from trailmin.usage.request import DistinctRequest
from trailmin.usage.resolver import Resolver
from trailmin.usage.summing import DaySums, Sums, UsageKey

COLUMNS: Final = (
    "account", "region", "event_source", "event_name", "event_type", "category", "read_only", "error_code",
    "error_message", "principal_kind", "principal_arn", "principal_account", "principal_name", "session_name",
    "invoked_by", "vpc_endpoint", "request_parameters", "resources",
)  # fmt: skip
"""Of `schema.EVENTS`: in what events differ, for their authorizations and for the rows that they count in."""


def add_calls(sums: DaySums, calls: pa.RecordBatch, resolver: Resolver) -> int:
    """Count calls under each action and resource that they were checked for.

    Args:
        sums: of their day.
        calls: of `calls_schema(COLUMNS)`.
        resolver: of their actions.

    Returns:
        The events that they are.
    """
    rows = calls.to_pylist()
    for row in rows:
        kind = PrincipalKind(row["principal_kind"])
        principal = Principal(
            kind=kind,
            arn=row["principal_arn"],
            account=row["principal_account"],
            name=row["principal_name"],
            session_name=row["session_name"],
        )
        _add_call(sums, row, principal, resolver.resolve(_request(row, principal)))
    return sum(row["count"] for row in rows)


def _request(row: dict[str, Any], principal: Principal) -> DistinctRequest:
    return DistinctRequest(
        source=row["event_source"],
        name=row["event_name"],
        event_type=row["event_type"],
        category=row["category"],
        error_code=row["error_code"],
        error_message=row["error_message"],
        region=row["region"],
        account=row["account"],
        principal=principal,
        request_parameters=row["request_parameters"],
        resources=row["resources"],
    )


def _add_call(sums: DaySums, row: dict[str, Any], principal: Principal, resolution: Resolution) -> None:
    base = UsageKey(
        account=row["account"],
        principal_kind=principal.kind,
        principal_arn=principal.arn,
        principal_account=principal.account,
        principal_name=principal.name,
        workload=principal.session_name,
        event_source=row["event_source"],
        event_name=row["event_name"],
        category=row["category"],
        read_only=row["read_only"],
        action=None,
        resource=None,
        outcome=resolution.outcome,
        required=True,
        basis=None,
        unmapped=resolution.unmapped,
        region=row["region"],
        vpc_endpoint=row["vpc_endpoint"],
        invoked_by=row["invoked_by"],
        passed_to=None,
    )
    examples = [(one["time"], one["id"]) for one in row["examples"] or ()]
    calls = row["count"]
    for authorization in resolution.authorizations:
        for resource in authorization.resources:
            key = base._replace(
                action=authorization.action,
                resource=resource,
                required=authorization.required,
                basis=authorization.basis,
                passed_to=authorization.passed_to,
            )
            sums.add_sums(key, _sums(row, calls, examples))
            calls = 0
    if calls:
        sums.add_sums(base, _sums(row, calls, examples))


def _sums(row: dict[str, Any], calls: int, examples: list[tuple[datetime, str]]) -> Sums:
    return Sums(
        count=row["count"],
        calls=calls,
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        examples=examples,
    )


def usage_rows(day: date, sums: DaySums) -> pa.RecordBatch:
    """The rows of a day, as `schema.USAGE`, in a total order."""
    return pa.RecordBatch.from_pylist([_row(day, key, row) for key, row in sums.rows()], schema=USAGE)


def _row(day: date, key: UsageKey, row: Sums) -> dict[str, Any]:
    return {
        "date": day,
        **{k: (str(v) if k in {"principal_kind", "outcome", "basis"} and v else v) for k, v in key._asdict().items()},
        "count": row.count,
        "calls": row.calls,
        "first_seen": row.first_seen,
        "last_seen": row.last_seen,
        "event_ids": [event_id for _, event_id in row.examples],
    }
