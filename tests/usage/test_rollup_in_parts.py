from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.cli.records import write_log
from tests.usage.lakes import CATALOG, call
from trailmin.engine import LocalEngine, open_engine
from trailmin.errors import EngineError
from trailmin.lake import Lake, ingest
from trailmin.trail.sources import open_source
from trailmin.usage import refresh_usage, rollup
from trailmin.usage.rollup_tasks import DayFiles, roll_up_days

ROWS = "SELECT * FROM usage ORDER BY ALL"
OTHER = "444455556666"


def filled(folder: Path) -> Lake:
    """A lake in which events come twice, in two log objects, and calls are in two accounts' logs."""
    records = [call(n, key, day=2 if n % 4 == 0 else 1) for n in range(60) for key in ("GetObject", "PutObject")]
    shared: dict[str, Any] = {"sharedEventID": "s-1", "eventSource": "sts.amazonaws.com"}
    both = [call(900, "AssumeRole", **shared), call(901, "AssumeRole", recipientAccountId=OTHER, **shared)]
    # One id, one time, several calls: they may be dealt out to several parts.
    one_id = [call(950, "DeleteObject", sharedEventID=f"s-{n}") for n in range(2, 8)]
    write_log(folder / "logs" / "a.json.gz", *records[:70], both[0], *one_id)
    write_log(folder / "logs" / "b.json.gz", *records[50:], both[1])
    lake = Lake.create(folder / "lake")
    for name in ("a", "b"):
        ingest([open_source(str(folder / "logs" / f"{name}.json.gz"))], lake, engine=LocalEngine())
    return lake


def test_a_day_in_parts_gives_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollup, "_EVENTS_WORTH_WORKERS", 0)
    lake = filled(tmp_path)
    whole = refresh_usage(lake, CATALOG)
    expected = lake.query(ROWS).to_pylist()
    other = filled(tmp_path / "parts")
    done: list[str] = []
    parts = refresh_usage(
        other, CATALOG, engine=open_engine(2), events_a_task=40, progress=lambda day: done.append(str(day))
    )
    assert parts == whole
    assert other.query(ROWS).to_pylist() == expected
    assert sorted(done) == [str(day) for day in whole.dates]
    assert whole.events < 122 + 6
    assert [row["calls"] for row in expected if "e-950" in row["event_ids"]] == [6]


def test_a_worker_with_another_catalog_is_told_of(tmp_path: Path) -> None:
    given = DayFiles(lake=Lake.create(tmp_path / "lake"), day=date(2026, 9, 1), files=(), catalog_version="older")
    with pytest.raises(EngineError, match=r"has the catalog .*, and not older"):
        roll_up_days([given])
