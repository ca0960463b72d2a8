"""Users and groups, as JSON, as a table and as a section of the report."""

from collections.abc import Sequence

from rich.table import Table

from trailmin.report.html import Section
from trailmin.report.json_output import Json, schema, time_json
from trailmin.report.listing import list_some
from trailmin.report.terminal import LAST_SEEN, Column, by_account, table
from trailmin.synth.holders import HolderReport

_NAMED = 12
"""Actions and policies that a table names."""


def holders_json(found: Sequence[HolderReport]) -> Json:
    """Return all that is known of users and groups."""
    return {
        "schema": schema("users"),
        "users_and_groups": [
            {
                "kind": one.kind.value,
                "account": one.account or None,
                "name": one.name,
                "arn": one.arn,
                "in_snapshot": one.is_known,
                "policies": list(one.policies),
                "members": list(one.members),
                "granted": one.granted,
                "used": list(one.used),
                "calls": one.calls,
                "denied": one.denied,
                "last_seen": time_json(one.last_seen),
                "notes": list(one.notes),
            }
            for one in found
        ],
    }


def holders_table(found: Sequence[HolderReport]) -> Table:
    """Return what users and groups hold and used, in numbers."""
    columns = [Column(name="Name", width=16), Column(name="Kind", width=5)]
    columns += [Column(name=name, number=True) for name in ("Granted", "Used", "Calls", "Denied")]
    columns += [LAST_SEEN, Column(name="Holds", width=10)]
    return table("Users and groups", columns, by_account((one.account, (one.name, *_cells(one))) for one in found))


def holders_section(found: Sequence[HolderReport]) -> Section:
    """Return the section of the report."""
    return Section(
        title="Users and groups",
        note="What they hold and what of it they used. They are told of, not rewritten",
        columns=("Kind", "Account", "Name", "Granted", "Used", "Calls", "Denied", "Last seen", "Holds", "Actions used"),
        rows=tuple(_section_row(one) for one in found),
    )


def _section_row(one: HolderReport) -> tuple[str, ...]:
    kind, *figures = map(str, _cells(one))
    return (kind, one.account, one.name, *figures, list_some(one.used, _NAMED))


def _cells(one: HolderReport) -> tuple[str | int, ...]:
    last = one.last_seen.date().isoformat() if one.last_seen is not None else ""
    granted = one.granted if one.is_known else "?"
    holds = "; ".join(filter(None, (list_some(one.policies, _NAMED), *one.notes)))
    return (one.kind.value, granted, len(one.used), one.calls, one.denied, last, holds)
