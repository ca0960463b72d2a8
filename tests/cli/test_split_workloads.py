"""Workloads that share a role: `usage --by-workload` and `tighten --split-workloads`."""

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import HOSTILE, UNPRINTABLE, Run
from tests.cli.records import record, write_log

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/workers"
FUNCTION = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:"


def called(session: str, number: int, **changes: object) -> dict[str, object]:
    made = record("workers", eventID=f"e-{session}-{number}", **changes)
    made["eventTime"] = (datetime(2026, 9, 1, 10, tzinfo=UTC) + timedelta(days=number)).strftime("%Y-%m-%dT%H:%M:%SZ")
    made["userIdentity"]["arn"] = f"arn:aws:sts::{ACCOUNT}:assumed-role/workers/{session}"
    return made


@pytest.fixture(scope="module")
def world(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a lake of 40 days, and a snapshot of a role that two functions and a person share."""
    folder = tmp_path_factory.mktemp("shared")
    secret = {
        "eventSource": "secretsmanager.amazonaws.com",
        "eventName": "GetSecretValue",
        "eventCategory": "Management",
    }
    write_log(
        folder / "logs" / "a.json.gz",
        *(called("resize", n) for n in range(40)),
        *(called("notify", n, requestParameters={"secretId": "db"}, **secret) for n in range(40)),
        called("by-hand", 3),
        called(HOSTILE, 4),
    )
    allow = {"Effect": "Allow", "Action": ["s3:*", "secretsmanager:*"], "Resource": "*"}
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = {
        "Arn": ROLE,
        "RoleName": "workers",
        "Path": "/",
        "CreateDate": "2020-01-01T00:00:00Z",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "RolePolicyList": [{"PolicyName": "Own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [allow]}}],
    }
    functions = [{"FunctionName": n, "FunctionArn": f"{FUNCTION}{n}", "Role": ROLE} for n in ("resize", "notify")]
    selectors = {"AdvancedEventSelectors": [
        {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]},
        {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]},
                            {"Field": "resources.type", "Equals": ["AWS::S3::Object"]}]},
    ]}  # fmt: skip
    snapshot = folder / "snapshots" / ACCOUNT
    snapshot.mkdir(parents=True)
    (snapshot / "authorization-details.json").write_text(json.dumps({"RoleDetailList": [role]}))
    (snapshot / "functions.json").write_text(json.dumps({"Functions": functions}))
    (snapshot / "event-selectors.json").write_text(json.dumps(selectors))
    done = run("ingest", folder / "logs", "--lake", folder / "lake", "--workers", "1")
    assert done.exit_code == 0, done.stderr
    return folder


def options(world: Path) -> tuple[object, ...]:
    return ("--lake", world / "lake", "--current", world / "snapshots")


def test_usage_is_told_by_workload(run: Run, world: Path) -> None:
    done = run("usage", "workers", *options(world), "--by-workload", "--json")
    found = json.loads(done.stdout)
    assert found["schema"] == "trailmin/workloads/1"
    told = {one["name"]: (one["kind"], one["events"], len(one["active_dates"])) for one in found["workloads"]}
    assert told["resize"] == ("lambda-function", 40, 40)
    assert told["notify"] == ("lambda-function", 40, 40)
    assert told["by-hand"] == ("session", 1, 1)


def test_usage_by_workload_is_a_table_without_what_a_name_may_hide(run: Run, world: Path) -> None:
    done = run("usage", "workers", *options(world), "--by-workload")
    assert "resize" in done.stdout
    assert UNPRINTABLE.isdisjoint(done.stdout)


def test_without_a_snapshot_functions_are_not_told_and_it_is_said(run: Run, world: Path) -> None:
    done = run("usage", "workers", "--lake", world / "lake", "--by-workload")
    assert done.exit_code == 0
    assert "functions.json" in done.stderr


@pytest.fixture(scope="module")
def folder(run: Run, world: Path) -> Path:
    done = run("tighten", *options(world), "-o", world / "out", "--split-workloads")
    assert done.exit_code == 10, done.stderr
    assert "workers-resize" in done.stdout
    assert UNPRINTABLE.isdisjoint(done.stdout)
    return world / "out" / ACCOUNT / "workers" / "split"


def test_the_new_roles_are_written_as_data(folder: Path) -> None:
    found = json.loads((folder / "split.json").read_text())
    assert [one["role_name"] for one in found["new_roles"]] == ["workers-notify", "workers-resize"]
    resize = found["new_roles"][1]
    assert resize["wiring"] == [
        {"resource": f"{FUNCTION}resize", "attribute": "Role", "from": ROLE, "to": f"{ROLE}-resize"}
    ]
    assert resize["proposal"]["proof"]["proven"]
    assert resize["proposal"]["replay"]["passed"]
    assert {one["name"] for one in found["remaining"]} >= {"by-hand"}


def test_a_reviewer_reads_who_gets_which_role_and_who_stays(folder: Path) -> None:
    text = (folder / "WORKLOADS.md").read_text()
    assert text.index("`workers-notify` for `notify`") < text.index("`workers-resize` for `resize`")
    assert "What stays on the shared role" in text
    assert UNPRINTABLE.isdisjoint(text.replace("\n", ""))


FAKE_AWS = """#!/usr/bin/env python3
import json, os, sys
words = sys.argv[1:]
if words[:2] == ["sts", "get-caller-identity"]:
    print(os.environ["ACCOUNT"])
else:
    texts = [w.partition("file://")[2] for w in words if "file://" in w]
    entry = {"words": words, "documents": [json.load(open(t)) for t in texts]}
    open(os.environ["LOG"], "a").write(json.dumps(entry) + "\\n")
"""


def commands(script: Path, scratch: Path) -> list[dict[str, list[str]]]:
    """What a script calls, in its order."""
    scratch.mkdir()
    for name, text in {"aws": FAKE_AWS, "sleep": "#!/bin/sh\n"}.items():
        (scratch / name).write_text(text)
        (scratch / name).chmod(0o755)
    environment = {"PATH": f"{scratch}:{os.environ['PATH']}", "ACCOUNT": ACCOUNT, "LOG": str(scratch / "log")}
    done = subprocess.run(["bash", script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in (scratch / "log").read_text().splitlines()]


def test_apply_makes_the_roles_before_it_gives_them_to_the_functions(folder: Path, tmp_path: Path) -> None:
    called = commands(folder / "apply.sh", tmp_path / "bin")
    assert [entry["words"][1] for entry in called] == [
        *("create-role", "put-role-policy") * 2,
        *("update-function-configuration",) * 2,
    ]
    assert called[-1]["words"][2:] == [
        "--region=eu-west-1", f"--function-name={FUNCTION}resize", f"--role={ROLE}-resize"
    ]  # fmt: skip


def test_rollback_gives_the_shared_role_back_before_it_removes_the_others(folder: Path, tmp_path: Path) -> None:
    called = commands(folder / "rollback.sh", tmp_path / "bin")
    assert [entry["words"][1] for entry in called] == [
        *("update-function-configuration",) * 2,
        *("delete-role-policy", "delete-role") * 2,
    ]
    assert called[0]["words"][-1] == f"--role={ROLE}"


def test_without_the_option_nothing_is_split_and_old_files_go(run: Run, world: Path, folder: Path) -> None:
    out = world / "again"
    run("tighten", *options(world), "-o", out, "--split-workloads")
    assert (out / ACCOUNT / "workers" / "split").is_dir()
    run("tighten", *options(world), "-o", out)
    assert not (out / ACCOUNT / "workers" / "split" / "split.json").exists()
