"""Since when data events are logged, as the changes of trails in the log tell it."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.usage.lakes import CATALOG, call, rolled
from trailmin.lake import Lake
from trailmin.report.coverage import holes_text
from trailmin.usage import Observation, measure_coverage

ACCOUNT, MANAGEMENT_ACCOUNT = "111122223333", "444455556666"
TRAIL = f"arn:aws:cloudtrail:eu-west-1:{ACCOUNT}:trail/audit"
OBJECTS = ["arn:aws:s3:::photos/*"]

MANAGEMENT = {"fieldSelectors": [{"field": "eventCategory", "equals": ["Management"]}]}
DATA = {
    "fieldSelectors": [
        {"field": "eventCategory", "equals": ["Data"]},
        {"field": "resources.type", "equals": ["AWS::S3::Object"]},
    ]
}
POINTS = {
    "fieldSelectors": [
        {"field": "eventCategory", "equals": ["Data"]},
        {"field": "resources.type", "equals": ["AWS::S3::AccessPoint"]},
    ]
}
BASIC = {
    "readWriteType": "All",
    "includeManagementEvents": True,
    "dataResources": [{"type": "AWS::S3::Object", "values": ["arn:aws:s3"]}],
    "excludeManagementEventSources": [],
}


def as_printed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[0].upper() + key[1:]: as_printed(one) for key, one in value.items()}
    return [as_printed(one) for one in value] if isinstance(value, list) else value


NOW = {"TrailARN": TRAIL, "AdvancedEventSelectors": as_printed([MANAGEMENT, DATA, POINTS])}


def change(number: int, event: str, day: int, /, *, account: str = ACCOUNT, **parameters: Any) -> dict[str, Any]:
    return call(
        number,
        event,
        day=day,
        eventSource="cloudtrail.amazonaws.com",
        eventCategory="Management",
        readOnly=False,
        recipientAccountId=account,
        requestParameters=parameters,
        resources=[],
    )


def told(number: int, day: int, *selectors: Any, trail: str = "audit", **more: Any) -> dict[str, Any]:
    return change(number, "PutEventSelectors", day, trailName=trail, advancedEventSelectors=list(selectors), **more)


def lake_of(tmp_path: Path, *records: dict[str, Any]) -> Lake:
    return rolled(tmp_path, call(1, day=1), call(2, day=30), *records)


def observed(
    lake: Lake, now: object = NOW, *, last: int = 30, minimum_days: int | None = 10, trails: object = None
) -> Observation:
    days = (date(2026, 9, 1), date(2026, 9, last))
    coverage = measure_coverage(
        lake, CATALOG, {ACCOUNT: now}, *days, trails={ACCOUNT: trails}, minimum_days=minimum_days
    )
    return coverage.observe(ACCOUNT, "s3:GetObject", OBJECTS)


def test_data_events_that_a_trail_was_told_to_log_lately_need_not_have_shown(tmp_path: Path) -> None:
    found = observed(lake_of(tmp_path, told(3, 25, MANAGEMENT, DATA, POINTS)))
    assert not found.full
    assert found.reason.endswith("are logged only since 2026-09-26")


def test_those_that_are_logged_long_enough_have_shown(tmp_path: Path) -> None:
    lake = lake_of(tmp_path, told(3, 5, MANAGEMENT, DATA, POINTS))
    found = observed(lake)
    assert found.full
    assert found.reason.endswith("are logged since 2026-09-06")
    assert not observed(lake, minimum_days=None).full


def test_a_trail_that_is_told_the_same_again_and_again_has_logged_since_the_first_time(tmp_path: Path) -> None:
    again = [told(number, day, MANAGEMENT, DATA, POINTS) for number, day in ((3, 5), (4, 15), (5, 29))]
    assert observed(lake_of(tmp_path, *again)).full


def test_a_time_in_which_they_were_left_out_counts(tmp_path: Path) -> None:
    states = [told(3, 2, MANAGEMENT, DATA, POINTS), told(4, 15, MANAGEMENT), told(5, 25, MANAGEMENT, DATA, POINTS)]
    assert not observed(lake_of(tmp_path, *states)).full


def test_management_events_are_judged_by_the_selectors_and_what_was_seen(tmp_path: Path) -> None:
    changed = told(3, 25, MANAGEMENT, DATA, POINTS)
    assert of_management(lake_of(tmp_path / "seen", change(4, "AddTags", 1), changed)).full
    found = of_management(lake_of(tmp_path / "unseen", changed))
    assert not found.full
    assert found.reason == "management write events are logged only since 2026-09-25"


def of_management(lake: Lake, action: str = "cloudtrail:StopLogging") -> Observation:
    days = (date(2026, 9, 1), date(2026, 9, 30))
    coverage = measure_coverage(lake, CATALOG, {ACCOUNT: NOW}, *days, minimum_days=10)
    return coverage.observe(ACCOUNT, action, [TRAIL])


def test_reads_that_a_trail_left_out_until_lately_need_not_have_shown(tmp_path: Path) -> None:
    writes: dict[str, Any] = {"trailName": "audit", "eventSelectors": [BASIC | {"readWriteType": "WriteOnly"}]}
    reads = change(5, "DescribeTrails", 1) | {"readOnly": True}
    states = [change(3, "PutEventSelectors", 1, **writes), told(4, 25, MANAGEMENT, DATA, POINTS), reads]
    lake = lake_of(tmp_path, *states)
    assert of_management(lake).full
    assert not of_management(lake, "cloudtrail:GetTrailStatus").full


@pytest.mark.parametrize("event", ["StopLogging", "DeleteTrail"])
def test_a_trail_that_was_stopped_logged_nothing_until_it_was_started_again(tmp_path: Path, event: str) -> None:
    stopped, started = change(3, event, 5, name=TRAIL), change(4, "StartLogging", 25, name=TRAIL)
    assert not observed(lake_of(tmp_path / "again", stopped, started)).full
    assert not observed(lake_of(tmp_path / "gone", stopped)).full
    assert observed(lake_of(tmp_path / "before", stopped, started), last=4).full


def test_a_trail_that_is_stopped_for_an_hour_has_logged_all_along(tmp_path: Path) -> None:
    stopped = change(3, "StopLogging", 20, name="audit")
    started = change(4, "StartLogging", 20, name="audit") | {"eventTime": "2026-09-20T11:00:00Z"}
    assert observed(lake_of(tmp_path, stopped, started)).full


def test_what_a_trail_did_before_it_was_first_seen_to_be_started_is_not_known(tmp_path: Path) -> None:
    started = change(3, "StartLogging", 25, name="audit")
    assert not observed(lake_of(tmp_path, started)).full
    assert of_management(lake_of(tmp_path, started, change(4, "AddTags", 2))).full


def test_what_shows_in_part_is_hidden_whole_until_the_rest_was_logged_long_enough(tmp_path: Path) -> None:
    now = NOW | {"AdvancedEventSelectors": as_printed([MANAGEMENT, DATA])}
    either = ["arn:aws:s3:::photos/*", f"arn:aws:s3:eu-west-1:{ACCOUNT}:accesspoint/*"]
    for day, is_hidden_in_part in ((5, True), (25, False)):
        lake = lake_of(tmp_path / str(day), told(3, day, MANAGEMENT, DATA))
        days = (date(2026, 9, 1), date(2026, 9, 30))
        coverage = measure_coverage(lake, CATALOG, {ACCOUNT: now}, *days, minimum_days=10)
        found = coverage.observe(ACCOUNT, "s3:GetObject", either)
        assert not found.full
        assert (found.hidden is not None) is is_hidden_in_part


def test_coverage_tells_that_a_trail_was_changed(tmp_path: Path) -> None:
    lake = lake_of(tmp_path, told(3, 25, MANAGEMENT, DATA, POINTS))
    days = (date(2026, 9, 1), date(2026, 9, 30))
    words = holes_text(measure_coverage(lake, CATALOG, {ACCOUNT: NOW}, *days)).plain
    assert f"{ACCOUNT}: a trail was changed, last on 2026-09-25: earlier data events need not have shown" in words


def test_selectors_of_a_trail_whose_data_events_are_not_in_the_lake_show_nothing(tmp_path: Path) -> None:
    lake = rolled(tmp_path, change(1, "StopLogging", 1, name="audit"), change(2, "StopLogging", 30, name="audit"))
    found = observed(lake)
    assert not found.full
    assert found.reason.startswith("its trails log data events of AWS::S3::")
    assert found.reason.endswith("the lake has none of such a trail")


def test_basic_selectors_of_an_event_are_understood(tmp_path: Path) -> None:
    basic: dict[str, Any] = {"trailName": "audit", "eventSelectors": [BASIC]}
    states = [change(3, "PutEventSelectors", 3, **basic), told(4, 25, MANAGEMENT, DATA, POINTS)]
    now = {"TrailARN": TRAIL, "AdvancedEventSelectors": as_printed([MANAGEMENT, DATA])}
    lake = lake_of(tmp_path, *states)
    objects = measure_coverage(lake, CATALOG, {ACCOUNT: now}, date(2026, 9, 1), date(2026, 9, 30), minimum_days=10)
    (logs,) = objects.accounts.values()
    assert [state.first for state in logs.logging] == [date(2026, 9, 26), date(2026, 9, 4), date.min]
    assert logs.logging[1].selectors.admits_data("AWS::S3::Object", "arn:aws:s3:::photos/*", read_only=True)


def test_changes_of_other_trails_and_refused_ones_say_nothing(tmp_path: Path) -> None:
    refused = told(4, 25, MANAGEMENT) | {"errorCode": "AccessDenied"}
    assert observed(lake_of(tmp_path, told(3, 25, MANAGEMENT, trail="billing"), refused)).full


def test_an_organization_s_trail_is_changed_in_its_own_account(tmp_path: Path) -> None:
    arn = TRAIL.replace(ACCOUNT, MANAGEMENT_ACCOUNT)
    changed = told(3, 25, MANAGEMENT, DATA, POINTS, account=MANAGEMENT_ACCOUNT, trail=arn)
    assert not observed(lake_of(tmp_path, changed), NOW | {"TrailARN": arn}).full


@pytest.mark.parametrize("event", ["CreateTrail", "UpdateTrail"])
@pytest.mark.parametrize("last", [30, 24])
def test_a_trail_that_is_new_or_was_widened_logged_nothing_before(tmp_path: Path, event: str, last: int) -> None:
    lake = lake_of(tmp_path, change(3, event, 25, name="audit", isMultiRegionTrail=True))
    assert not observed(lake, last=last).full


def test_an_update_that_widens_nothing_changes_nothing(tmp_path: Path) -> None:
    assert observed(lake_of(tmp_path, change(3, "UpdateTrail", 25, name="audit", s3BucketName="other"))).full


def test_parameters_that_cannot_be_read_are_taken_for_nothing_logged(tmp_path: Path) -> None:
    states = [
        change(3, "PutEventSelectors", 5, trailName="audit", advancedEventSelectors=["?"]),
        told(4, 25, MANAGEMENT, DATA, POINTS),
    ]
    assert not observed(lake_of(tmp_path, *states)).full


def test_a_window_before_the_change_is_judged_by_what_was_logged_then(tmp_path: Path) -> None:
    states = [told(3, 1, MANAGEMENT, DATA, POINTS), told(4, 25, MANAGEMENT, DATA, POINTS)]
    assert observed(lake_of(tmp_path, *states), last=20).full
    assert not observed(lake_of(tmp_path / "unknown", states[1]), last=20).full


def test_of_trails_of_single_regions_only_the_time_since_the_last_change_is_known(tmp_path: Path) -> None:
    trails = {"trailList": [{"TrailARN": TRAIL, "HomeRegion": "eu-west-1", "IsMultiRegionTrail": False}]}
    states = [told(3, 2, MANAGEMENT, DATA, POINTS), told(4, 15, MANAGEMENT, DATA, POINTS)]
    lake = lake_of(tmp_path, *states)
    days = (date(2026, 9, 1), date(2026, 9, 30))
    coverage = measure_coverage(lake, CATALOG, {ACCOUNT: NOW}, *days, trails={ACCOUNT: trails}, minimum_days=10)
    queue = ["arn:aws:s3express:eu-west-1:111122223333:bucket/b"]
    assert coverage.accounts[ACCOUNT].of_region("eu-west-1").logging[0].first == date(2026, 9, 16)
    assert len(coverage.accounts[ACCOUNT].of_region("eu-west-1").logging) == 1
    assert not coverage.observe(ACCOUNT, "s3express:CreateSession", queue).full
