from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.synth.situation import ACCOUNT, EVERYTHING, MANAGEMENT_ONLY, S3, SINCE, coverage_of, select
from trailmin.trail.selectors import parse_event_selectors
from trailmin.usage import Observation
from trailmin.usage.account_coverage import SeenData

TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/T"


def observed(action: str, *resources: str, account: str | None = ACCOUNT, **known: Any) -> Observation:
    selectors = known.pop("selectors", EVERYTHING)
    return coverage_of(selectors, **known).observe(account, action, resources or ("*",))


def test_an_account_without_logs_shows_nothing() -> None:
    assert not observed("s3:CreateBucket", account="444455556666").full
    assert not observed("s3:CreateBucket", account=None).full


def test_management_and_data_events_that_are_selected_show() -> None:
    for action in ("s3:CreateBucket", "s3:GetObject", "dynamodb:PutItem", "kms:Decrypt"):
        assert observed(action).full, action


def test_data_events_that_are_not_selected_do_not_and_the_selector_is_named() -> None:
    found = observed("dynamodb:PutItem", TABLE, selectors=MANAGEMENT_ONLY)
    assert not found.full
    assert "AWS::DynamoDB::Table" in str(found.selector)


@pytest.mark.parametrize(
    ("resource", "full"),
    [
        ("arn:aws:s3:::photos/*", True),
        ("arn:aws:s3:::photos/2026/*", True),
        ("arn:aws:s3:::photos", True),
        ("arn:aws:s3:::photos*", False),
        ("arn:aws:s3:::films/*", False),
        ("*", False),
    ],
)
def test_one_logged_bucket_shows_what_is_done_in_it(resource: str, full: bool) -> None:
    logged = select(*S3, starts_with="arn:aws:s3:::photos/")
    assert observed("s3:GetObject", resource, selectors=logged).full is full


def test_every_resource_of_the_grant_must_be_logged() -> None:
    logged = select(*S3, starts_with="arn:aws:s3:::photos/")
    assert not observed("s3:GetObject", "arn:aws:s3:::photos/*", "arn:aws:s3:::films/*", selectors=logged).full


def test_a_type_that_the_resource_is_not_of_need_not_be_selected() -> None:
    objects = select("AWS::S3::Object")
    assert observed("s3:GetObject", "arn:aws:s3:::photos/*", selectors=objects).full
    assert not observed("s3:GetObject", "arn:aws:s3:us-east-1:1:accesspoint/a/object/*", selectors=objects).full


def test_what_shows_in_part_tells_the_resources_that_do_not() -> None:
    objects = select("AWS::S3::Object")
    assert observed("s3:GetObject", selectors=objects).hidden == ("arn:*:s3:*:*:accesspoint/*/object/*",)
    of_account = ("arn:aws:s3:::photos*", "arn:aws:s3:us-east-1:1:*")
    assert observed("s3:ListBucket", *of_account, selectors=objects).hidden == ("arn:aws:s3:us-east-1:1:accesspoint/*",)


def test_what_shows_on_some_buckets_only_need_not_have_shown_on_any_resource() -> None:
    logged = select("AWS::S3::Object", starts_with="arn:aws:s3:::photos/")
    assert observed("s3:GetObject", selectors=logged).hidden is None
    assert observed("s3:GetObject", selectors=MANAGEMENT_ONLY).hidden is None


@pytest.mark.parametrize(("kind", "action"), [("WriteOnly", "s3:GetBucketAcl"), ("ReadOnly", "s3:CreateBucket")])
def test_a_trail_of_reads_or_writes_shows_only_them(kind: str, action: str) -> None:
    basic = parse_event_selectors({"EventSelectors": [{"ReadWriteType": kind, "IncludeManagementEvents": True}]})
    assert not observed(action, selectors=basic).full


def test_excluded_sources_do_not_show() -> None:
    excluded = {"ReadWriteType": "All", "ExcludeManagementEventSources": ["kms.amazonaws.com"]}
    basic = parse_event_selectors({"EventSelectors": [excluded]})
    assert not observed("kms:Decrypt", selectors=basic).full
    assert observed("s3:CreateBucket", selectors=basic).full


def test_without_selectors_what_was_seen_decides() -> None:
    assert observed("s3:CreateBucket", selectors=None).full
    assert not observed("s3:CreateBucket", selectors=None, management_seen=frozenset({True})).full


def test_without_selectors_a_source_that_can_be_excluded_must_have_been_seen() -> None:
    assert not observed("kms:Decrypt", selectors=None).full
    seen = frozenset({("kms.amazonaws.com", True)})
    assert observed("kms:Decrypt", selectors=None, management_sources=seen).full
    assert not observed("kms:CreateKey", selectors=None, management_sources=seen).full


def seen(resource: str, **changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "prefix": "dynamodb",
        "read_only": False,
        "resource": resource,
        "first_date": SINCE,
    } | changes
    return {"selectors": None, "data_seen": (SeenData(**given),)}


def test_without_selectors_only_the_very_resource_shows_from_its_first_day_on() -> None:
    assert observed("dynamodb:PutItem", TABLE, **seen(TABLE)).full
    for other in (f"{TABLE}2", f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/*", "*"):
        assert not observed("dynamodb:PutItem", other, **seen(TABLE)).full
    assert not observed("dynamodb:GetItem", TABLE, **seen(TABLE)).full
    assert not observed("dynamodb:PutItem", TABLE, **seen(TABLE, first_date=date(2026, 9, 2))).full
    assert not observed("dynamodb:PutItem", TABLE, **seen(TABLE, prefix="s3")).full


def test_a_pattern_in_the_log_shows_nothing_of_what_it_stands_for() -> None:
    summary = "arn:aws:s3:::photos/*"
    assert not observed("s3:PutObject", summary, **seen(summary, prefix="s3")).full


@pytest.mark.parametrize(("region", "full"), [("us-east-1", True), ("eu-west-1", False), ("*", True)])
def test_a_region_without_logs_shows_nothing(region: str, full: bool) -> None:
    assert observed("sqs:CreateQueue", f"arn:aws:sqs:{region}:{ACCOUNT}:q").full is full
    assert observed("sqs:SendMessage", f"arn:aws:sqs:{region}:{ACCOUNT}:q").full is full


def test_services_without_regions_are_logged_in_one() -> None:
    assert not observed("iam:CreateRole", regions=frozenset({"eu-west-1"})).full
    assert observed("iam:CreateRole").full


def test_what_is_never_logged_or_not_known_does_not_show() -> None:
    for action in ("logs:PutLogEvents", "s3:NoSuchAction"):
        assert not observed(action).full


def test_a_permission_shows_where_the_calls_show_that_check_it() -> None:
    coverage = coverage_of(EVERYTHING)
    asked = ("iam:PassRole", ["*"])
    assert coverage.observe(ACCOUNT, *asked, may_call={"lambda:CreateFunction"}).full
    blind = replace(coverage_of(EVERYTHING).accounts[ACCOUNT], selectors=None, management_seen=frozenset({True}))
    through = replace(coverage, accounts={ACCOUNT: blind}).observe(ACCOUNT, *asked, may_call={"lambda:CreateFunction"})
    assert not through.full
    assert "checked inside lambda:CreateFunction" in through.reason


EC2 = "arn:aws:ec2:{region}:111122223333:instance/*"


def in_single_regions(action: str, *resources: str, **regions: Any) -> Observation:
    by_region = {name.replace("_", "-"): found for name, found in (regions or {"us_east_1": EVERYTHING}).items()}
    return observed(action, *resources, selectors=None, by_region=by_region)


def test_a_trail_of_one_region_shows_what_can_only_be_used_there() -> None:
    found = in_single_regions("ec2:TerminateInstances", EC2.format(region="us-east-1"))
    assert found.full
    assert found.reason == "management events are logged in us-east-1"


@pytest.mark.parametrize("resource", ["*", EC2.format(region="*"), EC2.format(region="eu-*"), "arn:aws:s3:::photos/*"])
def test_a_trail_of_one_region_does_not_show_what_can_be_used_in_any(resource: str) -> None:
    action = "s3:GetObject" if ":s3:" in resource else "ec2:TerminateInstances"
    found = in_single_regions(action, resource)
    assert not found.full
    assert found.reason == "the trails log us-east-1 alone, and it can be used in other regions"
    assert "IsMultiRegionTrail" in str(found.selector)


def test_a_region_without_a_trail_is_named() -> None:
    found = in_single_regions("ec2:TerminateInstances", EC2.format(region="us-east-1"), EC2.format(region="eu-west-1"))
    assert not found.full
    assert found.reason.endswith("it can be used in eu-west-1")


def test_services_without_regions_show_in_us_east_1() -> None:
    assert in_single_regions("iam:CreateUser").full
    assert not in_single_regions("iam:CreateUser", eu_west_1=EVERYTHING).full


def test_each_region_is_judged_by_its_own_selectors() -> None:
    both = [f"arn:aws:dynamodb:{region}:111122223333:table/T" for region in ("us-east-1", "eu-west-1")]
    regions = {"us_east_1": EVERYTHING, "eu_west_1": MANAGEMENT_ONLY}
    assert in_single_regions("dynamodb:PutItem", both[0], **regions).full
    assert not in_single_regions("dynamodb:PutItem", both[1], **regions).full
    assert not in_single_regions("dynamodb:PutItem", *both, **regions).full


def test_a_trail_of_all_regions_says_so() -> None:
    assert observed("ec2:TerminateInstances", is_multi_region=True).reason == (
        "management events are logged in all regions"
    )
    assert observed("s3:GetObject", is_multi_region=True).reason.endswith("are logged in all regions")
