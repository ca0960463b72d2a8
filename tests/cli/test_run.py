import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.records import record, write_log
from tests.cli.test_app import TRAILMIN

CONFIGURATION = """
[trail]
sources = ["logs"]
workers = 1
[lake]
path = "lake"
[current]
paths = ["policies"]
[output]
path = "out"
[guards]
ignore = true
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration, a log and a policy that allows more than was used."""
    (tmp_path / "trailmin.toml").write_text(CONFIGURATION)
    created = record(
        eventSource="sqs.amazonaws.com",
        eventName="CreateQueue",
        eventCategory="Management",
        readOnly=False,
        requestParameters={"queueName": "orders"},
    )
    write_log(tmp_path / "logs" / "a.json.gz", created)
    statement = {"Effect": "Allow", "Action": ["sqs:CreateQueue", "sqs:DeleteQueue"], "Resource": "*"}
    path = tmp_path / "policies" / "111122223333" / "reader" / "queues.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2))
    return tmp_path


def test_the_job_ends_with_10_while_proposals_differ_and_with_0_once_they_are_merged(run: Run, folder: Path) -> None:
    first = run("run", "-c", folder / "trailmin.toml", "--json")
    assert first.exit_code == 10, first.stderr
    shown = json.loads(first.stdout)
    assert shown["schema"] == "trailmin/run/1"
    assert shown["ingest"]["events"]["new"] == 1
    assert [role["status"] for role in shown["roles"]] == ["tightened"]
    again = json.loads(run("run", "-c", folder / "trailmin.toml", "--json").stdout)
    assert again["ingest"]["log_objects"] == {"read": 0, "skipped": 1, "failed": 0}
    (diff,) = (folder / "out").rglob("queues.diff")
    subprocess.run(["patch", "-p1", "-i", diff], cwd=folder / "policies", check=True, capture_output=True)
    merged = run("run", "-c", folder / "trailmin.toml", "--json")
    assert [role["status"] for role in json.loads(merged.stdout)["roles"]] == ["unchanged"]
    assert merged.exit_code == 0


def test_the_configuration_is_looked_for_where_one_is(folder: Path) -> None:
    ended = subprocess.run([TRAILMIN, "run"], cwd=folder, capture_output=True, text=True, check=False)
    assert ended.returncode == 10, ended.stderr
    assert "reader" in ended.stdout
    assert (folder / "out" / "summary.json").is_file()


def test_what_was_set_aside_is_said_beside_what_differs(run: Run, folder: Path) -> None:
    (folder / "logs" / "broken.json").write_text("no JSON")
    result = run("run", "-c", folder / "trailmin.toml", "--json")
    assert json.loads(result.stdout)["exit_codes"] == [10, 4]
    assert "broken.json" in result.stderr


def test_no_events_is_no_events(run: Run, folder: Path) -> None:
    (folder / "logs" / "a.json.gz").unlink()
    result = run("run", "-c", folder / "trailmin.toml")
    assert result.exit_code == 3
    assert not (folder / "out").exists()


def test_a_wrong_configuration_is_an_error_with_its_line(run: Run, folder: Path) -> None:
    (folder / "trailmin.toml").write_text(CONFIGURATION + "[tighten]\nkeep_action = ['kms:*']\n")
    result = run("run", "-c", folder / "trailmin.toml")
    assert result.exit_code == 1
    assert "trailmin.toml:14: unknown key tighten.keep_action" in result.stderr
    assert "did you mean keep_actions?" in result.stderr
