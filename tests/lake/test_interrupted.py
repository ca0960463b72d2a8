"""What is interrupted in the very moment of a commit: the commit may have been made, and its files must stay."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.trail.records import envelope, record
from trailmin.engine import open_engine
from trailmin.lake import IngestReport, Lake, ingest, tables
from trailmin.lake import commit as commit_module
from trailmin.trail.sources import open_source


def read(lake: Lake, folder: Path) -> IngestReport:
    return ingest([open_source(str(folder))], lake, engine=open_engine(1))


def interrupted_after(commits: int, real: Callable[..., None]) -> Callable[..., None]:
    left = commits

    def commit(*arguments: Any, **named: Any) -> None:
        nonlocal left
        real(*arguments, **named)
        left -= 1
        if left == 0:
            raise KeyboardInterrupt

    return commit


@pytest.mark.parametrize("commits", [1, 2, 3], ids=["plan", "results", "events"])
def test_an_ingest_interrupted_right_after_a_commit_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commits: int
) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.json").write_bytes(envelope(record(eventID="a"), record(eventID="b")))
    lake = Lake.create(tmp_path / "lake")
    monkeypatch.setattr(commit_module, "commit", interrupted_after(commits, tables.commit))
    with pytest.raises(KeyboardInterrupt):
        read(lake, tmp_path / "logs")
    read(lake, tmp_path / "logs")
    assert sum(batch.num_rows for batch in lake.deduplicated_events()) == 2
    assert lake.query("SELECT count(*) FROM events").column(0).to_pylist() == [2]


@pytest.mark.parametrize("lost", [1, 2, 3], ids=["plan", "results", "events"])
def test_a_commit_whose_answer_was_lost_on_the_way_is_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: int
) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.json").write_bytes(envelope(record(eventID="a"), record(eventID="b")))
    lake = Lake.create(tmp_path / "lake")
    left = lost

    def commit(*arguments: Any, **named: Any) -> None:
        nonlocal left
        tables.commit(*arguments, **named)
        left -= 1
        if left == 0:
            raise tables.ConflictError

    monkeypatch.setattr(commit_module, "commit", commit)
    report = read(lake, tmp_path / "logs")
    assert (report.read, report.new, report.duplicate) == (1, 2, 0)
    assert lake.query("SELECT count(*) FROM events").column(0).to_pylist() == [2]
    assert lake.log_object_rows().column("state").to_pylist() == ["read"]
    assert read(lake, tmp_path / "logs").read == 0
