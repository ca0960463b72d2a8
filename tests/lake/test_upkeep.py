"""Compaction, retention and vacuum: the rows that stay are the same rows."""

import os
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.trail.records import ROLE, envelope, record
from trailmin.catalog import load_catalog
from trailmin.engine import open_engine
from trailmin.lake import IngestReport, Lake, ingest
from trailmin.lake.commit import commit_change
from trailmin.lake.compact import compact
from trailmin.lake.retention import Expired, expire, vacuum
from trailmin.trail.sources import open_source
from trailmin.usage.rollup import refresh_usage

DAYS = ("2026-03-01", "2026-03-02", "2026-03-03")


def read(lake: Lake, logs: Path) -> IngestReport:
    return ingest([open_source(str(logs))], lake, engine=open_engine(1))


def deliver(logs: Path, name: str, *days: str) -> None:
    records = [
        record(
            eventID=f"{name}-{day}-{n}", eventTime=f"{day}T00:00:0{9 - n}Z", eventName=f"Get{9 - n}", userIdentity=ROLE
        )
        for day in days
        for n in range(3)
    ]
    (logs / f"{name}.json").write_bytes(envelope(*records))


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder


@pytest.fixture
def lake(tmp_path: Path, logs: Path) -> Lake:
    """Three ingests, three files a day."""
    made = Lake.create(tmp_path / "lake")
    for name in "abc":
        deliver(logs, name, *DAYS)
        read(made, logs)
    return made


def rows(lake: Lake) -> list[dict[str, Any]]:
    found = [row for batch in lake.deduplicated_events() for row in batch.to_pylist()]
    return sorted(found, key=lambda row: (row["identity"], row["log_object"]))


def data_files(lake: Lake) -> int:
    return sum(file.path.endswith(".parquet") for file in lake.folder.files() if "_delta_log" not in file.path)


def test_compaction_changes_no_row_and_leaves_one_sorted_file_a_day(lake: Lake) -> None:
    before = rows(lake)
    reports = {report.table: (report.files_before, report.files_after) for report in compact(lake)}
    assert reports["events"] == (9, 3)
    assert reports["log_objects"] == (4, 1)
    assert rows(lake) == before
    names = lake.query("SELECT event_name FROM events WHERE date = '2026-03-01'").column(0).to_pylist()
    assert names == sorted(names)
    assert [report.files_before for report in compact(lake)] == [1, 3, 0]


def test_after_compaction_nothing_is_read_or_rolled_up_again(lake: Lake, logs: Path) -> None:
    refresh_usage(lake, load_catalog())
    known = lake.log_object_rows()
    compact(lake)
    assert lake.is_usage_current()
    assert refresh_usage(lake, load_catalog()).dates == ()
    assert lake.log_object_rows() == known
    assert (read(lake, logs).read, read(lake, logs).skipped) == (0, 3)
    deliver(logs, "d", DAYS[1])
    read(lake, logs)
    assert not lake.is_usage_current()
    assert refresh_usage(lake, load_catalog()).dates == (date(2026, 3, 2),)


def test_a_log_object_that_changes_after_compaction_is_replaced(lake: Lake, logs: Path) -> None:
    compact(lake)
    deliver(logs, "a", DAYS[0])
    os.utime(logs / "a.json", (1, 1))
    read(lake, logs)
    assert len(rows(lake)) == 6 * 3 + 3


def test_what_changes_during_compaction_is_left_to_the_next(
    lake: Lake, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = commit_change

    def change_first(*arguments: Any, **named: Any) -> bool:
        if arguments[0] == lake.events_folder:
            monkeypatch.undo()
            deliver(logs, "a", DAYS[0])
            os.utime(logs / "a.json", (1, 1))
            read(lake, logs)
        return real(*arguments, **named)

    monkeypatch.setattr("trailmin.lake.compact.commit_change", change_first)
    (events,) = [report for report in compact(lake) if report.table == "events"]
    assert events.left == tuple(date.fromisoformat(day) for day in DAYS)
    assert len(rows(lake)) == 6 * 3 + 3
    compact(lake)
    assert len(rows(lake)) == 6 * 3 + 3


def test_an_ingest_during_compaction_loses_nothing(lake: Lake, logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = commit_change

    def ingest_first(*arguments: Any, **named: Any) -> bool:
        if arguments[0] == lake.events_folder:
            monkeypatch.undo()
            deliver(logs, "d", *DAYS)
            read(lake, logs)
        return real(*arguments, **named)

    monkeypatch.setattr("trailmin.lake.compact.commit_change", ingest_first)
    (events,) = [report for report in compact(lake) if report.table == "events"]
    assert (events.left, len(lake.event_files())) == ((), 6)
    assert len(rows(lake)) == 9 * 4


def test_expired_days_are_gone_and_not_read_again(lake: Lake, logs: Path) -> None:
    refresh_usage(lake, load_catalog())
    assert expire(lake, date(2026, 3, 3)) == Expired(days=(date(2026, 3, 1), date(2026, 3, 2)), runs=0)
    assert lake.event_dates() == [date(2026, 3, 3)]
    assert set(lake.usage_rows(["date"]).column(0).to_pylist()) == {date(2026, 3, 3)}
    assert refresh_usage(lake, load_catalog()).dates == ()
    assert read(lake, logs).read == 0
    assert expire(lake, date(2026, 3, 3)) == Expired(days=(), runs=0)


def test_a_vacuum_removes_what_no_version_worth_keeping_names(lake: Lake) -> None:
    before = rows(lake)
    orphan = Path(lake.name, "events", "date=2026-03-01", "part-left-by-a-crash.zstd.parquet")
    orphan.write_bytes(b"PAR1")
    compact(lake)
    files = data_files(lake)
    assert vacuum(lake).files == 0
    assert vacuum(lake, keep=timedelta(0), dry_run=True).files == 9 + 6 + 1
    assert data_files(lake) == files
    assert vacuum(lake, keep=timedelta(0)).files == 9 + 6 + 1
    assert (data_files(lake), orphan.exists()) == (4, False)
    assert rows(lake) == before
    assert lake.log_object_rows().num_rows == 3


def test_a_vacuum_spares_files_that_were_replaced_a_moment_ago(lake: Lake) -> None:
    """However old they are: somebody may be reading them."""
    for file in lake.folder.files():
        os.utime(Path(lake.name, file.path), (1, 1))
    old = lake.event_files()
    time.sleep(2)
    compact(lake)
    vacuum(lake, keep=timedelta(seconds=1))
    assert all(Path(lake.name, "events", path).exists() for path in old)


def test_the_ledger_tells_how_far_folders_are_settled(tmp_path: Path) -> None:
    from trailmin.lake.ledger import Ledger
    from trailmin.lake.settled import SettledFolders

    folder = tmp_path / "AWSLogs/1/CloudTrail/r/2026/03/01"
    folder.mkdir(parents=True)
    for name in "abd":
        (folder / f"{name}.json").write_bytes(envelope(record(eventID=name)))
    lake = Lake.create(tmp_path / "lake")
    key = "AWSLogs/1/CloudTrail/r/2026/03/01/"

    def settled() -> str | None:
        return SettledFolders(Ledger(lake.log_objects_folder, lake.events_folder)).last_settled(key)

    assert settled() is None
    read(lake, tmp_path / "AWSLogs")
    assert settled() == f"{key}d.json"
    (folder / "c.json").symlink_to("nowhere")
    read(lake, tmp_path / "AWSLogs")
    assert settled() == f"{key}b.json"
    assert pa.types.is_date32(lake.log_object_rows().schema.field("day").type)
