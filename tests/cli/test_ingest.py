import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import HOSTILE, UNPRINTABLE, Run
from tests.cli.records import record, write_log
from tests.cli.test_app import TRAILMIN


def test_the_json_is_what_others_build_on(run: Run, tmp_path: Path) -> None:
    log = write_log(tmp_path / "logs" / "a.json.gz", record(), record(), record(eventID="e-2"), 7)
    result = run("ingest", log.parent, "--lake", tmp_path / "lake", "--workers", 1, "--json")
    assert json.loads(result.stdout) == {
        "schema": "trailmin/ingest/1",
        "log_objects": {"read": 1, "skipped": 0, "failed": 0},
        "events": {"new": 2, "duplicate": 1, "set_aside": 1},
        "set_aside": [{"log_object": log.as_posix(), "index": 3, "reason": "not a JSON object"}],
        "exit_codes": [4],
    }
    assert result.exit_code == 4


def test_the_summary_is_for_people_and_what_was_set_aside_goes_to_stderr(run: Run, tmp_path: Path) -> None:
    write_log(tmp_path / "logs" / "a.json.gz", record(), *range(30))
    result = run("ingest", tmp_path / "logs", "--lake", tmp_path / "lake", "--workers", 1)
    assert result.stdout == "log objects: 1 read, 0 skipped, 0 failed\nevents: 1 new, 0 duplicate, 30 set aside\n"
    assert "a.json.gz, record 1: not a JSON object" in result.stderr
    assert "10 more" in result.stderr


def test_a_second_ingest_adds_nothing(run: Run, tmp_path: Path) -> None:
    write_log(tmp_path / "logs" / "a.json.gz", record())
    arguments = ("ingest", tmp_path / "logs", "--lake", tmp_path / "lake", "--workers", 1, "--json")
    run(*arguments)
    again = json.loads(run(*arguments).stdout)
    assert again["log_objects"] == {"read": 0, "skipped": 1, "failed": 0}
    assert again["events"] == {"new": 0, "duplicate": 0, "set_aside": 0}


@pytest.mark.parametrize("names", [[], ["README.md"]])
def test_a_folder_without_logs_is_no_events(run: Run, tmp_path: Path, names: list[str]) -> None:
    (tmp_path / "logs").mkdir()
    for name in names:
        (tmp_path / "logs" / name).write_text("words")
    result = run("ingest", tmp_path / "logs", "--lake", tmp_path / "lake", "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout)["exit_codes"] == [3]


def test_a_window_that_ends_before_it_begins_is_a_mistake(run: Run, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    days = ("--since", "2026-09-02", "--until", "2026-09-01")
    result = run("ingest", tmp_path / "logs", "--lake", tmp_path / "lake", *days)
    assert result.exit_code == 2
    assert "--since 2026-09-02 is later than --until 2026-09-01" in result.stderr


def test_a_source_that_does_not_exist_is_an_error(run: Run, tmp_path: Path) -> None:
    result = run("ingest", tmp_path / "none", "--lake", tmp_path / "lake")
    assert result.exit_code == 1
    assert "does not exist" in result.stderr
    assert "hint: " in result.stderr


def test_an_unreadable_file_is_set_aside_and_the_rest_is_read(run: Run, tmp_path: Path) -> None:
    write_log(tmp_path / "logs" / "a.json.gz", record())
    (tmp_path / "logs" / "b.json.gz").symlink_to(tmp_path / "gone.json.gz")
    result = run("ingest", tmp_path / "logs", "--lake", tmp_path / "lake", "--workers", 1, "--json")
    shown = json.loads(result.stdout)
    assert result.exit_code == 4
    assert shown["log_objects"] == {"read": 1, "skipped": 0, "failed": 1}
    assert shown["set_aside"][0]["log_object"].endswith("b.json.gz")


def test_a_folder_that_is_no_lake_is_refused_and_left_alone(run: Run, tmp_path: Path) -> None:
    write_log(tmp_path / "logs" / "a.json.gz", record())
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter.txt").write_text("dear")
    result = run("ingest", tmp_path / "logs", "--lake", tmp_path / "home")
    assert result.exit_code == 1
    assert "not a lake" in result.stderr
    assert [p.name for p in (tmp_path / "home").iterdir()] == ["letter.txt"]


def test_a_full_disk_is_an_error_and_leaves_the_lake_as_it_was(run: Run, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    write_log(tmp_path / "first" / "a.json.gz", record())
    run("ingest", tmp_path / "first", "--lake", lake, "--workers", 1)
    many = [record(eventID=f"e-{n}", requestParameters={"key": f"{n:x}" * 50}) for n in range(3000)]
    write_log(tmp_path / "second" / "b.json.gz", *many)
    command = f"ulimit -f 8; exec {TRAILMIN} ingest {tmp_path}/second --lake {lake} --workers 1"
    full = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert full.returncode == 1, full.stderr
    assert "error: " in full.stderr
    assert "hint: " in full.stderr
    again = json.loads(run("ingest", tmp_path / "second", "--lake", lake, "--workers", 1, "--json").stdout)
    assert again["events"]["new"] == 2999  # one of them is the first lake's event


def test_hostile_file_names_are_inert(run: Run, tmp_path: Path) -> None:
    name = HOSTILE.replace("/", "")
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / f"{name}.json").write_text("no JSON")
    for more in ((), ("--json",)):
        result = run("ingest", tmp_path / "logs", "--lake", tmp_path / f"lake{len(more)}", "--workers", 1, *more)
        assert not UNPRINTABLE & set(result.stdout + result.stderr)


def test_standard_input_is_a_source(run: Run, tmp_path: Path) -> None:
    result = run("ingest", "-", "--lake", tmp_path / "lake", "--json", stdin=json.dumps(record()).encode())
    assert json.loads(result.stdout)["events"]["new"] == 1
    assert run("ingest", "-", "--lake", tmp_path / "lake", stdin=b"").exit_code == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["logs", "--follow"], "--follow needs a queue"),
        (["sqs://h/1/q", "logs"], "a queue is the only SOURCE"),
        (["logs", "--since", "yesterday"], "is not a date"),
    ],
)
def test_options_that_make_no_sense_together_are_a_usage_error(
    run: Run, tmp_path: Path, arguments: list[str], said: str
) -> None:
    result = run("ingest", *arguments, "--lake", tmp_path / "lake")
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.replace("│", " ").split())
    assert not (tmp_path / "lake").exists()


@pytest.mark.parametrize(("spec", "said"), [("sqs://queue", "names no queue"), ("s3://", "names no bucket")])
def test_a_place_that_names_nothing_is_an_error_with_a_hint(run: Run, tmp_path: Path, spec: str, said: str) -> None:
    result = run("ingest", spec, "--lake", tmp_path / "lake")
    assert result.exit_code == 1
    assert said in result.stderr
    assert "hint: write" in result.stderr


def test_days_accounts_and_regions_are_chosen_by_key(run: Run, tmp_path: Path) -> None:
    for account, region, day in (
        ("111122223333", "us-east-1", "01"),
        ("111122223333", "eu-west-1", "02"),
        ("444455556666", "us-east-1", "02"),
    ):
        path = tmp_path / f"logs/AWSLogs/{account}/CloudTrail/{region}/2026/03/{day}/a.json.gz"
        write_log(path, record(eventID=f"{account}-{region}-{day}"))
    chosen = [
        "--since",
        "2026-03-02",
        "--account",
        "111122223333",
        "--account",
        "444455556666",
        "--region",
        "us-east-1",
    ]
    result = run("ingest", tmp_path / "logs", "--lake", tmp_path / "lake", "--workers", 1, "--json", *chosen)
    assert json.loads(result.stdout)["log_objects"]["read"] == 1
