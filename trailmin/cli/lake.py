"""`trailmin lake`: what a lake holds, and its upkeep."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trailmin.cli.exit_codes import ExitCode
from trailmin.cli.output import write_data, write_json
from trailmin.cli.parameters import FileOption, JsonOption, LakeOption

if TYPE_CHECKING:
    from trailmin.lake import Lake

INFO_EXAMPLES = """
trailmin lake info --lake lake
trailmin lake info --lake s3://my-bucket/lake --json
"""
COMPACT_EXAMPLES = """
trailmin lake compact --lake lake
"""
VACUUM_EXAMPLES = """
trailmin lake vacuum --lake lake --dry-run
trailmin lake vacuum --lake lake --keep-hours 48
"""
EXPIRE_EXAMPLES = """
trailmin lake expire --lake lake --days 400
"""


def info(lake: LakeOption, as_json: JsonOption = False, output: FileOption = None) -> Iterable[ExitCode]:
    """Show what a lake holds.

    Days with events, log objects by what became of them, records set aside; rows, files, bytes and version of each
    table.
    """
    from trailmin.cli.screen import show
    from trailmin.lake import Lake
    from trailmin.report.json_output import schema
    from trailmin.report.terminal import table

    facts, tables = _facts(Lake.open(lake))
    if as_json:
        write_json({"schema": schema("lake"), **facts, "tables": tables}, [], output)
    else:
        show(
            table(None, ("", ""), [(name.replace("_", " "), _shown(value)) for name, value in facts.items()]),
            table(None, _HEADINGS, [tuple(map(_shown, found.values())) for found in tables]),
            path=output,
        )
    return []


def compact(lake: LakeOption, as_json: JsonOption = False, output: FileOption = None) -> Iterable[ExitCode]:
    """Rewrite many small files as few large, sorted ones.

    May run beside ingest: a day that changes meanwhile is left to the next time. The files that were replaced stay
    until they are vacuumed.
    """
    from trailmin.lake import Lake
    from trailmin.lake.compact import compact as compact_lake
    from trailmin.report.json_output import schema

    reports = compact_lake(Lake.open(lake))
    if as_json:
        tables = [
            {
                "table": report.table,
                "files_before": report.files_before,
                "files_after": report.files_after,
                "left": [day.isoformat() for day in report.left],
            }
            for report in reports
        ]
        write_json({"schema": schema("lake-compact"), "tables": tables}, [], output)
    else:
        write_data(
            (f"{one.table}: {one.files_before:,} files before, {one.files_after:,} after\n" for one in reports), output
        )
    return []


def vacuum(
    lake: LakeOption,
    keep_hours: Annotated[
        float, typer.Option("--keep-hours", min=1, metavar="N", help="Leave files alone that are younger than this.")
    ] = 168,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Remove nothing; tell what would go.")] = False,
    as_json: JsonOption = False,
    output: FileOption = None,
) -> Iterable[ExitCode]:
    """Remove files that the tables do not name any more.

    Files that compaction or retention took out of a table, and files that a crash left behind. Younger ones stay, as
    somebody may be reading them, or about to commit them.
    """
    from trailmin.lake import Lake
    from trailmin.lake.retention import vacuum as vacuum_lake
    from trailmin.report.json_output import schema

    report = vacuum_lake(Lake.open(lake), keep=timedelta(hours=keep_hours), dry_run=dry_run)
    if as_json:
        facts = {"files": report.files, "bytes": report.bytes, "dry_run": dry_run}
        write_json({"schema": schema("lake-vacuum"), **facts}, [], output)
    else:
        verb = "would be removed" if dry_run else "removed"
        write_data([f"{report.files:,} files, {report.bytes:,} bytes {verb}\n"], output)
    return []


def expire(
    lake: LakeOption,
    days: Annotated[
        int, typer.Option("--days", min=1, metavar="N", help="Keep the last N days, today (UTC) included.")
    ],
    as_json: JsonOption = False,
    output: FileOption = None,
) -> Iterable[ExitCode]:
    """Forget days that are older than their retention.

    Their events and usage, and the runs that looked at such days only, are no longer part of the lake at once; the
    files go with a later 'trailmin lake vacuum'. Log objects stay known, so that what expired is not read again, and
    the last run stays, so that the next one goes on from it.
    """
    from trailmin.lake import Lake
    from trailmin.lake.retention import expire as expire_days
    from trailmin.report.json_output import schema

    before = datetime.now(UTC).date() - timedelta(days=days - 1)
    gone = expire_days(Lake.open(lake), before)
    if as_json:
        facts = {"before": before.isoformat(), "days": [day.isoformat() for day in gone.days], "runs": gone.runs}
        write_json({"schema": schema("lake-expire"), **facts}, [], output)
    else:
        write_data([f"{len(gone.days):,} days and {gone.runs:,} runs before {before} expired\n"], output)
    return []


COMMANDS = (
    (info, INFO_EXAMPLES),
    (compact, COMPACT_EXAMPLES),
    (vacuum, VACUUM_EXAMPLES),
    (expire, EXPIRE_EXAMPLES),
)
"""Each with its examples."""

_HEADINGS = ("Table", "Version", "Schema", "Rows", "Files", "Bytes", "Stored", "First", "Last")


def _facts(lake: "Lake") -> tuple[dict[str, Any], list[dict[str, Any]]]:
    from trailmin.lake.info import count_log_objects, describe_tables

    days = lake.event_dates()
    state = lake.usage_state()
    by_state = count_log_objects(lake)
    tables = describe_tables(lake)
    facts = {
        "path": lake.name,
        "first_day": days[0].isoformat() if days else None,
        "last_day": days[-1].isoformat() if days else None,
        "days_with_events": len(days),
        "log_objects": {name: count for name, (count, _, _) in by_state.items()},
        "events_stored": sum(events for _, events, _ in by_state.values()),
        "set_aside": sum(set_aside for _, _, set_aside in by_state.values()),
        "events_version": lake.events_version(),
        "usage_is_current": lake.is_usage_current(),
        "catalog_version": None if state is None else state[1],
        "bytes": sum(found.stored_bytes for found in tables),
    }
    return facts, [
        {
            "name": found.name,
            "version": found.version,
            "schema_version": found.schema_version,
            "rows": found.rows,
            "files": found.files,
            "bytes": found.bytes,
            "stored_bytes": found.stored_bytes,
            "first_day": None if found.first_date is None else found.first_date.isoformat(),
            "last_day": None if found.last_date is None else found.last_date.isoformat(),
        }
        for found in tables
    ]


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
