"""What an ingest did, as JSON and as lines for people."""

from collections.abc import Iterator

from trailmin.lake import IngestReport
from trailmin.report.json_output import Json

_NAMED = 20
"""How many of the things set aside are named one by one in words."""


def ingest_json(report: IngestReport) -> Json:
    """Return what an ingest did, as `trailmin ingest --json` and `trailmin run --json` have it."""
    return {
        "log_objects": {"read": report.read, "skipped": report.skipped, "failed": report.failed},
        "events": {"new": report.new, "duplicate": report.duplicate, "set_aside": report.set_aside},
        "set_aside": [{"log_object": r.log_object, "index": r.index, "reason": r.reason} for r in report.rejected],
        **({"digests": _digests_json(report)} if report.verify is not None else {}),
    }


def _digests_json(report: IngestReport) -> Json:
    return {
        "mode": str(report.verify),
        "log_objects": dict(sorted(report.verified.items())),
        "findings": [
            {
                "kind": found.kind.value,
                "key": found.key,
                "reason": found.reason,
                "since": found.since and found.since.isoformat(),
                "until": found.until and found.until.isoformat(),
            }
            for found in report.findings.values()
        ],
    }


def summary_lines(report: IngestReport) -> Iterator[str]:
    """Yield what an ingest did, for people."""
    yield f"log objects: {report.read:,} read, {report.skipped:,} skipped, {report.failed:,} failed"
    yield f"events: {report.new:,} new, {report.duplicate:,} duplicate, {report.set_aside:,} set aside"
    if report.verify is not None:
        counts = ", ".join(f"{report.verified[word]:,} {word}" for word in ("verified", "unverified", "altered"))
        yield f"digests: {counts} log objects; {len(report.findings):,} findings"


def set_aside_lines(report: IngestReport) -> Iterator[str]:
    """Yield what was set aside and why, the first of it by name."""
    for rejected in report.rejected[:_NAMED]:
        place = "" if rejected.index is None else f", record {rejected.index}"
        yield f"set aside: {rejected.log_object}{place}: {rejected.reason}"
    if report.set_aside > _NAMED:
        yield f"set aside: {report.set_aside - _NAMED:,} more; --json lists them"
    findings = list(report.findings.values())
    for found in findings[:_NAMED]:
        yield f"{found.kind.value.replace('-', ' ')}: {found.key}: {found.reason}"
    if len(findings) > _NAMED:
        yield f"digests: {len(findings) - _NAMED:,} more findings; --json lists them"
