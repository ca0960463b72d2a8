import json
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from sample_logs.accounts import ACCOUNTS, DAYS, LEDGER, MEDIA, REGIONS, SHOP, Json
from sample_logs.stories import STORIES, image_processor, order_notifier, partner_sync, report_exporter

EVERY_RECORD_HAS = {
    "eventVersion",
    "userIdentity",
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
    "requestParameters",
    "responseElements",
    "requestID",
    "eventID",
    "readOnly",
    "eventType",
    "managementEvent",
    "recipientAccountId",
    "eventCategory",
}
DENIED = {"AccessDenied", "Client.UnauthorizedOperation"}


def role_name(record: Json) -> str | None:
    issuer = record["userIdentity"].get("sessionContext", {}).get("sessionIssuer", {})
    return str(issuer["userName"]) if issuer else None


def of_role(records: list[Json], name: str) -> list[Json]:
    return [record for record in records if role_name(record) == name]


def calls(records: list[Json]) -> set[str]:
    return {f"{record['eventSource'].removesuffix('.amazonaws.com')}:{record['eventName']}" for record in records}


def test_every_record_has_the_keys_of_a_real_one(records: list[Json]) -> None:
    for record in records:
        assert record.keys() >= EVERY_RECORD_HAS
        assert ("errorCode" in record) == ("errorMessage" in record)
        assert ("tlsDetails" in record) == ("invokedBy" not in record["userIdentity"])


def test_event_ids_are_unique(records: list[Json]) -> None:
    assert len({record["eventID"] for record in records}) == len(records)


def test_every_record_is_in_the_log_object_of_its_account_region_and_day(
    records: list[Json], log_objects: list[Path]
) -> None:
    folders = {"/".join(path.parts[-7:-1]) for path in log_objects}
    for record in records:
        day = record["eventTime"][:10].replace("-", "/")
        assert f"{record['recipientAccountId']}/CloudTrail/{record['awsRegion']}/{day}" in folders


def test_no_account_has_a_day_without_records(records: list[Json]) -> None:
    seen = {(record["recipientAccountId"], record["eventTime"][:10]) for record in records}
    assert seen == {(account, day.isoformat()) for account in ACCOUNTS for day in DAYS}
    assert len(DAYS) == 45
    assert all(later - day == timedelta(days=1) for day, later in pairwise(DAYS))


def test_data_events_are_logged_in_two_accounts_only(records: list[Json]) -> None:
    data = {record["recipientAccountId"] for record in records if record["eventCategory"] == "Data"}
    assert data == {SHOP, MEDIA}
    assert all(record["managementEvent"] == (record["eventCategory"] == "Management") for record in records)


def test_sessions_begin_before_they_are_used(records: list[Json]) -> None:
    for record in records:
        started = record["userIdentity"].get("sessionContext", {}).get("attributes", {}).get("creationDate")
        if started:
            age = datetime.fromisoformat(record["eventTime"]) - datetime.fromisoformat(started)
            assert timedelta(0) <= age <= timedelta(hours=12)


def test_every_role_but_the_unused_one_is_active_on_most_days(records: list[Json]) -> None:
    days: dict[str | None, set[str]] = defaultdict(set)
    for record in records:
        days[role_name(record)].add(record["eventTime"][:10])
    for story in STORIES:
        active = len(days[story.role.name])
        assert active == 0 if story.role.name == "old-batch" else active > 30, story.role.name


def test_session_issuers_are_the_roles_of_the_snapshots(records: list[Json]) -> None:
    arns = {story.role.arn for story in STORIES}
    issuers = {
        record["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] for record in records if role_name(record)
    }
    assert issuers == arns - {story.role.arn for story in STORIES if story.role.region is None}


def test_the_image_processor_does_what_its_story_says(records: list[Json]) -> None:
    own = of_role(records, "image-processor")
    assert calls(own) == {
        "s3:ListObjects",
        "s3:GetObject",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "logs:CreateLogStream",
    }
    buckets = {r["requestParameters"]["bucketName"] for r in own if r["eventSource"] == "s3.amazonaws.com"}
    tables = {r["requestParameters"]["tableName"] for r in own if r["eventSource"] == "dynamodb.amazonaws.com"}
    assert (buckets, tables) == ({image_processor.UPLOADS.name}, {"ImageMetadata"})
    assert {record.get("errorCode") for record in own} == {None, "NoSuchKey"}
    groups = {r["requestParameters"]["logGroupName"] for r in own if r["eventName"] == "CreateLogStream"}
    assert groups == {"/aws/lambda/image-processor"}


def test_the_order_notifier_calls_through_one_endpoint(records: list[Json]) -> None:
    own = [r for r in of_role(records, "order-notifier") if r["eventName"] != "CreateLogStream"]
    assert calls(own) == {"sns:Publish", "secretsmanager:GetSecretValue"}
    assert {record["vpcEndpointId"] for record in own} == {order_notifier.ENDPOINT}


def test_cross_account_writes_come_in_pairs_with_one_shared_event_id(records: list[Json]) -> None:
    pairs: dict[str, list[Json]] = defaultdict(list)
    for record in records:
        if record["eventName"] == "PutObject" and "sharedEventID" in record:
            pairs[record["sharedEventID"]].append(record)
    assert len(pairs) == 4 * len(DAYS)
    for pair in pairs.values():
        callers, owners = sorted(pair, key=lambda record: str(record["recipientAccountId"]))
        assert (callers["recipientAccountId"], owners["recipientAccountId"]) == (SHOP, MEDIA)
        assert role_name(callers) == "report-exporter"
        assert owners["userIdentity"] == {
            "type": "AWSAccount",
            "principalId": f"{report_exporter.ROLE.unique_id}:report-exporter",
            "accountId": SHOP,
        }
        assert callers["eventID"] != owners["eventID"]
        assert callers["requestID"] == owners["requestID"]


def test_the_shared_role_runs_two_functions(records: list[Json]) -> None:
    sessions = {r["userIdentity"]["arn"].rsplit("/", 1)[1] for r in of_role(records, "thumbnail-and-metadata")}
    assert sessions == {"make-thumbnail", "extract-metadata"}


def test_the_deployment_passes_one_role_to_each_of_two_services(records: list[Json]) -> None:
    own = of_role(records, "ci-deploy")
    functions = [r for r in own if r["eventName"] == "CreateFunction20150331"]
    assert {r["requestParameters"]["role"] for r in functions} == {f"arn:aws:iam::{SHOP}:role/image-processor"}
    assert {r["userIdentity"]["invokedBy"] for r in functions} == {"cloudformation.amazonaws.com"}
    tasks = [r["requestParameters"] for r in own if r["eventName"] == "RegisterTaskDefinition"]
    assert {(t["taskRoleArn"], t["executionRoleArn"]) for t in tasks} == {
        (f"arn:aws:iam::{SHOP}:role/orders-task",) * 2
    }


def test_the_probed_role_is_denied_hundreds_of_times(records: list[Json]) -> None:
    own = of_role(records, "legacy-admin-portal")
    denials = [record for record in own if record.get("errorCode") in DENIED]
    assert len(denials) >= 300
    assert all("is not authorized to perform: " in record["errorMessage"] for record in denials)
    allowed = [record for record in own if record.get("errorCode") not in DENIED]
    assert calls(allowed) == {"s3:ListObjects", "s3:GetObject"}
    assert not {role_name(r) for r in records if r.get("errorCode") in DENIED} - {"legacy-admin-portal"}


def test_the_policy_is_widened_by_an_event_of_the_log(records: list[Json]) -> None:
    (change,) = [record for record in records if record["eventName"] == "CreatePolicyVersion"]
    assert change["eventTime"] == "2026-10-09T14:03:27Z"
    document = json.loads(change["requestParameters"]["policyDocument"])
    assert document == partner_sync.POLICY.versions[0].document
    writes = [r["eventTime"] for r in of_role(records, "partner-sync") if r["eventName"] == "PutObject"]
    assert writes
    assert min(writes) > change["eventTime"]


def test_each_account_keeps_to_its_region(records: list[Json]) -> None:
    regions = Counter((record["recipientAccountId"], record["awsRegion"]) for record in records)
    assert set(regions) == set(REGIONS.items())
    assert REGIONS[LEDGER] == "eu-central-1"


@pytest.mark.parametrize("key", ["sessionToken", "accessKeyId"])
def test_credentials_are_marked_as_examples(records: list[Json], key: str) -> None:
    for record in records:
        credentials = (record["responseElements"] or {}).get("credentials", {}) | record["userIdentity"]
        assert "EXAMPLE" in credentials.get(key, "EXAMPLE")
