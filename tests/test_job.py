import json
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest

from tests.cli.records import record, write_log
from trailmin.config import Config
from trailmin.errors import LakeError
from trailmin.job import exclusive_run, run_job
from trailmin.lake import Lake

OUTPUT = Path("unused")
"""Locked for lakes on S3 only."""

HOLD = """
import sys
from pathlib import Path
from trailmin.job import exclusive_run
from trailmin.lake import Lake
with exclusive_run(Lake.open(Path(sys.argv[1])), Path("unused")):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.create(tmp_path / "lake")


def hold(lake: Lake) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLD, lake.name]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_one_run_at_a_time_and_the_message_names_the_holder(lake: Lake) -> None:
    with hold(lake) as holder:
        with (
            pytest.raises(LakeError, match=rf"process {holder.pid}, since \d{{4}}-") as caught,
            exclusive_run(lake, OUTPUT),
        ):
            pass
        assert caught.value.hint
        holder.communicate()
    with exclusive_run(lake, OUTPUT):
        pass


def test_the_lock_survives_a_crash_of_its_holder(lake: Lake) -> None:
    with hold(lake) as holder:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    with exclusive_run(lake, OUTPUT):
        pass


def test_the_lock_does_not_make_the_folder_less_of_a_lake(lake: Lake) -> None:
    with exclusive_run(lake, OUTPUT):
        pass
    assert Lake.create(lake.name) == lake


def config(tmp_path: Path) -> Config:
    snapshots = tmp_path / "policies" / "111122223333" / "reader"
    snapshots.mkdir(parents=True, exist_ok=True)
    wide = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    (snapshots / "read.json").write_text(json.dumps(wide, indent=2))
    return Config(
        path=tmp_path / "trailmin.toml",
        sources=(tmp_path / "logs",),
        workers=1,
        lake=tmp_path / "lake",
        current=(tmp_path / "policies",),
        output=tmp_path / "out",
        ignore_guards=True,
    )


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_second_run_reads_nothing_and_writes_the_same_bytes(tmp_path: Path) -> None:
    write_log(tmp_path / "logs" / "a.json.gz", record(), record(eventID="e-2", eventTime="2026-09-20T10:00:00Z"))
    first = run_job(config(tmp_path))
    assert (first.ingested.read, first.ingested.new) == (1, 2)
    before = tree(tmp_path / "out")
    assert "summary.json" in before
    second = run_job(config(tmp_path))
    assert (second.ingested.read, second.ingested.skipped) == (0, 1)
    assert tree(tmp_path / "out") == before


def test_the_guards_of_the_configuration_reach_the_proposals(tmp_path: Path) -> None:
    write_log(tmp_path / "logs" / "a.json.gz", record())
    run_job(config(tmp_path))
    facts = json.loads((tmp_path / "out" / "summary.json").read_text())["run"]
    assert facts["options"]["ignore_guards"] is True
    assert facts["options"]["minimum_days"] == 30


def test_without_events_nothing_is_said_of_any_role(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    result = run_job(config(tmp_path))
    assert result.written is None
    assert result.proposals == ()
    assert not (tmp_path / "out").exists()


def test_the_sources_of_a_job_may_be_in_s3(tmp_path: Path, aws_endpoint: str) -> None:
    s3 = boto3.client("s3", endpoint_url=aws_endpoint)
    s3.create_bucket(Bucket="job-trail")
    today = datetime.now(UTC).date()
    for account, day in (("111122223333", today), ("111122223333", today - timedelta(days=9)), ("444455556666", today)):
        path = write_log(tmp_path / f"{account}-{day}.json.gz", record(eventID=f"{account}{day}"))
        key = f"AWSLogs/{account}/CloudTrail/us-east-1/{day:%Y/%m/%d}/a.json.gz"
        s3.put_object(Bucket="job-trail", Key=key, Body=path.read_bytes())
    chosen = replace(
        config(tmp_path), sources=("s3://job-trail",), accounts=("111122223333",), days=3, endpoint_url=aws_endpoint
    )
    assert run_job(chosen).ingested.read == 1
