"""A lake as the first version wrote it is read on."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from tests.lake.test_upkeep import deliver, read, rows
from trailmin.errors import LakeError
from trailmin.lake import Lake
from trailmin.lake.files import write_file, write_partitions
from trailmin.lake.schema import EVENTS, LOG_OBJECTS, USAGE
from trailmin.lake.storage import LocalFolder
from trailmin.lake.tables import commit, load_table

FIRST = pa.schema([field for field in LOG_OBJECTS if field.name not in {"day", "attempt", "origin"}])


def first_lake(place: Path, donor: Lake, planned: list[str]) -> None:
    """The donor's lake in the form of version 1, with one batch that is done and one that is only planned."""
    for name, schema in {"log_objects": FIRST, "events": EVENTS, "usage": USAGE}.items():
        DeltaTable.create(
            str(place / name), schema, partition_by=["date"] if "date" in schema.names else [],
            configuration={"trailmin.schemaVersion": "1"}, raise_if_key_not_exists=False,
        )  # fmt: skip
    done = donor.log_object_rows().select(FIRST.names).to_pylist()
    now = datetime.now(UTC)
    ledger: list[dict[str, Any]] = [row | {"batch_id": "one", "state": "planned", "events": None} for row in done]
    ledger += [row | {"batch_id": "one"} for row in done]
    ledger += [
        {"key": key, "size": Path(key).stat().st_size, "etag": f"{Path(key).stat().st_mtime_ns:x}", "batch_id": "two",
         "recorded_at": now, "state": "planned"}
        for key in planned
    ]  # fmt: skip
    folder = LocalFolder(path=place)
    plans = write_file(pa.Table.from_pylist(ledger, schema=FIRST), folder.child("log_objects"), None)
    add(folder.child("log_objects"), FIRST, [plans], None)
    events = pa.Table.from_batches(list(donor.deduplicated_events()))
    add(folder.child("events"), EVENTS, write_partitions(events, folder.child("events")), ("one", 1))


def add(folder: LocalFolder, schema: pa.Schema, files: list[Any], transaction: tuple[str, int] | None) -> None:
    commit(load_table(folder), schema, files, transaction=transaction)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    for name in "ab":
        deliver(folder, name, "2026-03-01", "2026-03-02")
    return folder


def test_a_lake_of_the_first_version_is_migrated_when_it_is_opened(tmp_path: Path, logs: Path) -> None:
    donor = Lake.create(tmp_path / "donor")
    read(donor, logs)
    deliver(logs, "c", "2026-03-02")
    first_lake(tmp_path / "old", donor, [str(logs / "c.json")])
    lake = Lake.open(tmp_path / "old")
    states = {Path(row["key"]).name: row["state"] for row in lake.log_object_rows().to_pylist()}
    assert states == {"a.json": "read", "b.json": "read", "c.json": "planned"}
    assert rows(lake) == rows(donor)
    report = read(lake, logs)
    assert (report.read, report.skipped, report.new) == (1, 2, 3)
    assert read(lake, logs).read == 0
    assert Lake.open(tmp_path / "old") == lake


def test_a_migration_that_was_interrupted_is_finished(
    tmp_path: Path, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    donor = Lake.create(tmp_path / "donor")
    read(donor, logs)
    for step in ("_split_by_batch", "_set_version"):
        place = tmp_path / step
        first_lake(place, donor, [])
        with monkeypatch.context() as patch:
            patch.setattr(f"trailmin.lake.migrate.{step}", interrupt)
            with pytest.raises(KeyboardInterrupt):
                Lake.open(place)
        lake = Lake.open(place)
        assert rows(lake) == rows(donor)
        assert read(lake, logs).read == 0


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_newer_version_is_refused_with_what_to_do(tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    DeltaTable(lake.usage_folder.uri).alter.set_table_properties(
        {"trailmin.schemaVersion": "3"}, raise_if_not_exists=False
    )
    with pytest.raises(LakeError, match="schema version 3; this trailmin reads version 2") as caught:
        Lake.open(tmp_path / "lake")
    assert caught.value.hint
