"""A lake as it was when a command began to read it."""

import pickle
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from tests.usage.lakes import call, fill, refresh, rolled
from trailmin.errors import LakeError
from trailmin.lake import Lake
from trailmin.lake.compact import compact
from trailmin.lake.reading import Reading

EVENTS = "SELECT count(*) AS n FROM events"
USAGE = "SELECT sum(calls)::BIGINT AS n FROM usage"
LOG_OBJECTS = "SELECT count(*) AS n FROM latest_log_objects WHERE state = 'read'"


def number(lake: Lake, sql: str) -> int:
    (row,) = lake.query(sql).to_pylist()
    return int(row["n"])


def seen(lake: Lake) -> tuple[object, ...]:
    counts = [number(lake, sql) for sql in (EVENTS, USAGE, LOG_OBJECTS)]
    return (*counts, lake.table_versions(), lake.event_files(), lake.usage_state(), lake.is_usage_current())


def test_a_frozen_lake_does_not_see_what_is_written_meanwhile(tmp_path: Path) -> None:
    lake = rolled(tmp_path, call(1))
    frozen = lake.frozen()
    before = seen(frozen)
    fill(tmp_path, "b", call(2), call(3, day=2))
    refresh(lake)
    compact(lake)
    assert seen(frozen) == before == (1, 1, 1, *before[3:])
    assert seen(lake.frozen())[:3] == seen(lake)[:3] == (3, 3, 2)


def test_what_was_not_asked_for_yet_fits_to_what_was(tmp_path: Path) -> None:
    lake = rolled(tmp_path, call(1))
    frozen = lake.frozen()
    assert frozen.event_dates()
    fill(tmp_path, "b", call(2))
    # Of a batch that the events lack, the results do not count yet.
    assert (number(frozen, EVENTS), number(frozen, LOG_OBJECTS)) == (1, 1)


def test_days_that_changed_later_are_not_told_in_place_of_those_that_changed_before(tmp_path: Path) -> None:
    lake = fill(tmp_path, "a", call(1))
    since = lake.events_version()
    fill(tmp_path, "b", call(2, day=2))
    frozen = lake.frozen()
    assert frozen.events_version() == since + 1
    fill(tmp_path, "c", call(3, day=3))
    assert frozen.changed_dates(since) == {date(2026, 9, 2)}


def test_another_process_reads_the_same_versions(tmp_path: Path) -> None:
    lake = rolled(tmp_path, call(1))
    frozen = lake.frozen()
    sent = pickle.dumps(frozen)
    fill(tmp_path, "b", call(2))
    refresh(lake)
    received: Lake = pickle.loads(sent)
    assert received.is_frozen
    assert seen(received) == seen(frozen)
    assert number(received, EVENTS) == 1


def test_a_frozen_lake_is_frozen_once_and_is_the_same_lake(tmp_path: Path) -> None:
    lake = rolled(tmp_path, call(1))
    frozen = lake.frozen()
    assert frozen.frozen() is frozen
    assert frozen == lake
    assert (lake.is_frozen, frozen.is_frozen) == (False, True)


def test_what_is_read_is_opened_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frozen = rolled(tmp_path, call(1)).frozen()
    first = seen(frozen)
    for name in ("open_table", "connect"):
        monkeypatch.setattr(f"trailmin.lake.reading.{name}", lambda *_: pytest.fail("opened again"))
    assert seen(frozen) == first


def test_a_version_that_is_gone_is_an_error_with_a_hint(tmp_path: Path) -> None:
    lake = rolled(tmp_path, call(1))
    gone = Lake(folder=lake.folder, _reading=Reading(lake.folder, {"events": 99}))
    with pytest.raises(LakeError) as caught:
        gone.event_dates()
    assert caught.value.hint


def test_a_process_that_ends_with_a_frozen_lake_leaves_nothing_and_says_nothing(tmp_path: Path) -> None:
    rolled(tmp_path, call(1))
    spill = tmp_path / "spill"
    spill.mkdir()
    program = (
        f"from trailmin.lake import Lake; LAKE = Lake.open({str(tmp_path / 'lake')!r}).frozen(); LAKE.query({EVENTS!r})"
    )
    command = [sys.executable, "-W", "error", "-c", program]
    ended = subprocess.run(command, env={"TMPDIR": str(spill)}, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert not list(spill.iterdir())
