"""From operation to actions: cases in `cases/operations.json`, where `?` marks an action that depends on parameters."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trailmin.catalog import NoPermission, OperationRule, Unmapped, load_catalog

CASES = json.loads((Path(__file__).parent / "cases" / "operations.json").read_text(encoding="utf-8"))
KNOWN_GAPS = json.loads((Path(__file__).parent / "cases" / "unmapped.json").read_text(encoding="utf-8"))
"""Of the services that are covered whole, the operations of which no page of AWS names the action."""

CATALOG = load_catalog()


def rule_of(source: str, name: str) -> OperationRule:
    rule = CATALOG.operation(source, name)
    assert isinstance(rule, OperationRule), rule
    return rule


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['source'].split('.')[0]}-{case['name']}")
def test_an_operation_is_checked_for_its_actions(case: dict[str, Any]) -> None:
    rule = rule_of(case["source"], case["name"])
    assert [f"{each.action}{'?' if each.when else ''}" for each in rule.actions] == case["actions"]
    assert rule.basis == case["basis"]
    assert {role.parameter_path: role.service for role in rule.pass_role} == case.get("pass_role", {})
    assert rule.http_paths == tuple(case.get("http_paths", ()))
    assert rule.source


@pytest.mark.parametrize("name", ["GetCallerIdentity", "GetSessionToken", "AssumeRoleWithWebIdentity"])
def test_some_operations_of_sts_need_no_permission(name: str) -> None:
    assert isinstance(CATALOG.operation("sts.amazonaws.com", name), NoPermission)


def test_what_is_called_without_credentials_needs_no_permission() -> None:
    assert isinstance(CATALOG.operation("cognito-idp.amazonaws.com", "InitiateAuth"), NoPermission)
    assert isinstance(CATALOG.operation("cognito-identity.amazonaws.com", "GetId"), NoPermission)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("ec2.amazonaws.com", "SharedSnapshotVolumeCreated"),
        ("secretsmanager.amazonaws.com", "StartSecretVersionDelete"),
        ("nowhere.amazonaws.com", "GetThing"),
        ("s3.example.com", "GetObject"),
        ("", ""),
        ("iam.amazonaws.com", "PassRolePlease"),
    ],
)
def test_an_unknown_operation_is_unmapped_with_a_reason(source: str, name: str) -> None:
    rule = CATALOG.operation(source, name)
    assert isinstance(rule, Unmapped)
    assert rule.reason


def test_a_plain_version_is_part_of_the_name_and_stripping_it_only_a_guess() -> None:
    assert rule_of("s3.amazonaws.com", "ListObjectsV2").basis == "override"
    guesses = [
        (prefix, name)
        for prefix in ("glue", "kinesisanalytics", "securityhub", "dms", "inspector2")
        for name in CATALOG.operations(prefix)
        if isinstance(rule := CATALOG.operation(f"{prefix}.amazonaws.com", name), OperationRule)
        and rule.basis == "guess"
    ]
    assert all(name.endswith(tuple("V23456789")) for _, name in guesses)


def test_a_copy_reads_its_source_and_writes_its_target() -> None:
    actions = rule_of("s3.amazonaws.com", "CopyObject").actions
    assert {each.action: each.resource_of for each in actions if each.when is None and each.required} == {
        "s3:PutObject": "target",
        "s3:GetObject": "source",
    }
    versioned = next(each for each in actions if each.action == "s3:GetObjectVersion")
    assert versioned.instead_of == "s3:GetObject"
    assert versioned.when is not None
    assert versioned.when.value_pattern == r"\?versionId="


def test_headers_of_a_put_ask_for_more() -> None:
    triggers = {each.action: each.when for each in rule_of("s3.amazonaws.com", "PutObject").actions if each.when}
    assert "x-amz-acl" in triggers["s3:PutObjectAcl"].any_of
    assert triggers["s3:PutObjectTagging"].any_of == ("x-amz-tagging",)
    assert "x-amz-object-lock-legal-hold" in triggers["s3:PutObjectLegalHold"].any_of


def test_a_transaction_is_checked_for_each_kind_of_item() -> None:
    actions = rule_of("dynamodb.amazonaws.com", "TransactWriteItems").actions
    assert {each.action for each in actions} == {
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:DeleteItem",
        "dynamodb:ConditionCheckItem",
    }
    assert all(each.when and each.resource_path for each in actions)


def test_tags_may_need_the_tag_action_where_no_table_says_which_operations_do() -> None:
    [own, tags] = rule_of("connect.amazonaws.com", "CreateQueue").actions
    assert (own.action, tags.action) == ("connect:CreateQueue", "connect:TagResource")
    assert not tags.required
    assert tags.when is not None
    assert "tags" in tags.when.any_of
    for operation in ("TagResource", "DescribeQueue", "UpdateQueueName"):
        assert len(rule_of("connect.amazonaws.com", operation).actions) == 1
    by_hand = rule_of("sqs.amazonaws.com", "CreateQueue").actions
    assert [each.action for each in by_hand] == ["sqs:CreateQueue", "sqs:TagQueue"]


def test_an_instance_profile_is_passed_as_such() -> None:
    roles = rule_of("ec2.amazonaws.com", "RunInstances").pass_role
    named = {role.parameter_path for role in roles if role.required}
    assert named == {"iamInstanceProfile.name", "iamInstanceProfile.arn"}
    assert {"launchTemplate"} <= {role.parameter_path for role in roles if not role.required}
    assert all(role.is_instance_profile and role.service == "ec2.amazonaws.com" for role in roles)


@pytest.mark.parametrize("prefix", KNOWN_GAPS)
def test_services_that_are_covered_whole_lack_actions_for_known_operations_only(prefix: str) -> None:
    unmapped = [
        name
        for name in CATALOG.operations(prefix)
        if isinstance(CATALOG.operation(f"{prefix}.amazonaws.com", name), Unmapped)
    ]
    assert unmapped == KNOWN_GAPS[prefix]


@settings(max_examples=200)
@given(st.text(max_size=40), st.text(max_size=60))
def test_any_names_at_all_get_an_answer(source: str, name: str) -> None:
    assert CATALOG.operation(source, name) == CATALOG.operation(source, name)
    answer = CATALOG.operation("s3.amazonaws.com", name)
    assert isinstance(answer, OperationRule | NoPermission | Unmapped)


@settings(max_examples=100)
@given(
    st.sampled_from(CATALOG.operations("s3")),
    st.sampled_from(["", "20150331", "20150331v2", "2020_05_31"]),
    st.booleans(),
)
def test_dates_case_and_blanks_do_not_matter(name: str, date: str, is_lower: bool) -> None:
    varied = f"{name.lower() if is_lower else name}{date} "
    assert CATALOG.operation("s3.amazonaws.com", varied) == CATALOG.operation("s3.amazonaws.com", name)


def test_every_action_of_every_rule_exists() -> None:
    for prefix in CATALOG.services():
        for name in CATALOG.operations(prefix):
            rule = CATALOG.operation(f"{prefix}.amazonaws.com", name)
            if isinstance(rule, OperationRule):
                assert rule.actions
                assert all(CATALOG.action(each.action) is not None for each in rule.actions), (prefix, name)
