"""`roles`, `usage`, `denied`, `coverage` and `lake info`, on the sample logs."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import HOSTILE, SAMPLES, UNPRINTABLE, Run
from tests.cli.records import record, write_log

COMMANDS = (("roles",), ("usage", "image-processor"), ("denied",), ("coverage",), ("lake", "info"))


def shown(run: Run, *arguments: object) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_each_has_versioned_json_with_the_exit_codes(run: Run, sample_lake: Path, command: tuple[str, ...]) -> None:
    document = shown(run, *command, "--lake", sample_lake)
    assert document["schema"] == f"trailmin/{command[0]}/1"
    assert document["exit_codes"] == [0]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_each_has_words_for_people_and_can_write_them_to_a_file(
    run: Run, sample_lake: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    words = run(*command, "--lake", sample_lake)
    assert words.exit_code == 0
    assert words.stdout.strip()
    to_file = run(*command, "--lake", sample_lake, "-o", tmp_path / "out.txt")
    assert to_file.stdout == ""
    assert (tmp_path / "out.txt").read_text() == words.stdout


def test_roles_are_those_that_did_something(run: Run, sample_lake: Path) -> None:
    found = {role["name"]: role for role in shown(run, "roles", "--lake", sample_lake)["roles"]}
    assert "image-processor" in found
    assert "old-batch" not in found
    assert found["legacy-admin-portal"]["denied"] > 100
    assert all(role["kind"] == "role" for role in found.values())


def test_all_shows_services_and_other_callers_too(run: Run, sample_lake: Path) -> None:
    everyone = shown(run, "roles", "--all", "--lake", sample_lake)["roles"]
    assert {"role", "service"} <= {principal["kind"] for principal in everyone}


def test_a_window_and_an_account_limit_what_is_shown(run: Run, sample_lake: Path) -> None:
    limits = ("--since", "2026-09-03", "--until", "2026-09-04", "--account", "777788889999")
    (role,) = shown(run, "roles", "--lake", sample_lake, *limits)["roles"]
    assert role["name"] == "ledger-sync"
    assert set(role["active_dates"]) <= {"2026-09-03", "2026-09-04"}


@pytest.mark.parametrize("name", ["image-processor", "111122223333/image-processor"])
def test_a_role_is_named_by_itself_or_with_its_account(run: Run, sample_lake: Path, name: str) -> None:
    uses = shown(run, "usage", name, "--lake", sample_lake)["uses"]
    assert {"s3:GetObject", "s3:ListBucket", "dynamodb:PutItem"} <= {use["action"] for use in uses}


@pytest.mark.parametrize("command", ["usage", "denied"])
def test_an_unknown_role_is_an_error_with_suggestions(run: Run, sample_lake: Path, command: str) -> None:
    result = run(command, "imageprocessor", "--lake", sample_lake)
    assert result.exit_code == 1
    assert "imageprocessor" in result.stderr
    assert "did you mean image-processor" in result.stderr


def test_denied_calls_of_one_role_can_be_asked_for(run: Run, sample_lake: Path) -> None:
    (role,) = shown(run, "denied", "legacy-admin-portal", "--lake", sample_lake)["roles"]
    assert {use["outcome"] for use in role["uses"]} == {"denied"}
    assert "no call was refused" in run("denied", "image-processor", "--lake", sample_lake).stderr


def test_a_snapshot_tells_coverage_what_an_account_logs(run: Run, sample_lake: Path) -> None:
    accounts = shown(run, "coverage", "--lake", sample_lake, "--current", SAMPLES / "snapshots")["accounts"]
    assert [account["account"] for account in accounts] == ["111122223333", "444455556666", "777788889999"]
    assert all(account["selectors_known"] for account in accounts)
    assert not accounts[2]["data_events_seen"]
    without = shown(run, "coverage", "--lake", sample_lake, "--account", "777788889999")["accounts"]
    assert [account["selectors_known"] for account in without] == [False]


def test_lake_info_counts_what_the_lake_holds(run: Run, sample_lake: Path) -> None:
    facts = shown(run, "lake", "info", "--lake", sample_lake)
    assert (facts["first_day"], facts["last_day"], facts["days_with_events"]) == ("2026-09-01", "2026-10-15", 45)
    assert facts["log_objects"]["read"] == len(list(SAMPLES.rglob("*.json.gz")))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_folder_that_is_no_lake_is_an_error(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    for folder in (tmp_path / "none", tmp_path):
        result = run(*command, "--lake", folder)
        assert result.exit_code == 1
        assert "is not a lake" in result.stderr
        assert "hint: " in result.stderr


@pytest.mark.parametrize("command", COMMANDS[:4], ids=" ".join)
@pytest.mark.parametrize("window", [("--since", "2027-01-01"), ("--until", "2020-01-01")], ids=" ".join)
def test_a_window_without_events_is_no_events(
    run: Run, sample_lake: Path, command: tuple[str, ...], window: tuple[str, str]
) -> None:
    assert run(*command, "--lake", sample_lake, *window).exit_code == 3


@pytest.mark.parametrize("window", [("--since", "yesterday"), ("--since", "2026-10-01", "--until", "2026-09-01")])
def test_a_window_that_is_none_is_wrong_usage(run: Run, sample_lake: Path, window: tuple[str, ...]) -> None:
    assert run("roles", "--lake", sample_lake, *window).exit_code == 2


def test_hostile_names_are_inert_everywhere(run: Run, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    stolen = record(role=HOSTILE, requestParameters={"bucketName": "b", "key": HOSTILE}, vpcEndpointId=HOSTILE)
    refused = {**stolen, "eventID": HOSTILE, "errorCode": "AccessDenied", "errorMessage": HOSTILE}
    odd = record(role=HOSTILE, eventID="e-3", eventSource="x.amazonaws.com", eventName=HOSTILE, awsRegion=HOSTILE)
    write_log(tmp_path / "logs" / "a.json.gz", stolen, refused, odd)
    run("ingest", tmp_path / "logs", "--lake", lake, "--workers", 1)
    (name,) = {role["name"] for role in shown(run, "roles", "--lake", lake)["roles"]}
    for command in (("roles", "--all"), ("usage", name), ("denied",), ("coverage",), ("usage", HOSTILE + "x")):
        for more in ((), ("--json",)):
            result = run(*command, "--lake", lake, *more)
            assert not UNPRINTABLE & set(result.stdout + result.stderr)
            assert result.exit_code in (0, 1)


def test_coverage_has_holes_times_trails_and_what_is_logged(run: Run, sample_lake: Path) -> None:
    snapshots = ("--current", SAMPLES / "snapshots")
    window = ("--since", "2026-08-30", "--until", "2026-10-15")
    accounts = shown(run, "coverage", "--lake", sample_lake, *snapshots, *window)["accounts"]
    of = {account["account"]: account for account in accounts}
    shop, ledger = of["111122223333"], of["777788889999"]
    assert shop["missing"][0] == {"since": "2026-08-30", "until": "2026-08-31"}
    assert shop["first_event"].startswith("2026-09-01T")
    assert shop["last_event"].startswith("2026-10-15T")
    assert shop["multi_region_trail"] is True
    assert {kind["logged"] for kind in shop["logged"]} == {"yes"}
    assert "AWS::S3::Object" in {kind["resource_type"] for kind in shop["logged"]}
    assert {kind["category"] for kind in ledger["logged"]} == {"Management"}
    words = run("coverage", "--lake", sample_lake, *snapshots, *window).stdout
    assert "111122223333: no logs on 2026-08-30 to 2026-08-31" in words
    assert "management reads in all regions" in " ".join(words.split())


def test_coverage_without_selectors_tells_what_was_seen(run: Run, sample_lake: Path) -> None:
    account = shown(run, "coverage", "--lake", sample_lake, "--account", "111122223333")["accounts"][0]
    assert (account["logged"], account["selectors_known"], account["single_regions"]) == ([], False, None)
    assert "no event selectors are known" in " ".join(run("coverage", "--lake", sample_lake).stdout.split())
