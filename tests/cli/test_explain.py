import gzip
import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import HOSTILE, UNPRINTABLE, Run
from tests.cli.records import record, write_log
from tests.cli.test_app import TRAILMIN

KEYS = ["event_id", "event_source", "event_name", "principal", "outcome", "authorizations", "unmapped"]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    records = [record(), "not a record", record(eventID="e-2", errorCode="AccessDenied", errorMessage="Access Denied")]
    return write_log(tmp_path / "log.json.gz", *records)


def test_one_line_of_json_a_record_in_their_order(run: Run, log: Path) -> None:
    result = run("explain", str(log), "--json")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [list(line) for line in lines] == [KEYS] * 3
    assert [line["outcome"] for line in lines] == ["allowed", "set_aside", "denied"]
    assert lines[0]["principal"] == "arn:aws:iam::111122223333:role/reader"
    assert lines[0]["authorizations"] == [
        {
            "action": "s3:GetObject",
            "resources": ["arn:aws:s3:::photos/a.jpg"],
            "required": True,
            "basis": "override",
        }
    ]
    assert lines[1]["unmapped"]
    assert result.exit_code == 4


def test_words_for_people_name_caller_outcome_action_and_resource(run: Run, log: Path) -> None:
    shown = run("explain", str(log)).stdout
    assert "s3.amazonaws.com GetObject: allowed" in shown
    assert "by arn:aws:iam::111122223333:role/reader (role)" in shown
    assert "    arn:aws:s3:::photos/a.jpg" in shown
    assert "set aside: " in shown


def test_standard_input_is_a_file_too(run: Run) -> None:
    assert run("explain", "-", "--json", stdin=json.dumps(record()).encode()).stdout.count("\n") == 1


def test_hostile_names_are_inert_in_both_forms(run: Run) -> None:
    log = json.dumps(record(eventName=f"x{HOSTILE}x", requestParameters={"bucketName": HOSTILE, "key": HOSTILE}))
    for arguments in (["-"], ["-", "--json"]):
        result = run("explain", *arguments, stdin=log.encode())
        assert not UNPRINTABLE & set(result.stdout + result.stderr)
        assert result.exit_code == 0
    assert len(run("explain", "-", "--json", stdin=log.encode()).stdout.splitlines()) == 1


def test_nothing_to_explain_is_no_events(run: Run) -> None:
    assert run("explain", "-", stdin=b"").exit_code == 3


def test_a_missing_file_is_an_error(run: Run, tmp_path: Path) -> None:
    result = run("explain", str(tmp_path / "none.json"))
    assert result.exit_code == 1
    assert "does not exist" in result.stderr


def test_data_can_go_to_a_file(run: Run, log: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    result = run("explain", str(log), "--json", "-o", str(out))
    assert result.stdout == ""
    assert len(out.read_text().splitlines()) == 3


def test_a_full_disk_is_an_error_and_a_closed_pipe_is_none(run: Run, log: Path) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run([TRAILMIN, "explain", log], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == 1
    assert "No space left" in ended.stderr
    many = gzip.compress("\n".join(json.dumps(record()) for _ in range(5000)).encode())
    log.write_bytes(many)
    command = f"{TRAILMIN} explain {log} | head -1; exit ${{PIPESTATUS[0]}}"
    ended = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert ended.returncode == 141
    assert "Traceback" not in ended.stderr
    assert "error" not in ended.stderr
