import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.trail.records import ROLE, envelope, record, zipped
from trailmin.engine import open_engine
from trailmin.errors import LakeError
from trailmin.lake import IngestProgress, IngestReport, Lake, ingest, tables
from trailmin.lake import commit as commit_module
from trailmin.lake import ingest as ingest_function
from trailmin.trail.sources import open_source

REAL = Path(__file__).resolve().parents[3] / "shared" / "real_trails"


def run(lake: Lake, *specs: Path, workers: int = 1) -> IngestReport:
    return ingest([open_source(str(spec)) for spec in specs], lake, engine=open_engine(workers))


def counts(report: IngestReport) -> tuple[int, ...]:
    return report.read, report.skipped, report.failed, report.new, report.duplicate, report.set_aside


def ids(lake: Lake) -> list[str]:
    rows = lake.query("SELECT event_id FROM events ORDER BY 1").column(0).to_pylist()
    return [str(row) for row in rows]


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.create(tmp_path / "lake")


def test_everything_is_counted_once(logs: Path, lake: Lake) -> None:
    (logs / "a.json.gz").write_bytes(zipped(record(eventID="1"), record(eventID="2"), 5))
    (logs / "b.json").write_bytes(envelope(record(eventID="2"), record(eventID="3", eventTime="2026-04-01T00:00:00Z")))
    (logs / "c.json.gz").write_bytes(zipped(record())[:-9])
    (logs / "note.txt").write_bytes(b"")
    report = run(lake, logs)
    assert counts(report) == (2, 1, 1, 3, 1, 2)
    assert [(Path(r.log_object).name, r.index, r.reason) for r in report.rejected] == [
        ("a.json.gz", 2, "not a JSON object"),
        ("c.json.gz", None, "truncated gzip"),
    ]
    assert counts(run(lake, logs)) == (0, 4, 0, 0, 0, 0)
    assert [str(day) for day in lake.event_dates()] == ["2026-03-01", "2026-04-01"]
    states = {Path(row["key"]).name: row["state"] for row in lake.log_object_rows().to_pylist()}
    assert states == {"a.json.gz": "read", "b.json": "read", "c.json.gz": "failed"}


@pytest.mark.skipif(not REAL.exists(), reason="../shared/real_trails is not there")
@pytest.mark.parametrize("workers", [1, 2])
def test_the_published_trails_add_up_and_come_once(lake: Lake, workers: int) -> None:
    report = run(lake, REAL, workers=workers)
    assert report.new + report.duplicate + report.set_aside == 4103
    assert (report.read, report.failed, report.set_aside) == (4, 0, 0)
    again = run(lake, REAL)
    assert counts(again)[3:] == (0, 0, 0)
    assert lake.query("SELECT count(*) FROM events").column(0)[0].as_py() == 4103
    assert lake.query("SELECT count(DISTINCT identity) FROM events").column(0)[0].as_py() == report.new


def test_a_changed_log_object_replaces_its_rows_and_no_others(logs: Path, lake: Lake) -> None:
    (logs / "a.json").write_bytes(envelope(record(eventID="1"), record(eventID="2")))
    (logs / "b.json").write_bytes(envelope(record(eventID="3")))
    run(lake, logs)
    (logs / "a.json").write_bytes(envelope(record(eventID="2"), record(eventID="4"), record(eventID="5")))
    report = run(lake, logs)
    assert counts(report) == (1, 1, 0, 2, 1, 0)
    assert ids(lake) == ["2", "3", "4", "5"]


def test_a_changed_log_object_that_is_broken_keeps_its_old_rows(logs: Path, lake: Lake) -> None:
    (logs / "a.json").write_bytes(envelope(record(eventID="1")))
    run(lake, logs)
    (logs / "a.json").write_bytes(b"hello")
    assert counts(run(lake, logs)) == (0, 0, 1, 0, 0, 1)
    assert ids(lake) == ["1"]
    (logs / "a.json").write_bytes(envelope(record(eventID="2")))
    run(lake, logs)
    assert ids(lake) == ["2"]


def test_an_unreadable_file_fails_and_is_tried_again(logs: Path, lake: Lake) -> None:
    (logs / "a.json").symlink_to(logs / "later")
    report = run(lake, logs)
    assert counts(report) == (0, 0, 1, 0, 0, 1)
    assert report.rejected[0].reason == "No such file or directory"
    (logs / "later").write_bytes(envelope(record()))
    assert counts(run(lake, logs)) == (1, 1, 0, 1, 0, 0)


def test_two_log_objects_of_one_key_are_copies_or_told_of(tmp_path: Path, lake: Lake) -> None:
    for name, content in (("x", envelope(record())), ("y", envelope(record())), ("z", envelope(record(), record()))):
        path = tmp_path / name / "AWSLogs/1/CloudTrail/a.json"
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    report = run(lake, tmp_path / "x", tmp_path / "y", tmp_path / "z")
    assert counts(report) == (1, 1, 1, 1, 0, 1)
    assert "same key" in report.rejected[0].reason


def test_an_empty_folder_changes_nothing(logs: Path, lake: Lake) -> None:
    assert counts(run(lake, logs)) == (0, 0, 0, 0, 0, 0)
    assert lake.events_version() == 0


def test_a_crash_before_the_commit_leaves_a_plan_that_the_next_ingest_carries_out(
    logs: Path, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    (logs / "a.json").write_bytes(envelope(record(eventID="1")))
    (logs / "b.json").write_bytes(envelope(record(eventID="2")))

    def crash(*_: object) -> bool:
        raise RuntimeError("power cut")

    module = sys.modules[ingest_function.__module__]
    with monkeypatch.context() as patch:
        patch.setattr(module, "commit_batch", crash)
        with pytest.raises(RuntimeError, match="power cut"):
            run(lake, logs)
    assert ids(lake) == []
    assert set(lake.log_object_rows().column("state").to_pylist()) == {"planned"}
    (logs / "c.json").write_bytes(envelope(record(eventID="3")))
    (logs / "b.json").unlink()
    assert counts(run(lake, logs)) == (2, 0, 0, 2, 0, 0)
    assert ids(lake) == ["1", "3"]


def test_a_batch_lands_once_whoever_commits_first(logs: Path, lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process carries out the same plan between this one's look-up and its commit."""
    (logs / "a.json").write_bytes(envelope(record(eventID="1")))
    real = tables.commit
    rivals: list[Callable[[], object]] = [lambda: run(lake, logs)]

    def commit_after_a_rival(*args: object, **kwargs: object) -> None:
        if kwargs.get("transaction") and rivals:
            rivals.pop()()
        real(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(commit_module, "commit", commit_after_a_rival)
    run(lake, logs)
    assert not rivals
    assert ids(lake) == ["1"]
    files = [file for file in lake.events_folder.files() if file.path.endswith(".parquet")]
    assert len(files) == len(lake.event_files()) == 1


def test_a_killed_ingest_goes_on_where_it_stopped(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    for n in range(30):
        (logs / f"{n:02}.json.gz").write_bytes(
            gzip.compress(envelope(*(record(eventID=f"{n}-{m}", userIdentity=ROLE) for m in range(400))))
        )
    code = (
        "import sys; from pathlib import Path; from trailmin.engine import open_engine\n"
        "from trailmin.lake import Lake, batches, ingest; from trailmin.trail.sources import open_source\n"
        "batches.BATCH_BYTES = 20_000\n"
        "ingest([open_source(sys.argv[1])], Lake.create(Path(sys.argv[2])), engine=open_engine(1),"
        " progress=lambda p: print(p.log_objects, flush=True))"
    )
    command = [sys.executable, "-c", code, str(logs), str(tmp_path / "lake")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    lake = Lake.open(tmp_path / "lake")
    run(lake, logs)
    assert len(ids(lake)) == len(set(ids(lake))) == 12_000
    assert counts(run(lake, logs))[3:] == (0, 0, 0)


def test_a_full_disk_is_an_error_and_the_lake_unharmed(logs: Path, lake: Lake) -> None:
    (logs / "a.json").write_bytes(envelope(record(eventID="1")))
    run(lake, logs)
    (logs / "b.json").write_bytes(
        envelope(*(record(eventID=str(n), userAgent=os.urandom(200).hex()) for n in range(999)))
    )
    code = (
        "import resource, signal, sys; from pathlib import Path; from trailmin.engine import open_engine\n"
        "from trailmin.errors import LakeError; from trailmin.lake import Lake, ingest\n"
        "from trailmin.trail.sources import open_source\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "try: ingest([open_source(sys.argv[1])], Lake.open(Path(sys.argv[2])), engine=open_engine(1))\n"
        "except LakeError as error: print(error.message); print(error.hint)"
    )
    command = [sys.executable, "-c", code, str(logs), str(lake.name)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "cannot be used" in output
    assert "unharmed" in output
    assert ids(lake) == ["1"]
    assert counts(run(lake, logs))[3:] == (999 - 1, 1, 0)


def test_progress_reaches_the_end(logs: Path, lake: Lake) -> None:
    for n in range(3):
        (logs / f"{n}.json").write_bytes(envelope(record(eventID=str(n))))
    seen: list[IngestProgress] = []
    ingest([open_source(str(logs))], lake, engine=open_engine(1), progress=seen.append)
    assert (seen[-1].log_objects, seen[-1].size) == (seen[-1].total_log_objects, seen[-1].total_size)


def test_rejected_reasons_are_in_the_table(logs: Path, lake: Lake) -> None:
    (logs / "a.json").write_bytes(envelope(1, record(), 2))
    run(lake, logs)
    (row,) = lake.log_object_rows().to_pylist()
    assert (row["events"], row["set_aside"]) == (1, 2)
    assert [reason["index"] for reason in json.loads(row["set_aside_reasons"])] == [0, 2]


def test_the_lake_error_names_a_read_only_lake(logs: Path, lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    (logs / "a.json").write_bytes(envelope(record()))

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("trailmin.lake.storage.pq.write_table", refuse)
    with pytest.raises(LakeError, match="Permission denied"):
        run(lake, logs)
    assert lake.events_version() == 0
