import json
from typing import Any

import pytest

from sample_logs.accounts import ACCOUNTS, FIRST_DAY, LEDGER, MEDIA, Json
from sample_logs.generate import HERE

FILES = {"authorization-details", "event-selectors", "event-source-mappings", "functions", "trails"}


def read(account: str, name: str) -> Any:
    return json.loads((HERE / "snapshots" / account / f"{name}.json").read_text(encoding="utf-8"))


def roles(account: str) -> dict[str, Json]:
    return {role["RoleName"]: role for role in read(account, "authorization-details")["RoleDetailList"]}


def managed(account: str) -> dict[str, Json]:
    return {policy["Arn"]: policy for policy in read(account, "authorization-details")["Policies"]}


def default_document(policy: Json) -> Any:
    (default,) = [version for version in policy["PolicyVersionList"] if version["IsDefaultVersion"]]
    assert default["VersionId"] == policy["DefaultVersionId"]
    return default["Document"]


def in_force(account: str) -> dict[str, Any]:
    documents = {
        f"{role['RoleName']}/{inline['PolicyName']}.json": inline["PolicyDocument"]
        for role in roles(account).values()
        for inline in role["RolePolicyList"]
    }
    for arn, policy in managed(account).items():
        if not arn.startswith("arn:aws:iam::aws:"):
            documents[f"managed/{policy['PolicyName']}.json"] = default_document(policy)
    return documents


@pytest.mark.parametrize("account", ACCOUNTS)
def test_a_snapshot_has_its_five_files(account: str) -> None:
    assert {path.stem for path in (HERE / "snapshots" / account).iterdir()} == FILES


@pytest.mark.parametrize("account", ACCOUNTS)
def test_the_repository_holds_the_policies_in_force(account: str) -> None:
    folder = HERE / "policies" / account
    kept = {p.relative_to(folder).as_posix(): json.loads(p.read_text(encoding="utf-8")) for p in folder.rglob("*.json")}
    assert kept == in_force(account)


def test_the_repository_is_written_by_several_hands() -> None:
    texts = [path.read_text(encoding="utf-8") for path in sorted((HERE / "policies").rglob("*.json"))]
    assert len([text for text in texts if text.startswith("{\n\t")]) == 1
    assert [text for text in texts if text.startswith('{\n  "')]
    assert [text for text in texts if text.startswith('{\n    "')]
    assert [text for text in texts if '["' in text]


@pytest.mark.parametrize("account", ACCOUNTS)
def test_every_attached_policy_and_boundary_is_in_the_snapshot(account: str) -> None:
    known = managed(account)
    attached = {p["PolicyArn"] for role in roles(account).values() for p in role["AttachedManagedPolicies"]}
    boundaries = {
        role["PermissionsBoundary"]["PermissionsBoundaryArn"]
        for role in roles(account).values()
        if "PermissionsBoundary" in role
    }
    assert attached | boundaries == set(known)


def test_only_the_widened_policy_changed_since_the_window_began() -> None:
    changed = []
    for account in ACCOUNTS:
        assert all(role["CreateDate"] < "2026" for role in roles(account).values())
        changed += [p for p in managed(account).values() if p["UpdateDate"] >= FIRST_DAY.isoformat()]
    (policy,) = changed
    assert policy["PolicyName"] == "partner-sync-access"
    assert [version["VersionId"] for version in policy["PolicyVersionList"]] == ["v2", "v1"]
    assert policy["UpdateDate"] == "2026-10-09T14:03:27+00:00"


def test_the_special_roles_are_there() -> None:
    media = roles(MEDIA)
    assert media["old-batch"]["RoleLastUsed"] == {}
    assert "PermissionsBoundary" in media["payments-worker"]
    statements = media["payments-worker"]["RolePolicyList"][0]["PolicyDocument"]["Statement"]
    assert [s["Effect"] for s in statements if "Condition" in s] == ["Allow", "Deny"]
    assert "NotAction" in media["analytics-reader"]["RolePolicyList"][0]["PolicyDocument"]["Statement"][0]
    paths = {role["Path"] for account in ACCOUNTS for role in roles(account).values()}
    assert paths == {"/", "/aws-reserved/sso.amazonaws.com/", "/aws-service-role/autoscaling.amazonaws.com/"}


@pytest.mark.parametrize("account", ACCOUNTS)
def test_selectors_say_what_is_logged(account: str) -> None:
    selectors = read(account, "event-selectors")["AdvancedEventSelectors"]
    fields = [{field["Field"]: field["Equals"] for field in s["FieldSelectors"]} for s in selectors]
    assert fields[0] == {"eventCategory": ["Management"]}
    kinds = [kind for field in fields[1:] for kind in field["resources.type"]]
    logged = [
        "AWS::S3::Object",
        "AWS::S3::AccessPoint",
        "AWS::DynamoDB::Table",
        "AWS::DynamoDB::Stream",
        "AWS::Lambda::Function",
        "AWS::SNS::Topic",
        "AWS::SNS::PlatformEndpoint",
    ]
    assert kinds == ([] if account == LEDGER else logged)


@pytest.mark.parametrize("account", ACCOUNTS)
def test_functions_run_under_roles_of_the_snapshot(account: str) -> None:
    arns = {role["Arn"] for role in roles(account).values()}
    functions = read(account, "functions")["Functions"]
    assert functions
    assert {function["Role"] for function in functions} <= arns


def test_a_queue_feeds_the_ledger() -> None:
    (mapping,) = read(LEDGER, "event-source-mappings")["EventSourceMappings"]
    assert mapping["EventSourceArn"] == f"arn:aws:sqs:eu-central-1:{LEDGER}:ledger-entries"
    assert mapping["FunctionArn"].endswith(":function:ledger-sync")
