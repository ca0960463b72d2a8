"""Lakes of a few records, rolled up."""

from pathlib import Path
from typing import Any

from tests.cli.records import record, write_log
from trailmin.catalog import load_catalog
from trailmin.engine import open_engine
from trailmin.lake import Lake, ingest
from trailmin.trail.sources import open_source
from trailmin.usage import RollupReport, refresh_usage

CATALOG = load_catalog()


def fill(tmp_path: Path, name: str, *records: object) -> Lake:
    """Ingest one more log object into the lake of a folder."""
    write_log(tmp_path / "logs" / f"{name}.json.gz", *records)
    lake = Lake.create(tmp_path / "lake")
    ingest([open_source(str(tmp_path / "logs"))], lake, engine=open_engine(1))
    return lake


def rolled(tmp_path: Path, *records: object) -> Lake:
    lake = fill(tmp_path, "a", *records)
    refresh(lake)
    return lake


def refresh(lake: Lake) -> RollupReport:
    return refresh_usage(lake, CATALOG)


def call(number: int, name: str = "GetObject", day: int = 1, **changes: Any) -> dict[str, Any]:
    return record(eventID=f"e-{number}", eventName=name, eventTime=f"2026-09-{day:02}T10:00:00Z", **changes)
