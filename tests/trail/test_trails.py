"""Trails: which regions each of them logs."""

import pytest

from trailmin.errors import TrailError
from trailmin.trail.trails import Trail, parse_trails, reach_of

ALL = Trail(arn="arn:all", home_region="us-east-1", is_multi_region=True)
EAST = Trail(arn="arn:east", home_region="us-east-1", is_multi_region=False)
WEST = Trail(arn="arn:west", home_region="eu-west-1", is_multi_region=False)


def selectors(trail: str | None, kind: str = "All") -> dict[str, object]:
    named = {"TrailARN": trail} if trail else {}
    return {**named, "EventSelectors": [{"ReadWriteType": kind, "IncludeManagementEvents": True}]}


def test_a_trail_has_its_region_and_whether_it_logs_all() -> None:
    told = {"trailList": [{"TrailARN": "arn:east", "HomeRegion": "us-east-1", "IsMultiRegionTrail": False}]}
    assert parse_trails(told) == (EAST,)
    assert parse_trails(told["trailList"]) == (EAST,)


@pytest.mark.parametrize("value", [7, {}, {"trailList": [{}]}, ["x"], {"trailList": None}])
def test_another_form_is_an_error_with_a_hint(value: object) -> None:
    with pytest.raises(TrailError) as caught:
        parse_trails(value)
    assert "describe-trails" in str(caught.value.hint)


def test_the_selectors_of_a_single_region_say_nothing_of_the_others() -> None:
    reach = reach_of((ALL, WEST), [selectors("arn:all", "ReadOnly"), selectors("arn:west")])
    assert reach.is_multi_region
    assert reach.by_region == {}
    assert reach.everywhere is not None
    assert reach.everywhere.admits_management(read_only=True, event_source="ec2.amazonaws.com")
    assert not reach.everywhere.admits_management(read_only=False, event_source="ec2.amazonaws.com")


def test_each_single_region_has_its_own_selectors() -> None:
    reach = reach_of((EAST, WEST), [selectors("arn:east", "ReadOnly"), selectors("arn:west", "WriteOnly")])
    assert sorted(reach.by_region) == ["eu-west-1", "us-east-1"]
    for region, reads in (("us-east-1", True), ("eu-west-1", False)):
        found = reach.by_region[region]
        assert found is not None
        assert found.admits_management(read_only=reads, event_source="ec2.amazonaws.com")
        assert not found.admits_management(read_only=not reads, event_source="ec2.amazonaws.com")


def test_selectors_that_name_no_trail_are_those_of_each() -> None:
    assert reach_of((EAST,), selectors(None)).by_region["us-east-1"] is not None


def test_without_selectors_they_are_not_known() -> None:
    assert reach_of((ALL,), None).everywhere is None
    assert reach_of((EAST,), None).by_region == {"us-east-1": None}
