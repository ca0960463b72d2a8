"""`trailmin why`, on the sample logs."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import HOSTILE, SAMPLES, UNPRINTABLE, Run

SNAPSHOTS = ("--current", SAMPLES / "snapshots")


def shown(run: Run, lake: Path, *arguments: object) -> Any:
    result = run("why", *arguments, "--lake", lake, *SNAPSHOTS, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_a_used_grant_leads_to_its_events(run: Run, sample_lake: Path) -> None:
    found = shown(run, sample_lake, "image-processor", "s3:getobject")
    assert (found["schema"], found["role"]) == ("trailmin/why/1", "image-processor")
    (grant,) = found["grants"]
    assert (grant["verdict"], grant["stays"], grant["policy_kind"]) == ("used", "narrowed", "inline")
    assert "data events of" in grant["coverage"]
    assert sum(use["count"] for use in grant["uses"]) == grant["calls"] > 0
    assert all(use["event_ids"] and use["first_seen"] <= use["last_seen"] for use in grant["uses"])


def test_a_resource_asks_for_its_own_events(run: Run, sample_lake: Path) -> None:
    everything = shown(run, sample_lake, "image-processor", "s3:GetObject")["grants"][0]
    one = everything["uses"][0]["resource"]
    (grant,) = shown(run, sample_lake, "image-processor", "s3:GetObject", one)["grants"]
    assert {use["resource"] for use in grant["uses"]} == {one}
    assert grant["stays"] == "whole"


def test_words_go_from_the_grant_to_the_verdict_to_the_coverage_to_the_events(run: Run, sample_lake: Path) -> None:
    words = run("why", "image-processor", "dynamodb:DeleteTable", "--lake", sample_lake, *SNAPSHOTS).stdout
    steps = [words.index(f"{step}:") for step in ("grant", "verdict", "coverage", "result", "events")]
    assert steps == sorted(steps)
    assert "unused: not seen" in words
    assert "result:   goes" in words
    assert "none seen" in words


def test_refused_calls_stand_apart(run: Run, sample_lake: Path) -> None:
    found = shown(run, sample_lake, "legacy-admin-portal", "iam:*")
    assert found["denied"]
    assert {use["outcome"] for use in found["denied"]} == {"denied"}
    assert all(use["outcome"] != "denied" for grant in found["grants"] for use in grant["uses"])


def test_an_action_that_no_policy_grants_is_told(run: Run, sample_lake: Path) -> None:
    words = run("why", "image-processor", "sagemaker:CreateModel", "--lake", sample_lake, *SNAPSHOTS).stdout
    assert "no policy in force of this role grants it" in words


@pytest.mark.parametrize(
    ("role", "action", "hint"),
    [
        ("image-procesor", "s3:GetObject", "image-processor"),
        ("image-processor", "s3:GetObjekt", "s3:GetObject"),
        ("image-processor", "dynamod:GetItem", "dynamodb"),
        ("image-processor", "GetObject", "s3:GetObject"),
        ("image-processor", "s3:zzz", "trailmin catalog"),
    ],
)
def test_an_unknown_role_or_action_gets_suggestions(
    run: Run, sample_lake: Path, role: str, action: str, hint: str
) -> None:
    result = run("why", role, action, "--lake", sample_lake, *SNAPSHOTS)
    assert result.exit_code == 1
    assert hint in result.stderr


def test_without_a_policy_in_force_nothing_is_said_of_who_granted_a_call(run: Run, sample_lake: Path) -> None:
    words = run("why", "image-processor", "s3:GetObject", "--lake", sample_lake).stdout
    assert "no policy in force was given" in words
    assert "\nallowed:\n" in words
    assert "something else" not in words
    assert "grant: none" not in words


def test_hostile_arguments_come_out_inert(run: Run, sample_lake: Path) -> None:
    for arguments in ((HOSTILE, "s3:GetObject"), ("image-processor", HOSTILE), ("image-processor", "s3:*", HOSTILE)):
        result = run("why", *arguments, "--lake", sample_lake, *SNAPSHOTS)
        assert not UNPRINTABLE & set(result.stdout + result.stderr)


def test_a_window_without_events_says_so(run: Run, sample_lake: Path) -> None:
    result = run("why", "image-processor", "s3:*", "--lake", sample_lake, "--since", "2030-01-01")
    assert result.exit_code == 3


def configured(folder: Path, *lines: str) -> Path:
    path = folder / "trailmin.toml"
    needed = '[trail]\nsources = ["logs"]\n[lake]\npath = "lake"\n[output]\npath = "out"\n'
    path.write_text(needed + "\n".join(lines))
    return path


def test_a_configuration_says_what_is_kept_as_it_does_for_tighten(run: Run, sample_lake: Path, tmp_path: Path) -> None:
    config = configured(tmp_path, "[tighten]", 'keep_actions = ["dynamodb:DeleteTable"]')
    (free,) = shown(run, sample_lake, "image-processor", "dynamodb:DeleteTable")["grants"]
    (kept,) = shown(run, sample_lake, "image-processor", "dynamodb:DeleteTable", "--config", config)["grants"]
    assert (free["stays"], kept["stays"], kept["pinned"]) == ("no", "whole", True)


def test_an_option_is_stronger_than_the_configuration(run: Run, sample_lake: Path, tmp_path: Path) -> None:
    config = configured(tmp_path, "[tighten]", 'mode = "narrow-resources"')
    asked = ("image-processor", "dynamodb:DeleteTable", "--config", config)
    (stays,) = shown(run, sample_lake, *asked)["grants"]
    (goes,) = shown(run, sample_lake, *asked, "--mode", "full")["grants"]
    assert (stays["stays"], goes["stays"]) == ("whole", "no")


def test_conditions_are_asked_for_and_shown(run: Run, sample_lake: Path) -> None:
    asked = ("image-processor", "s3:GetObject", "--add-condition", "requested-region")
    (grant,) = shown(run, sample_lake, *asked)["grants"]
    assert grant["conditions"] == [{"operator": "StringEquals", "key": "aws:RequestedRegion", "values": ["us-east-1"]}]
    words = run("why", *asked, "--lake", sample_lake, *SNAPSHOTS).stdout
    assert "if aws:RequestedRegion is us-east-1" in words


def test_every_verdict_names_its_coverage_in_its_reason(run: Run, sample_lake: Path) -> None:
    for action in ("s3:*", "logs:*", "dynamodb:*", "xray:*"):
        for grant in shown(run, sample_lake, "image-processor", action)["grants"]:
            assert grant["coverage"] in grant["reason"]
