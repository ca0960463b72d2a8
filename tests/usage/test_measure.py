from datetime import date

import pytest

from tests.usage.lakes import CATALOG, call, rolled
from trailmin.errors import TrailError
from trailmin.lake import Lake
from trailmin.usage import Coverage, measure_coverage

ACCOUNT, DAYS = "111122223333", (date(2026, 9, 1), date(2026, 9, 30))
ALL = {"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}]}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    kms = {"eventSource": "kms.amazonaws.com", "eventCategory": "Management", "requestParameters": {"keyId": "k"}}
    return rolled(
        tmp_path_factory.mktemp("measure"),
        call(1, day=2),
        call(2, day=3),
        call(3, "Decrypt", day=3, awsRegion="us-east-1", **kms),
    )


def measured(lake: Lake, selectors: object = None) -> Coverage:
    return measure_coverage(lake, CATALOG, {ACCOUNT: selectors}, *DAYS)


def test_days_regions_and_events_of_an_account(lake: Lake) -> None:
    logs = measured(lake).accounts[ACCOUNT]
    assert logs.dates == {date(2026, 9, 2), date(2026, 9, 3)}
    assert (logs.regions, logs.events) == (frozenset({"eu-west-1", "us-east-1"}), 3)


def test_management_events_are_told_apart_by_kind_and_source(lake: Lake) -> None:
    logs = measured(lake).accounts[ACCOUNT]
    assert (logs.management_seen, logs.management_sources) == (
        frozenset({True}),
        frozenset({("kms.amazonaws.com", True)}),
    )


def test_data_events_are_of_the_very_resource_and_have_a_first_day(lake: Lake) -> None:
    (seen,) = measured(lake).accounts[ACCOUNT].data_seen
    assert (seen.resource, seen.prefix, seen.read_only) == ("arn:aws:s3:::photos/a.jpg", "s3", True)
    assert seen.first_date == date(2026, 9, 2)


def test_selectors_are_parsed_and_others_are_an_error(lake: Lake) -> None:
    assert measured(lake).accounts[ACCOUNT].selectors is None
    assert measured(lake, ALL).accounts[ACCOUNT].selectors is not None
    with pytest.raises(TrailError):
        measured(lake, {"Trails": []})


def test_an_account_with_selectors_and_no_events_has_no_days(lake: Lake) -> None:
    found = measure_coverage(lake, CATALOG, {"444455556666": ALL}, *DAYS)
    assert found.accounts["444455556666"].dates == frozenset()
