"""`trailmin run` killed at any moment: the next run ends with what a run that nobody disturbed would have written."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.records import record, write_log
from tests.cli.test_run import CONFIGURATION
from tests.test_job import tree

KILLED_AFTER = ("started", "state-read", "ingested", "rolled-up", "proposed", "reported", "written")
"""Events of the log. A run is killed as soon as it tells of one: in the midst of the step that follows."""


def created(day: int, number: int) -> dict[str, object]:
    return record(
        eventID=f"e-{day}-{number}",
        eventTime=f"2026-09-{day:02}T10:00:00Z",
        eventSource="sqs.amazonaws.com",
        eventName="CreateQueue",
        eventCategory="Management",
        readOnly=False,
        requestParameters={"queueName": f"orders-{number}"},
    )


def prepare(folder: Path) -> Path:
    for day in range(1, 4):
        write_log(folder / "logs" / f"{day}.json.gz", *(created(day, n) for n in range(2)))
    policy = folder / "policies" / "111122223333" / "reader" / "read.json"
    policy.parent.mkdir(parents=True)
    wide = {"Effect": "Allow", "Action": ["sqs:CreateQueue", "sqs:DeleteQueue"], "Resource": "*"}
    policy.write_text(json.dumps({"Version": "2012-10-17", "Statement": [wide]}, indent=2))
    (folder / "trailmin.toml").write_text(CONFIGURATION)
    return folder


def start(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "trailmin", "run", "--log-format", "json"]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def kill_after(folder: Path, event: str) -> None:
    with start(folder) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if json.loads(line)["event"] == event:
                os.kill(process.pid, signal.SIGKILL)
                break
        process.stderr.read()
    assert process.returncode == -signal.SIGKILL, event


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = prepare(tmp_path_factory.mktemp("undisturbed"))
    with start(folder) as process:
        process.communicate()
    assert process.returncode == 10
    return tree(folder / "out")


def test_killed_after_each_step_in_turn_the_last_run_writes_the_same_bytes(
    tmp_path: Path, reference: dict[str, bytes]
) -> None:
    folder = prepare(tmp_path)
    for event in KILLED_AFTER:
        kill_after(folder, event)
    with start(folder) as process:
        _, words = process.communicate()
    assert process.returncode == 10, words
    assert tree(folder / "out") == reference
    ingested = next(line for line in map(json.loads, words.splitlines()) if line["event"] == "ingested")
    assert (ingested["log_objects_read"], ingested["log_objects_skipped"]) == (0, 3)
