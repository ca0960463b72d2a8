import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from tests.trail.records import ROLE, envelope, record
from trailmin.engine import open_engine
from trailmin.errors import LakeError
from trailmin.lake import Lake, ingest
from trailmin.lake.rollup_files import commit_usage, write_usage
from trailmin.lake.schema import EVENTS, USAGE
from trailmin.lake.tables import create_table
from trailmin.trail.sources import open_source


def fill(tmp_path: Path, **files: list[dict[str, Any]]) -> Lake:
    logs = tmp_path / "logs"
    logs.mkdir(exist_ok=True)
    for name, records in files.items():
        (logs / f"{name}.json").write_bytes(envelope(*records))
    lake = Lake.create(tmp_path / "it's a lake")
    ingest([open_source(str(logs))], lake, engine=open_engine(1))
    return lake


def usage(day: int, action: str) -> pa.RecordBatch:
    row: dict[str, object] = {}
    for column in USAGE:
        if not column.nullable:
            row[column.name] = {"string": "x", "int64": 1, "bool": True}.get(str(column.type), [])
    seen = datetime(2026, 3, day, tzinfo=UTC)
    row |= {"date": date(2026, 3, day), "first_seen": seen, "last_seen": seen, "action": action}
    return pa.RecordBatch.from_pylist([row], schema=USAGE)


def test_opening_what_is_no_lake_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="is not a lake") as caught:
        Lake.open(tmp_path)
    assert caught.value.hint
    (tmp_path / "precious").write_text("x")
    with pytest.raises(LakeError, match="not a lake, and not empty"):
        Lake.create(tmp_path)
    with pytest.raises(LakeError, match="is a file"):
        Lake.create(tmp_path / "precious")
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]


def test_a_lake_of_another_schema_version_is_refused(tmp_path: Path) -> None:
    Lake.create(tmp_path)
    DeltaTable.create(
        str(tmp_path / "events"), EVENTS, mode="overwrite", partition_by="date",
        configuration={"trailmin.schemaVersion": "99"}, raise_if_key_not_exists=False,
    )  # fmt: skip
    with pytest.raises(LakeError, match="schema version 99"):
        Lake.open(tmp_path)


def test_creating_again_keeps_what_is_there(tmp_path: Path) -> None:
    lake = fill(tmp_path, a=[record()])
    create_table(lake.events_folder, EVENTS)
    assert Lake.create(lake.name).events_version() == 1


def test_each_event_is_read_once(tmp_path: Path) -> None:
    other = record(eventID="e-2", eventTime="2026-04-01T00:00:00Z")
    lake = fill(tmp_path, a=[record(), other], b=[record(), record(recipientAccountId="9")])
    batches = list(lake.deduplicated_events())
    assert all(batch.schema == EVENTS for batch in batches)
    assert sum(batch.num_rows for batch in batches) == 3
    (batch,) = lake.deduplicated_events([date(2026, 4, 1)], columns=["event_id", "event_time"])
    assert batch.to_pylist() == [{"event_id": "e-2", "event_time": datetime(2026, 4, 1, tzinfo=UTC)}]
    assert list(lake.deduplicated_events([])) == []


def test_a_cross_account_call_is_one_call_told_by_the_principals_account(tmp_path: Path) -> None:
    own = record(eventID="own", sharedEventID="s")
    foreign = record(eventID="foreign", sharedEventID="s", recipientAccountId="999988887777")
    seen_as_account = record(
        eventID="acc", sharedEventID="s", userIdentity={"type": "AWSAccount", "accountId": ROLE["accountId"]}
    )
    lake = fill(tmp_path, a=[foreign], b=[own, seen_as_account])
    found = {row["event_id"] for batch in lake.deduplicated_events(columns=["event_id"]) for row in batch.to_pylist()}
    assert found == {"own", "acc"}


def test_changed_dates_are_those_of_changed_files(tmp_path: Path) -> None:
    lake = fill(tmp_path, a=[record()], b=[record(eventTime="2026-03-02T00:00:00Z")])
    before = lake.events_version()
    assert lake.changed_dates(before) == set()
    assert lake.changed_dates(0) == {date(2026, 3, 1), date(2026, 3, 2)}
    assert lake.changed_dates(before + 5) is None
    fill(tmp_path, c=[record(eventTime="2026-03-05T00:00:00Z")])
    assert lake.changed_dates(before) == {date(2026, 3, 5)}


def replace(lake: Lake, rows: list[pa.RecordBatch], *days: int, version: int) -> None:
    """Put rows in the place of those of days of March."""
    files = [
        file for one in rows for file in write_usage(lake, one.column("date")[0].as_py(), [one.drop_columns(["date"])])
    ]
    dates = [date(2026, 3, day) for day in days]
    commit_usage(lake, files, dates, events_version=version, catalog_version="c1")


def test_usage_is_replaced_by_date(tmp_path: Path) -> None:
    lake = Lake.create(tmp_path)
    assert lake.usage_state() is None
    assert lake.usage_rows().num_rows == 0
    replace(lake, [usage(1, "a"), usage(2, "b")], 1, 2, version=3)
    replace(lake, [usage(2, "c")], 2, version=4)
    assert lake.usage_state() == (4, "c1")
    assert sorted(lake.usage_rows(["action"]).column(0).to_pylist()) == ["a", "c"]
    assert lake.usage_rows(action="c").schema == USAGE
    replace(lake, [], 1, version=5)
    assert lake.usage_rows(["action"]).column(0).to_pylist() == ["c"]


def test_a_query_takes_hostile_texts_as_parameters(tmp_path: Path) -> None:
    lake = fill(tmp_path, a=[record(userAgent="'; DROP TABLE events --")])
    sql = "SELECT count(*) FROM events WHERE user_agent = ?"
    assert lake.query(sql, ["'; DROP TABLE events --"]).column(0)[0].as_py() == 1


def test_a_reading_process_exits_cleanly_twenty_times(tmp_path: Path) -> None:
    lake = fill(tmp_path, a=[record()])
    code = (
        "import sys; from pathlib import Path; from trailmin.lake import Lake; lake = Lake.open(Path(sys.argv[1]))\n"
        "list(lake.deduplicated_events()); lake.log_object_rows(); lake.query('SELECT * FROM events')"
    )
    command = [sys.executable, "-c", code, str(lake.name)]
    for _ in range(10):
        pair = [subprocess.Popen(command) for _ in range(2)]
        assert [process.wait() for process in pair] == [0, 0]


def test_the_tables_are_plain_delta_tables(tmp_path: Path) -> None:
    lake = fill(tmp_path, a=[record()])
    table = DeltaTable(lake.events_folder.uri)
    assert table.metadata().partition_columns == ["date"]
    assert set(lake.event_files()) <= {file.path for file in lake.events_folder.files()}
