"""`trailmin run --log-format json`: one object a line with what happened and how long it took, nothing of records."""

import json
import re
from pathlib import Path
from typing import Any

from tests.cli.conftest import HOSTILE, Run
from tests.cli.records import record, write_log
from tests.cli.test_run import CONFIGURATION, folder

__all__ = ["folder"]

STEPS = ["state-read", "ingested", "rolled-up", "proposed", "reported", "written"]


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_every_line_is_an_object_with_time_level_and_event(run: Run, folder: Path) -> None:
    result = run("run", "-c", folder / "trailmin.toml", "--log-format", "json")
    assert result.exit_code == 10
    found = lines(result.stderr)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"]) for line in found)
    assert {line["level"] for line in found} == {"info"}
    events = [line["event"] for line in found if line["event"] != "message"]
    assert events == ["started", *STEPS, "ended"]


def test_steps_tell_durations_and_counts_and_the_end_the_exit_codes(run: Run, folder: Path) -> None:
    (folder / "logs" / "broken.json").write_text("no JSON")
    found = {
        line["event"]: line for line in lines(run("run", "-c", folder / "trailmin.toml", "--log-format", "json").stderr)
    }
    assert found["ended"]["exit_codes"] == [10, 4]
    assert (found["ingested"]["events_new"], found["ingested"]["set_aside"]) == (1, 1)
    assert found["proposed"]["tightened"] == 1
    assert all(found[step]["seconds"] >= 0 for step in STEPS)


def test_standard_output_is_the_same_with_either_format(run: Run, folder: Path) -> None:
    run("run", "-c", folder / "trailmin.toml")
    text = run("run", "-c", folder / "trailmin.toml", "--json")
    logged = run("run", "-c", folder / "trailmin.toml", "--json", "--log-format", "json")
    assert logged.stdout == text.stdout


def test_an_error_is_an_object_with_its_hint(run: Run, folder: Path) -> None:
    (folder / "trailmin.toml").write_text(CONFIGURATION + "[tighten]\nkeep_action = ['kms:*']\n")
    result = run("run", "-c", folder / "trailmin.toml", "--log-format", "json")
    assert result.exit_code == 1
    last = lines(result.stderr)[-1]
    assert (last["event"], last["level"]) == ("error", "error")
    assert "trailmin.toml:14" in last["text"]
    assert last["hint"] == "did you mean keep_actions?"
    after = run("run", "-c", folder / "trailmin.toml")
    assert after.stderr.startswith("error: ")


def test_nothing_of_a_record_is_logged(run: Run, folder: Path) -> None:
    secret = "AKIAIOSFODNN7EXAMPLE-in-a-key"
    write_log(
        folder / "logs" / "b.json.gz",
        record(eventID="e-7", userAgent=HOSTILE + secret, requestParameters={"bucketName": "b", "key": secret}),
    )
    (folder / "logs" / "c.json").write_text(json.dumps({"Records": [secret, {"eventTime": secret}]}))
    result = run("run", "-c", folder / "trailmin.toml", "--log-format", "json")
    assert lines(result.stderr)
    assert secret not in result.stderr
    assert HOSTILE not in result.stderr
