"""How CloudTrail shows an action: cases in `cases/observability.json`, and what must hold for all actions."""

import json
from pathlib import Path
from typing import Any

import pytest

from trailmin.catalog import load_catalog

CASES = json.loads((Path(__file__).parent / "cases" / "observability.json").read_text(encoding="utf-8"))
CATALOG = load_catalog()

CORE = ("s3", "dynamodb", "lambda", "logs", "sns", "sqs", "kms", "secretsmanager", "ssm", "sts", "iam")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["action"])
def test_an_action_shows_as_aws_documents_it(case: dict[str, Any]) -> None:
    seen = CATALOG.observability(case["action"])
    assert seen.action == case["action"]
    assert seen.kind == case["kind"]
    assert set(case.get("events", ())) <= set(seen.event_names)
    for field in ("read_only", "resource_types", "parents", "used_by"):
        if field in case:
            value = getattr(seen, field)
            assert (list(value) if isinstance(value, tuple) else value) == case[field]
    assert seen.source


@pytest.mark.parametrize("prefix", CORE)
def test_every_action_of_a_core_service_is_known_to_show_or_not(prefix: str) -> None:
    unknown = {each.name for each in CATALOG.actions(prefix) if CATALOG.observability(each.full_name).kind == "unknown"}
    assert not unknown


def test_s3_and_dynamodb_hide_only_what_services_alone_use_or_what_goes_with_another_action() -> None:
    for prefix in ("s3", "dynamodb"):
        for action in CATALOG.actions(prefix):
            seen = CATALOG.observability(action.full_name)
            is_told = seen.used_by or CATALOG.companions(action.full_name)
            assert seen.kind != "never" or is_told, action.full_name


def test_passing_a_role_is_judged_by_the_calls_that_take_one() -> None:
    seen = CATALOG.observability("iam:PassRole")
    assert seen.kind == "permission-only"
    expected = {
        "lambda:CreateFunction",
        "ecs:RegisterTaskDefinition",
        "s3:PutReplicationConfiguration",
        "ec2:RunInstances",
    }
    assert expected | {"cloudformation:CreateStack", "iam:AddRoleToInstanceProfile"} <= set(seen.parents)


def test_what_shows_says_where_and_what_does_not_says_nothing() -> None:
    for prefix in CATALOG.services():
        for action in CATALOG.actions(prefix):
            seen = CATALOG.observability(action.full_name)
            is_shown = seen.kind in ("management", "data", "network")
            assert bool(seen.event_names) == is_shown, action.full_name
            assert bool(seen.event_sources) == is_shown, action.full_name
            assert bool(seen.resource_types) == (seen.kind == "data"), action.full_name
            assert bool(seen.parents) == (seen.kind == "permission-only"), action.full_name
            assert all(CATALOG.action(parent) is not None for parent in seen.parents)


def test_log_events_go_where_log_streams_went() -> None:
    (companion,) = CATALOG.companions("logs:PutLogEvents")
    assert (companion.bound_to, companion.of_action) == ("action", "logs:CreateLogStream")


@pytest.mark.parametrize(
    "action", ["sqs:ReceiveMessage", "dynamodb:GetRecords", "dynamodb:ListStreams", "kinesis:GetRecords"]
)
def test_reads_of_event_sources_are_bound_to_the_mapping(action: str) -> None:
    (companion,) = CATALOG.companions(action)
    assert companion.bound_to == "event-source-mapping"


def test_most_actions_have_no_companion() -> None:
    assert CATALOG.companions("s3:GetObject") == ()
    assert CATALOG.companions("no:Such") == ()
