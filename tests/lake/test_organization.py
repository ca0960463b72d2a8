"""20,000 log objects of 40 accounts over HTTP: complete, resumable, incremental. Takes minutes: `make organization`."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.aws_org import EVENTS, ORGANIZATION, log_objects
from tests.aws_server import CREDENTIALS, moto_server
from trailmin.lake import Lake

pytestmark = pytest.mark.organization

BUCKET, ACCOUNTS, EACH = "org-trail", 40, 500
LIST = """
import sys
from trailmin.trail.sources import AwsAccess, open_source
pages = open_source(sys.argv[1], access=AwsAccess(endpoint_url=sys.argv[2])).list()
print(sum(len(page.log_objects) for page in pages))
"""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch, moto_server(BUCKET, ACCOUNTS, EACH) as url:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        yield url


def ingest(endpoint: str, lake: Path) -> list[str]:
    spec = [f"s3://{BUCKET}", "--lake", str(lake), "--endpoint-url", endpoint]
    return [sys.executable, "-m", "trailmin", "ingest", *spec, "--workers", "2", "--json"]


def measured(command: list[str]) -> tuple[Any, float, float]:
    """What a command prints, as JSON, its own and its children's CPU seconds, and its wall seconds."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    shown = process.stdout.read()
    process.stdout.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return json.loads(shown), usage.ru_utime + usage.ru_stime, time.monotonic() - began


def test_an_organizations_trail_is_complete_resumable_and_incremental(
    endpoint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "lake"
    with subprocess.Popen(ingest(endpoint, place), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        time.sleep(15)
        process.send_signal(signal.SIGKILL)
    first, _, wall_first = measured(ingest(endpoint, place))
    total = ACCOUNTS * EACH
    assert first["log_objects"]["read"] + first["log_objects"]["skipped"] == total
    lake = Lake.open(place)
    found = lake.query("SELECT count(*), count(DISTINCT event_id) FROM events").to_pylist()[0]
    assert set(found.values()) == {total * EVENTS}
    assert sum(1 for row in lake.log_object_rows().to_pylist() if row["state"] == "read") == total

    again, cpu_again, wall_again = min((measured(ingest(endpoint, place)) for _ in range(2)), key=lambda run: run[1])
    assert again["log_objects"] == {"read": 0, "skipped": total, "failed": 0}
    listed, cpu_listing, wall_listing = measured([sys.executable, "-c", LIST, f"s3://{BUCKET}", endpoint])
    assert listed == total

    s3 = boto3.client("s3", endpoint_url=endpoint)
    later = f"AWSLogs/{ORGANIZATION}/111100000039/CloudTrail/us-east-1/2026/03/09/late.json.gz"
    s3.put_object(Bucket=BUCKET, Key=later, Body=next(log_objects(1, 1))[1])
    assert measured(ingest(endpoint, place))[0]["log_objects"]["read"] == 1
    with capsys.disabled():
        sys.stdout.write(
            f"\n{total:,} log objects over HTTP: first run after a kill {wall_first:.1f} s; "
            f"second run {cpu_again:.1f} s CPU, {wall_again:.1f} s; listing alone {cpu_listing:.1f} s CPU, "
            f"{wall_listing:.1f} s\n"
        )
    # CPU seconds: the machine may be shared.
    assert cpu_again - cpu_listing <= 3
