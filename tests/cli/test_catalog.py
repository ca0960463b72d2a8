"""`trailmin catalog`: what, why, and from which source."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from trailmin.cli.app import build_app


def run(*arguments: str) -> Any:
    result = CliRunner().invoke(build_app(), ["catalog", *arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["schema"] == f"trailmin/catalog-{arguments[0]}/1"
    return document


def test_an_action_is_shown_with_its_resources() -> None:
    shown = run("action", "S3:getobject")
    assert shown["action"] == "s3:GetObject"
    assert {"arn:${Partition}:s3:::${BucketName}/${ObjectName}"} <= {
        form for kind in shown["resource_types"] for form in kind["arn_patterns"]
    }
    assert shown["source"]


def test_an_operation_is_shown_with_its_actions_and_why() -> None:
    assert [each["action"] for each in run("operation", "lambda", "Invoke")["actions"]] == ["lambda:InvokeFunction"]
    copy = run("operation", "s3.amazonaws.com", "CopyObject")
    assert {"action": "s3:GetObject", "resource_of": "source"} in copy["actions"]
    assert run("operation", "sts", "GetCallerIdentity")["basis"] == "no-permission"
    assert run("operation", "s3", "NoSuchThing")["basis"] == "unmapped"


def test_an_event_source_is_shown_with_its_prefix() -> None:
    shown = run("source", "monitoring.amazonaws.com")
    assert shown["prefix"] == "cloudwatch"
    assert shown["source"]


def test_what_a_trail_shows_of_an_action_comes_with_its_selector() -> None:
    shown = run("observable", "dynamodb:GetItem")
    assert shown["kind"] == "data"
    assert "AWS::DynamoDB::Table" in shown["event_selectors"][0]
    [network] = shown["network_activity"]
    assert '"dynamodb.amazonaws.com"' in network["event_selector"]


def test_the_sample_is_checked() -> None:
    shown = run("check")
    assert shown["checked"] <= shown["sampled"]
    assert shown["error_rate"] is not None


@pytest.mark.parametrize(
    "arguments", [("action", "s3:Nope"), ("source", "nowhere.amazonaws.com"), ("observable", "\x1b[31mx:y")]
)
def test_what_is_not_known_is_an_error_with_a_hint(arguments: tuple[str, str]) -> None:
    result = CliRunner().invoke(build_app(), ["catalog", *arguments])
    assert result.exit_code == 1
    assert "\x1b" not in result.output


def test_words_are_one_fact_a_line() -> None:
    result = CliRunner().invoke(build_app(), ["catalog", "operation", "s3", "GetObject"])
    assert "basis: " in result.stdout
    assert "  s3:GetObject\n" in result.stdout
