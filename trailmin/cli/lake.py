"""`trailmin lake`: what a lake holds."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from trailmin.cli.exit_codes import ExitCode
from trailmin.cli.output import write_json
from trailmin.cli.parameters import FileOption, JsonOption, LakeOption

if TYPE_CHECKING:
    from trailmin.lake import Lake

EXAMPLES = """
trailmin lake info --lake lake
trailmin lake info --lake lake --json
"""


def info(lake: LakeOption, as_json: JsonOption = False, output: FileOption = None) -> Iterable[ExitCode]:
    """Show what a lake holds.

    Days with events, log objects by what became of them, records set aside, versions, and its size on disk.
    """
    from trailmin.cli.screen import show
    from trailmin.lake import Lake
    from trailmin.report.json_output import schema
    from trailmin.report.terminal import table

    facts = _facts(Lake.open(lake))
    if as_json:
        write_json({"schema": schema("lake"), **facts}, [], output)
    else:
        show(
            table(None, ("", ""), [(name.replace("_", " "), _shown(value)) for name, value in facts.items()]),
            path=output,
        )
    return []


def _facts(lake: "Lake") -> dict[str, Any]:
    days = lake.event_dates()
    state = lake.usage_state()
    by_state = (
        lake.log_object_rows().group_by("state").aggregate([("events", "sum"), ("set_aside", "sum"), ("key", "count")])
    )
    found = sorted(by_state.to_pylist(), key=lambda row: str(row["state"]))
    return {
        "path": str(lake.path),
        "first_day": days[0].isoformat() if days else None,
        "last_day": days[-1].isoformat() if days else None,
        "days_with_events": len(days),
        "log_objects": {row["state"]: row["key_count"] for row in found},
        "events_stored": sum(row["events_sum"] or 0 for row in found),
        "set_aside": sum(row["set_aside_sum"] or 0 for row in found),
        "events_version": lake.events_version(),
        "usage_is_current": state is not None and state[0] == lake.events_version(),
        "catalog_version": None if state is None else state[1],
        "bytes": sum(path.stat().st_size for path in lake.path.rglob("*") if path.is_file()),
    }


def _shown(value: object) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case dict():
            return ", ".join(f"{count:,} {state}" for state, count in value.items()) or "none"
        case _:
            return str(value)
