"""Versions by time, as the log has them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.usage.lakes import call, fill
from trailmin.lake.log import version_at
from trailmin.lake.tables import open_table


def test_the_version_at_a_moment_is_of_the_snapshot_whatever_came_after_it(tmp_path: Path) -> None:
    folder = fill(tmp_path, "a", call(1)).events_folder
    older = open_table(folder)
    fill(tmp_path, "b", call(2, day=2))
    later = datetime.now(UTC) + timedelta(seconds=1)
    assert version_at(older, folder, later) == older.version()
    assert version_at(open_table(folder), folder, later) == older.version() + 1
    assert version_at(older, folder, datetime(2020, 1, 1, tzinfo=UTC)) is None


def test_what_the_log_has_no_longer_is_not_known(tmp_path: Path) -> None:
    folder = fill(tmp_path, "a", call(1)).events_folder
    table = open_table(folder)
    for commit in Path(tmp_path).rglob("events/_delta_log/*.json"):
        commit.unlink()
    assert version_at(table, folder, datetime.now(UTC)) is None
