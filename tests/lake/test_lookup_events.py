"""The event history as a source: complete, resumable day by day, paced, and labelled."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.aws_server import CREDENTIALS
from tests.event_history import ACCOUNT, EventHistory, event_history
from tests.trail.records import record
from trailmin.engine import open_engine
from trailmin.errors import TrailError
from trailmin.lake import IngestReport, Lake, ingest
from trailmin.trail.sources import AwsAccess, Selection, open_source
from trailmin.trail.sources import lookup_events as module
from trailmin.trail.sources.lookup_events import LookupEventsSource

TODAY = date(2026, 3, 10)


def call(number: int, day: int, region: str) -> dict[str, Any]:
    return record(eventID=f"{region}-{number}", eventTime=f"2026-03-{day:02}T0{number % 10}:00:00Z", awsRegion=region)


@pytest.fixture
def history() -> EventHistory:
    regions = ("eu-west-1", "us-east-1")
    return EventHistory(records={name: [call(n, 5 + n % 6, name) for n in range(20)] for name in regions})


@pytest.fixture
def endpoint(history: EventHistory, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(module, "_INTERVAL", 0.001)
    monkeypatch.setattr(module, "DAYS", 8)
    with event_history(history) as url:
        yield url


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.create(tmp_path / "lake")


def source(endpoint: str, today: date = TODAY, **chosen: Any) -> LookupEventsSource:
    return LookupEventsSource(access=AwsAccess(endpoint_url=endpoint), selection=Selection(**chosen), today=today)


def run(lake: Lake, *args: Any, **kwargs: Any) -> IngestReport:
    return ingest([source(*args, **kwargs)], lake, engine=open_engine(1))


def ids(lake: Lake) -> list[str]:
    return [str(row) for row in lake.query("SELECT event_id FROM events ORDER BY 1").column(0).to_pylist()]


def test_every_region_and_day_comes_in_labelled(endpoint: str, history: EventHistory, lake: Lake) -> None:
    report = run(lake, endpoint)
    assert (report.read, report.new, report.failed) == (16, 40, 0)
    assert ids(lake) == sorted(one["eventID"] for records in history.records.values() for one in records)
    rows = lake.log_object_rows().to_pylist()
    assert {row["origin"] for row in rows} == {"lookup-events"}
    assert rows[0]["key"] == f"lookup-events/{ACCOUNT}/eu-west-1/2026/03/03/events.jsonl.gz"


def test_known_days_are_not_looked_up_again_but_for_the_last_two(
    endpoint: str, history: EventHistory, lake: Lake
) -> None:
    run(lake, endpoint)
    history.records["us-east-1"].append(call(77, 9, "us-east-1"))
    history.asked.clear()
    report = run(lake, endpoint)
    assert (report.read, report.new) == (1, 1)
    pages = sum(1 for region, _ in history.asked if region == "us-east-1")
    assert pages == 2 + 2


def test_days_and_regions_are_chosen(endpoint: str, history: EventHistory, lake: Lake) -> None:
    report = run(lake, endpoint, since=date(2026, 3, 6), until=date(2026, 3, 7), regions=frozenset({"eu-west-1"}))
    assert report.read == 2
    assert {region for region, _ in history.asked} == {"eu-west-1"}


def test_requests_are_paced_in_each_region_and_regions_go_on_side_by_side(
    endpoint: str, history: EventHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_INTERVAL", 0.2)
    days = {"since": date(2026, 3, 5), "until": date(2026, 3, 6)}
    opened = source(endpoint, **days)
    assert len(list(opened.list())) == 4
    opened.close()
    assert not Path(opened.folder).exists()
    for region in history.records:
        times = [moment for name, moment in history.asked if name == region]
        assert times[-1] - times[0] > 0.75 * 0.2 * (len(times) - 1)
    spans = [[moment for name, moment in history.asked if name == region] for region in history.records]
    assert max(span[0] for span in spans) < min(span[-1] for span in spans)


def test_throttled_requests_are_made_again(endpoint: str, history: EventHistory, lake: Lake) -> None:
    history.throttled = 3
    assert run(lake, endpoint).new == 40


def test_a_missing_permission_is_named(endpoint: str, history: EventHistory, lake: Lake) -> None:
    history.denied = {"us-east-1"}
    with pytest.raises(TrailError, match=r"look up events of us-east-1: not allowed \(cloudtrail:LookupEvents"):
        run(lake, endpoint)
    history.denied = {"DescribeRegions"}
    with pytest.raises(TrailError, match="ec2:DescribeRegions"):
        run(lake, endpoint)


def test_another_account_than_the_credentials_is_refused(endpoint: str, lake: Lake) -> None:
    with pytest.raises(TrailError, match=f"credentials are of account {ACCOUNT}"):
        run(lake, endpoint, accounts=frozenset({"999999999999"}))


def test_a_listing_may_be_given_up(endpoint: str) -> None:
    opened = source(endpoint)
    pages = opened.list()
    next(pages)
    pages.close()  # type: ignore[attr-defined]  # a generator
    opened.close()


@pytest.mark.parametrize("spec", ["lookup-events", "lookup-events://"])
def test_the_command_line_names_it(spec: str) -> None:
    opened = open_source(spec)
    assert isinstance(opened, LookupEventsSource)
    opened.close()
