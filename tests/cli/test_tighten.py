import json
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from tests.cli.conftest import HOSTILE, SAMPLES, UNPRINTABLE, Run
from tests.cli.records import record, write_log
from trailmin.cli.exit_codes import ExitCode
from trailmin.cli.proposal_codes import codes_of_roles
from trailmin.current import Role
from trailmin.synth.model import Activity, LostCall, ProofResult, Proposal, ReplayResult, Status, Window

LOST = LostCall(action="s3:GetObject", resource="*", calls=1, event_ids=(), reason="")
SNAPSHOT = SAMPLES / "snapshots" / "777788889999"


@pytest.fixture(scope="module")
def ledger(
    run: Run, sample_lake: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], Path, Result]:
    """The JSON, the folder and the result of tightening one role of the samples."""
    out = tmp_path_factory.mktemp("tighten") / "out"
    result = run("tighten", "ledger-sync", "--current", SNAPSHOT, "--lake", sample_lake, "-o", out, "--json")
    return json.loads(result.stdout), out, result


def test_a_proposal_that_differs_has_its_own_exit_code(ledger: tuple[dict[str, Any], Path, Result]) -> None:
    document, _, result = ledger
    assert result.exit_code == 10
    assert document["exit_codes"] == [10]
    assert document["schema"] == "trailmin/tighten/1"


def test_the_json_has_verdicts_proof_replay_sizes_and_files(ledger: tuple[dict[str, Any], Path, Result]) -> None:
    document, out, _ = ledger
    (role,) = document["roles"]
    assert role["role"] == "ledger-sync"
    assert role["proof"]["proven"]
    assert role["replay"]["passed"]
    assert role["sizes"]
    assert {verdict["verdict"] for verdict in role["verdicts"]} >= {"used", "not-observable"}
    assert all((out / path).is_file() for path in role["files"])
    assert any(path.endswith("apply.sh") for path in role["files"])
    assert json.loads((out / "summary.json").read_text())["roles"][0]["role"] == "ledger-sync"


def test_words_show_the_verdicts_and_the_diff_of_a_single_role(run: Run, sample_lake: Path, tmp_path: Path) -> None:
    result = run("tighten", "ledger-sync", "--current", SNAPSHOT, "--lake", sample_lake, "-o", tmp_path / "out")
    assert "ledger-sync" in result.stdout
    assert "not-observable" in result.stdout
    assert "\n--- a/" in result.stdout
    assert "\x1b" not in result.stdout
    assert "summary.json" in result.stderr


def test_all_roles_are_tightened_where_none_is_named(run: Run, sample_lake: Path, tmp_path: Path) -> None:
    limits = ("--since", "2026-10-14", "--current", SAMPLES / "snapshots", "--lake", sample_lake)
    result = run("tighten", *limits, "-o", tmp_path / "out", "--json")
    roles = {role["role"]: role["status"] for role in json.loads(result.stdout)["roles"]}
    assert roles["AWSServiceRoleForAutoScaling"] == "explained"
    assert roles["image-processor"] == "insufficient-evidence"
    assert result.exit_code == 0


def test_an_unknown_role_is_an_error_with_suggestions_and_writes_nothing(
    run: Run, sample_lake: Path, tmp_path: Path
) -> None:
    result = run("tighten", "ledgersync", "--current", SNAPSHOT, "--lake", sample_lake, "-o", tmp_path / "out")
    assert result.exit_code == 1
    assert "did you mean ledger-sync" in result.stderr
    assert not (tmp_path / "out").exists()


def test_without_current_the_policy_is_what_the_role_used(run: Run, tmp_path: Path) -> None:
    lake = lake_of(run, tmp_path, record(), record(eventID="e-2", errorCode="AccessDenied", eventName="PutObject"))
    result = run("tighten", "reader", "--lake", lake, "-o", tmp_path / "out", "--json")
    (role,) = json.loads(result.stdout)["roles"]
    assert role["status"] == "generated"
    (name,) = [path for path in role["files"] if "/policies/" in path and path.endswith(".json")]
    text = (tmp_path / "out" / name).read_text()
    assert "s3:GetObject" in text
    assert "s3:PutObject" not in text


def test_a_single_document_is_the_policy_of_the_role_that_is_named(run: Run, tmp_path: Path) -> None:
    lake = lake_of(run, tmp_path, record())
    document = tmp_path / "read.json"
    document.write_text(
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}'
    )
    arguments = ("--current", document, "--lake", lake, "-o", tmp_path / "out")
    assert run("tighten", *arguments).exit_code == 1
    result = run("tighten", "reader", *arguments, "--ignore-guards", "--json")
    assert json.loads(result.stdout)["roles"][0]["status"] != "generated"


@pytest.mark.parametrize("text", ['{"Statement": [', '{"Statement": [{"Effect": "Allow"}]}', "{}"])
def test_a_current_policy_that_is_none_is_an_error_with_its_place(
    run: Run, sample_lake: Path, tmp_path: Path, text: str
) -> None:
    (tmp_path / "reader").mkdir()
    bad = tmp_path / "reader" / "bad.json"
    bad.write_text(text)
    result = run("tighten", "--current", tmp_path, "--lake", sample_lake, "-o", tmp_path / "out")
    assert result.exit_code == 1
    assert str(bad) in result.stderr
    assert "line 1" in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "wrong", [("--resources", "bucket"), ("--min-days", "-1"), ("--drop-unobservable", "s4")], ids=" ".join
)
def test_a_wrong_value_is_wrong_usage(run: Run, sample_lake: Path, tmp_path: Path, wrong: tuple[str, str]) -> None:
    assert run("tighten", "--lake", sample_lake, "-o", tmp_path / "out", *wrong).exit_code == 2


def test_an_output_folder_that_cannot_be_written_is_an_error(run: Run, sample_lake: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    result = run("tighten", "ledger-sync", "--current", SNAPSHOT, "--lake", sample_lake, "-o", tmp_path / "out")
    assert result.exit_code == 1
    assert "cannot write" in result.stderr


def test_a_window_without_events_is_no_events(run: Run, sample_lake: Path, tmp_path: Path) -> None:
    result = run("tighten", "--lake", sample_lake, "--since", "2030-01-01", "-o", tmp_path / "out")
    assert result.exit_code == 3


def test_hostile_names_are_inert_in_every_file(run: Run, tmp_path: Path) -> None:
    parameters = {"bucketName": "photos", "key": f"a/{HOSTILE}"}
    lake = lake_of(run, tmp_path, record(role=HOSTILE, requestParameters=parameters))
    for more in ((), ("--json",)):
        result = run("tighten", "--lake", lake, "-o", tmp_path / "out", "--resources", "exact", *more)
        assert result.exit_code == 10, result.stderr
        assert not UNPRINTABLE & set(result.stdout + result.stderr)
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert any(path.name == "apply.sh" for path in files)
    for path in files:
        assert not UNPRINTABLE & set(path.as_posix())
        if path.suffix != ".diff":
            assert not UNPRINTABLE & set(path.read_text())
    for script in (path for path in files if path.suffix == ".sh"):
        subprocess.run(["bash", "-n", script], check=True)


@pytest.mark.parametrize(
    ("proven", "lost", "codes"),
    [
        (False, (), [ExitCode.NOT_PROVEN]),
        (True, (LOST,), [ExitCode.DEFECT]),
        (False, (LOST,), [ExitCode.NOT_PROVEN, ExitCode.DEFECT]),
    ],
)
def test_a_proposal_that_was_withheld_says_which_check_failed(
    proven: bool, lost: tuple[LostCall, ...], codes: list[ExitCode]
) -> None:
    day = date(2026, 9, 1)
    withheld = Proposal(
        role=Role(name="reader", account=None, arn=None),
        role_arn=None,
        account=None,
        status=Status.WITHHELD,
        reason="",
        window=Window(since=day, until=day),
        activity=Activity(),
        proof=ProofResult(proven=proven, method=""),
        replay=ReplayResult(calls=1, lost=lost),
    )
    assert list(codes_of_roles([withheld])) == codes


def lake_of(run: Run, tmp_path: Path, *records: object) -> Path:
    write_log(tmp_path / "logs" / "a.json.gz", *records)
    run("ingest", tmp_path / "logs", "--lake", tmp_path / "lake", "--workers", 1)
    return tmp_path / "lake"
