"""A lake that has seen many runs: a run reads the last checkpoints and its own days, and knows all the same."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from tests.lake.test_upkeep import read
from tests.trail.records import ROLE, envelope, record
from trailmin.lake import Lake

NIGHTS = [date(2026, 3, 1) + timedelta(days=number) for number in range(12)]


def deliver(logs: Path, day: date) -> None:
    path = logs / f"AWSLogs/111111111111/CloudTrail/us-east-1/{day:%Y/%m/%d}/a.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(envelope(record(eventID=f"e-{day}", eventTime=f"{day}T01:00:00Z", userIdentity=ROLE)))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `logs` and `lake`, after a run for each of the nights."""
    folder = tmp_path_factory.mktemp("old")
    for day in NIGHTS:
        deliver(folder / "logs", day)
        read(Lake.create(folder / "lake"), folder / "logs")
    return folder


def test_the_tables_have_checkpoints(place: Path) -> None:
    for table in ("log_objects", "events"):
        log = place / "lake" / table / "_delta_log"
        assert (log / "00000000000000000009.checkpoint.parquet").exists(), table


def test_what_came_before_the_last_checkpoint_is_known_without_its_commits(place: Path) -> None:
    for table in ("log_objects", "events"):
        log = place / "lake" / table / "_delta_log"
        for number in range(9):
            (log / f"{number:020}.json").unlink()
    lake = Lake.open(place / "lake")
    again = read(lake, place / "logs")
    assert (again.read, again.skipped, again.new) == (0, len(NIGHTS), 0)
    assert {row["state"] for row in lake.log_object_rows().to_pylist()} == {"read"}
    assert lake.event_dates() == NIGHTS


def test_a_night_asks_only_for_batches_of_its_own_day(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: set[str] = set()
    found = DeltaTable.transaction_version

    def ask(table: DeltaTable, batch_id: str) -> Any:
        asked.add(batch_id)
        return found(table, batch_id)

    monkeypatch.setattr(DeltaTable, "transaction_version", ask)
    deliver(tmp_path / "logs", NIGHTS[-1] + timedelta(days=1))
    assert read(Lake.open(place / "lake"), tmp_path / "logs").new == 1
    # Its own batch, and the one whose plan the run before has left.
    assert len(asked) == 2
