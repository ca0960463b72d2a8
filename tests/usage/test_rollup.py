from datetime import date
from pathlib import Path

import pyarrow as pa

from tests.usage.lakes import call, fill, refresh, rolled
from trailmin.lake.schema import USAGE
from trailmin.lake.tables import file_paths, open_table

TOTALS = (
    "SELECT date, action, sum(count)::BIGINT AS n, sum(calls)::BIGINT AS calls FROM usage GROUP BY ALL ORDER BY ALL"
)


def test_only_days_whose_events_changed_are_rebuilt(tmp_path: Path) -> None:
    lake = fill(tmp_path, "a", call(1), call(2, day=2))
    assert refresh(lake).dates == (date(2026, 9, 1), date(2026, 9, 2))
    assert refresh(lake).dates == ()
    fill(tmp_path, "b", call(3, day=2), call(4, day=3))
    report = refresh(lake)
    assert (report.dates, report.events) == ((date(2026, 9, 2), date(2026, 9, 3)), 3)
    rows = lake.query(TOTALS).to_pylist()
    assert [(row["date"].day, row["n"]) for row in rows] == [(1, 1), (2, 2), (3, 1)]


def test_an_event_that_comes_twice_counts_once(tmp_path: Path) -> None:
    lake = rolled(tmp_path, call(1), call(1), call(2))
    assert [row["n"] for row in lake.query(TOTALS).to_pylist()] == [2]


def test_calls_add_up_to_the_events_whatever_an_event_was_checked_for(tmp_path: Path) -> None:
    copied = {"bucketName": "b", "key": "k", "x-amz-copy-source": "photos/a.jpg"}
    records = [
        call(1),
        call(2, "CopyObject", requestParameters=copied, readOnly=False),
        call(3, "NoSuchOperationOfS3"),
        call(4, "GetCallerIdentity", eventSource="sts.amazonaws.com"),
        call(5, errorCode="NoSuchKey"),
    ]
    rows = rolled(tmp_path, *records).query(TOTALS).to_pylist()
    assert sum(row["calls"] for row in rows) == len(records)
    assert {row["action"] for row in rows} >= {"s3:GetObject", "s3:PutObject", "s3:ListBucket", None}


def test_the_same_events_give_the_same_rows(tmp_path: Path) -> None:
    query = "SELECT * FROM usage ORDER BY ALL"
    one = rolled(tmp_path / "1", call(1), call(2, day=2), call(3, "PutObject")).query(query)
    two = rolled(tmp_path / "2", call(3, "PutObject"), call(2, day=2), call(1)).query(query)
    assert one.to_pylist() == two.to_pylist()


def test_files_of_usage_have_the_types_of_the_table(tmp_path: Path) -> None:
    folder = rolled(tmp_path, call(1), call(2, "NoSuchOperationOfS3")).usage_folder
    (path,) = file_paths(open_table(folder))
    found = folder.read(path).schema
    assert [(one.name, one.nullable) for one in found] == [
        (one.name, one.nullable) for one in USAGE if one.name != "date"
    ]
    for one in found:
        kind = USAGE.field(one.name).type
        assert pa.types.is_list(one.type) if pa.types.is_list(kind) else one.type == kind
