"""Coverage of accounts whose events were looked up: management events of the regions asked, and nothing else."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.aws_server import CREDENTIALS
from tests.event_history import ACCOUNT, EventHistory, event_history
from tests.trail.records import ROLE, record, zipped
from tests.usage.lakes import CATALOG
from trailmin.cli.app import build_app
from trailmin.engine import open_engine
from trailmin.lake import Lake, ingest
from trailmin.report.coverage import coverage_json
from trailmin.trail.selectors import parse_event_selectors
from trailmin.trail.sources import AwsAccess, lookup_events, open_source
from trailmin.trail.sources.lookup_events import LookupEventsSource
from trailmin.usage import Coverage, measure_coverage
from trailmin.usage.rollup import refresh_usage

DAYS = (date(2026, 3, 5), date(2026, 3, 10))
ALL = {
    "AdvancedEventSelectors": [
        {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]},
        {
            "FieldSelectors": [
                {"Field": "eventCategory", "Equals": ["Data"]},
                {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
            ]
        },
    ]
}


def call(day: int, region: str = "us-east-1") -> dict[str, Any]:
    return record(
        eventID=f"{region}-{day}",
        eventTime=f"2026-03-{day:02}T01:00:00Z",
        awsRegion=region,
        eventSource="ec2.amazonaws.com",
        eventName="DescribeInstances",
        readOnly=True,
        eventCategory="Management",
        userIdentity=ROLE,
        requestParameters=None,
    )


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """Of two regions, all days looked up."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(lookup_events, "_INTERVAL", 0.001)
    monkeypatch.setattr(lookup_events, "DAYS", 6)
    regions = ("eu-west-1", "us-east-1")
    history = EventHistory(records={name: [call(day, name) for day in range(5, 11)] for name in regions})
    made = Lake.create(tmp_path / "lake")
    with event_history(history) as endpoint:
        source = LookupEventsSource(access=AwsAccess(endpoint_url=endpoint), today=DAYS[1])
        ingest([source], made, engine=open_engine(1))
    refresh_usage(made, CATALOG)
    return made


def measured(lake: Lake) -> Coverage:
    return measure_coverage(lake, CATALOG, {ACCOUNT: ALL}, *DAYS)


def test_data_events_are_not_observable_whatever_the_trail_logs(lake: Lake) -> None:
    coverage = measured(lake)
    assert not coverage.observe(ACCOUNT, "s3:GetObject", ["arn:aws:s3:::b/*"]).full
    assert coverage.observe(ACCOUNT, "ec2:RunInstances", ["arn:aws:ec2:us-east-1:111122223333:instance/*"]).full
    assert coverage.observe(ACCOUNT, "iam:CreateRole", ["*"]).full
    elsewhere = coverage.observe(ACCOUNT, "ec2:RunInstances", ["arn:aws:ec2:ap-south-1:111122223333:instance/*"])
    assert not elsewhere.full


def test_coverage_says_where_events_are_from(lake: Lake) -> None:
    (account,) = coverage_json(measured(lake))["accounts"]
    assert account["looked_up_regions"] == ["eu-west-1", "us-east-1"]
    assert not [kind for kind in account["logged"] if kind["category"] == "Data" and kind["logged"] != "no"]
    shown = CliRunner().invoke(build_app(), ["coverage", "--lake", lake.name]).stdout
    assert "lookup-events: management events only, no data events, in eu-west-1, us-east-1" in " ".join(shown.split())


def test_looking_up_what_a_trail_delivers_as_well_changes_nothing(lake: Lake, tmp_path: Path) -> None:
    for day in range(5, 11):
        path = tmp_path / f"AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/2026/03/{day:02}/a.json.gz"
        path.parent.mkdir(parents=True)
        path.write_bytes(zipped(call(day)))
    ingest([open_source(str(tmp_path / "AWSLogs"))], lake, engine=open_engine(1))
    refresh_usage(lake, CATALOG)
    coverage = measured(lake)
    assert coverage.accounts[ACCOUNT].looked_up == frozenset()
    assert coverage.accounts[ACCOUNT].selectors == parse_event_selectors(ALL)
