"""A lake on S3, through moto's server over HTTP; and ingesters that race."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from tests.lake.test_upkeep import deliver, read, rows
from tests.torture.s3_server import BUCKET, s3_server
from trailmin.catalog import load_catalog
from trailmin.engine import open_engine
from trailmin.errors import LakeError
from trailmin.lake import Lake, ingest
from trailmin.lake.compact import compact
from trailmin.lake.info import describe_tables
from trailmin.lake.retention import vacuum
from trailmin.trail.sources import open_source
from trailmin.usage.rollup import refresh_usage

INGEST = """
import sys
from trailmin.engine import open_engine
from trailmin.lake import Lake, ingest
from trailmin.trail.sources import open_source
ingest([open_source(sys.argv[1])], Lake.create(sys.argv[2]), engine=open_engine(1))
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with s3_server() as endpoint:
        yield endpoint


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    for name in "abc":
        deliver(folder, name, "2026-03-01", "2026-03-02")
    return folder


@pytest.mark.usefixtures("server")
def test_a_lake_on_s3_holds_what_one_on_a_folder_does(logs: Path, tmp_path: Path) -> None:
    remote, local = Lake.create(f"s3://{BUCKET}/a/lake"), Lake.create(tmp_path / "lake")
    for lake in (remote, local):
        assert read(lake, logs).new == 18
        refresh_usage(lake, load_catalog())
    assert rows(remote) == rows(local)
    assert sorted(map(repr, remote.usage_rows().to_pylist())) == sorted(map(repr, local.usage_rows().to_pylist()))
    assert read(Lake.open(f"s3://{BUCKET}/a/lake"), logs).read == 0
    deliver(logs, "d", "2026-03-02")
    ingest([open_source(str(logs))], remote, engine=open_engine(2))
    compact(remote)
    assert len(remote.event_files()) == 2
    assert len(rows(remote)) == 21
    assert vacuum(remote).files == 0
    events = describe_tables(remote)[1]
    assert (events.rows, events.files, events.stored_bytes > events.bytes) == (21, 2, True)


@pytest.mark.usefixtures("server")
def test_a_place_on_s3_that_is_no_lake_is_refused() -> None:
    with pytest.raises(LakeError, match="is not a lake"):
        Lake.open(f"s3://{BUCKET}/nothing")
    client = boto3.client("s3")
    client.put_object(Bucket=BUCKET, Key="taken/letter.txt", Body=b"dear")
    client.close()
    with pytest.raises(LakeError, match="not empty"):
        Lake.create(f"s3://{BUCKET}/taken")
    with pytest.raises(LakeError, match="names no bucket"):
        Lake.open("s3://")
    with pytest.raises(LakeError, match="cannot be used") as caught:
        Lake.create("s3://no-such-bucket/lake")
    assert "\x1b" not in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("kind", ["folder", "s3"])
@pytest.mark.usefixtures("server")
def test_first_runs_that_race_on_a_new_lake_read_each_log_object_once(kind: str, logs: Path, tmp_path: Path) -> None:
    place = f"s3://{BUCKET}/race" if kind == "s3" else str(tmp_path / "lake")
    racers = [subprocess.Popen([sys.executable, "-c", INGEST, str(logs), place]) for _ in range(3)]
    assert [racer.wait() for racer in racers] == [0, 0, 0]
    lake = Lake.open(place)
    (counts,) = lake.query("SELECT count(*) AS stored, count(DISTINCT identity) AS events FROM events").to_pylist()
    assert counts == {"stored": 18, "events": 18}
    assert lake.log_object_rows().column("state").to_pylist() == ["read"] * 3
