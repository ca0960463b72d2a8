"""Ingest from a bucket over HTTP: an organization's trail, complete, resumable, incremental, through faults."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import boto3
import pytest

from tests.aws_org import EVENTS, ORGANIZATION, log_objects
from tests.aws_server import CREDENTIALS, faulty_proxy, moto_server
from trailmin.engine import open_engine
from trailmin.lake import IngestReport, Lake, ingest
from trailmin.trail.sources import AwsAccess, Selection, open_source
from trailmin.trail.sources.s3 import S3Source

BUCKET = "org-trail"
ACCOUNTS, EACH = 40, 10
LATER = f"AWSLogs/{ORGANIZATION}/111100000003/CloudTrail/us-east-1/2026/03/02/late.json.gz"


@pytest.fixture(scope="module")
def organization() -> Iterator[str]:
    """The endpoint of a server with the trail of `ACCOUNTS` accounts; nobody changes it."""
    with pytest.MonkeyPatch.context() as patch, moto_server(BUCKET, ACCOUNTS, EACH) as endpoint:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        yield endpoint


def run(lake: Lake, endpoint: str, workers: int = 1, **chosen: Any) -> IngestReport:
    access = AwsAccess(endpoint_url=endpoint, read_timeout=2)
    source = open_source(f"s3://{BUCKET}", access=access, selection=Selection(**chosen))
    return ingest([source], lake, engine=open_engine(workers))


def ids(lake: Lake) -> list[str]:
    return [str(row) for row in lake.query("SELECT event_id FROM events ORDER BY 1").column(0).to_pylist()]


def expected() -> list[str]:
    keys = [key.rpartition("/")[2] for key, _ in log_objects(ACCOUNTS, EACH)]
    numbers = [(key.partition("_")[0], int(key.rpartition("_")[2].partition(".")[0])) for key in keys]
    return sorted(f"{account}-{number}-{n}" for account, number in numbers for n in range(EVENTS))


@pytest.mark.parametrize("workers", [1, 2])
def test_all_of_an_organizations_trail_comes_in_once(organization: str, tmp_path: Path, workers: int) -> None:
    lake = Lake.create(tmp_path / "lake")
    report = run(lake, organization, workers)
    assert (report.read, report.failed, report.new) == (ACCOUNTS * EACH, 0, ACCOUNTS * EACH * EVENTS)
    assert ids(lake) == expected()
    again = run(lake, organization)
    assert (again.read, again.new, again.skipped) == (0, 0, ACCOUNTS * EACH)


def test_part_after_part_gives_the_whole(organization: str, tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    accounts = frozenset({"111100000005"})
    assert run(lake, organization, accounts=accounts).read == EACH
    assert run(lake, organization, since=date(2026, 3, 4)).read == (ACCOUNTS - 1) * EACH * 2 // 5
    assert run(lake, organization, until=date(2026, 3, 1)).read == (ACCOUNTS - 1) * EACH // 5
    run(lake, organization)
    assert ids(lake) == expected()


def test_faults_of_the_network_lose_nothing(organization: str, tmp_path: Path) -> None:
    """Every seventh request fails, each in another way."""
    asked: list[str] = []
    kinds = ["503", "reset", "truncate", "hang", "503", "reset"]

    def fault(method: str, path: str) -> str | None:
        asked.append(path)
        kind = kinds[len(asked) // 7 % len(kinds)] if len(asked) % 7 == 0 else None
        # A hang takes seconds: one is enough; a listing that is cut short is no XML, which nobody retries.
        if (kind == "hang" and len(asked) > 50) or (kind == "truncate" and "list-type" in path):
            return "reset"
        return kind

    lake = Lake.create(tmp_path / "lake")
    accounts = frozenset(f"{111100000000 + n}" for n in range(10))
    with faulty_proxy(organization, fault) as endpoint:
        report = run(lake, endpoint, accounts=accounts)
    assert (report.read, report.failed) == (10 * EACH, 0)
    assert ids(lake) == [one for one in expected() if one.partition("-")[0] in accounts]


def test_what_changes_or_goes_between_listing_and_reading_is_told_of_and_comes_right(
    tmp_path: Path, organization: str
) -> None:
    """One object is replaced and one removed when the first is read: both were listed before."""
    with moto_server(BUCKET, 2, 5) as endpoint:
        s3 = boto3.client("s3", endpoint_url=endpoint)
        keys = [key for key, _ in log_objects(2, 5)]
        done: list[str] = []
        lock = threading.Lock()

        def fault(method: str, path: str) -> str | None:
            with lock:
                if method == "GET" and "list-type" not in path and not done:
                    done.append(path)
                    s3.copy_object(Bucket=BUCKET, Key=keys[3], CopySource=f"{BUCKET}/{keys[9]}")
                    s3.delete_object(Bucket=BUCKET, Key=keys[4])
                    s3.copy_object(Bucket=BUCKET, Key=LATER, CopySource=f"{BUCKET}/{keys[8]}")
            return None

        lake = Lake.create(tmp_path / "lake")
        with faulty_proxy(endpoint, fault) as proxy:
            report = run(lake, proxy)
        assert (report.read, report.failed) == (8, 2)
        assert {one.reason for one in report.rejected} == {"changed since it was listed", "gone since it was listed"}
        again = run(lake, endpoint)
        assert (again.read, again.failed) == (2, 0)
        assert run(lake, endpoint).read == 0
        states = {row["key"]: row["state"] for row in lake.log_object_rows().to_pylist()}
    assert states.pop(keys[4]) == "unreadable"
    assert set(states.values()) == {"read"}


def test_a_killed_ingest_goes_on(organization: str, tmp_path: Path) -> None:
    place = tmp_path / "lake"
    command = [sys.executable, "-m", "trailmin", "ingest", f"s3://{BUCKET}", "--lake", str(place), "--workers", "1"]
    command += ["--endpoint-url", organization]
    for _ in range(3):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ) as process:
            time.sleep(1.5)
            process.send_signal(signal.SIGKILL)
    lake = Lake.create(place)
    run(lake, organization)
    assert ids(lake) == expected()
    assert run(lake, organization).read == 0


def test_log_objects_are_fetched_while_others_are_worked_on(organization: str, tmp_path: Path) -> None:
    under_way, most = [0], [0]
    lock = threading.Lock()

    def slow(method: str, path: str) -> None:
        if "list-type" in path:
            return
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        time.sleep(0.05)
        with lock:
            under_way[0] -= 1

    lake = Lake.create(tmp_path / "lake")
    with faulty_proxy(organization, slow) as endpoint:
        run(lake, endpoint, accounts=frozenset({"111100000000", "111100000001"}))
    assert most[0] >= 4


def test_long_days_go_on_behind_what_is_settled_and_never_behind_what_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages of 5 keys: 3 accounts with 2 regions of 5 days with 6 log objects. One of them may not be read at first."""
    monkeypatch.setattr("trailmin.trail.sources.s3._PAGE", {"MaxKeys": 5})
    lake = Lake.create(tmp_path / "lake")
    keys = [key for key, _ in log_objects(3, 60)]
    closed, asked = keys[90], list[str]()

    def fault(_: str, path: str) -> str | None:
        asked.append(path)
        return "403" if closed in unquote(path) else None

    def once(endpoint: str) -> IngestReport:
        source = S3Source(bucket=BUCKET, access=AwsAccess(endpoint_url=endpoint), today=date(2026, 4, 1))
        return ingest([source], lake, engine=open_engine(1))

    with moto_server(BUCKET, 3, 60) as endpoint:
        for name, value in CREDENTIALS.items():
            monkeypatch.setenv(name, value)
        with faulty_proxy(endpoint, fault) as proxy:
            assert (once(proxy).read, len(asked) > 0) == (179, True)
        s3 = boto3.client("s3", endpoint_url=endpoint)
        behind = f"{keys[30].rpartition('/')[0]}/zzz.json.gz"
        s3.copy_object(Bucket=BUCKET, Key=behind, CopySource=f"{BUCKET}/{keys[30]}")
        second = once(endpoint)
        assert (second.read, second.failed) == (2, 0)
        # What stands behind the open one in its day, and each region's first page, are listed again; little else is.
        assert second.listed < 100
        assert once(endpoint).read == 0
    states = [row["state"] for row in lake.log_object_rows().to_pylist()]
    assert states == ["read"] * 181
