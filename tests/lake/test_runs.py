from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trailmin.errors import LakeError
from trailmin.lake import Lake
from trailmin.lake.info import describe_tables
from trailmin.lake.retention import Expired, expire, vacuum
from trailmin.lake.runs import Row, last_run, record_run, run_rows
from trailmin.lake.tables import VERSION_KEY, load_table, open_table


def row(role: str, **changes: object) -> dict[str, object]:
    """One role, of which one grant is unused."""
    group = {
        "policy": "Access", "statement": 0, "sid": None, "verdict": "unused", "is_kept": False,
        "unused_since": date(2026, 9, 1), "actions": ["s3:GetObject"],
    }  # fmt: skip
    counts = {"granted": 1, "used": 0, "unused": 1, "not_observable": 0, "too_new": 0, "removed": 1}
    return {
        "since": date(2026, 9, 1), "until": date(2026, 9, 30), "account": "111122223333", "role": role,
        "status": "tightened", **counts, "in_force": [{"name": "Access", "sha256": "00", "text": "{}"}],
        "pending": [], "is_merged": False, "revoked": [{"days": 3, "grants": 2}], "verdicts": [group], **changes,
    }  # fmt: skip


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.create(tmp_path / "lake")


def test_a_lake_without_runs_has_none(lake: Lake) -> None:
    assert last_run(lake) == ()
    assert run_rows(lake, ["role"]) == ()


def test_a_run_is_read_as_it_was_recorded(lake: Lake) -> None:
    assert record_run(lake, "first", lambda _: [row("a"), row("b", drift="widened-by-hand")])
    found = last_run(lake)
    assert [(one["sequence"], one["run_id"], one["role"]) for one in found] == [(1, "first", "a"), (1, "first", "b")]
    assert {name: found[0][name] for name in row("a")} == row("a")
    assert (found[0]["drift"], found[1]["drift"]) == (None, "widened-by-hand")


def test_a_run_is_recorded_once_and_again_only_after_another(lake: Lake) -> None:
    assert record_run(lake, "first", lambda _: [row("a")])
    assert not record_run(lake, "first", lambda _: [row("a")])
    assert open_table(lake.folder.child("runs")).version() == 1
    assert record_run(lake, "second", lambda _: [row("a")])
    assert record_run(lake, "first", lambda _: [row("a")])
    assert [one["run_id"] for one in run_rows(lake, ["run_id"])] == ["first", "second", "first"]


def test_a_run_is_derived_from_the_one_before_it_alone(lake: Lake) -> None:
    record_run(lake, "first", lambda _: [row("a"), row("b")])
    record_run(lake, "second", lambda _: [row("c")])
    seen: list[Row] = []

    def derive(last: Sequence[Row]) -> list[Row]:
        seen.extend(last)
        return [row("d")]

    record_run(lake, "third", derive)
    assert [one["role"] for one in seen] == ["c"]


def test_of_two_that_record_at_once_the_second_sees_the_first(lake: Lake) -> None:
    """The commit of the first falls between the second's look and its commit: it derives its rows again."""
    calls: list[list[str]] = []

    def derive(last: Sequence[Row]) -> list[Row]:
        calls.append([one["role"] for one in last])
        if len(calls) == 1:
            record_run(lake, "other", lambda _: [row("of-the-other")])
        return [row("mine")]

    assert record_run(lake, "mine", derive)
    assert calls == [[], ["of-the-other"]]
    assert [one["sequence"] for one in run_rows(lake, ["sequence"])] == [1, 2]
    stored = [path for path in lake.folder.child("runs").files() if path.path.endswith(".parquet")]
    assert len(stored) == 2


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ids=st.lists(st.sampled_from("abc"), min_size=1, max_size=6))
def test_the_history_is_the_ids_without_immediate_repetitions(
    ids: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    lake = Lake.create(tmp_path_factory.mktemp("law") / "lake")
    for one in ids:
        record_run(lake, one, lambda _: [row("a")])
    expected = [one for place, one in enumerate(ids) if place == 0 or ids[place - 1] != one]
    assert [one["run_id"] for one in run_rows(lake, ["run_id"])] == expected
    assert [one["run_id"] for one in run_rows(lake, ["run_id"], last=1)] == expected[-1:]


def record_until(lake: Lake, *days: int) -> None:
    """A run for each, whose window ends on that day of September."""
    for day in days:
        record_run(lake, f"until-{day}", lambda _, day=day: [row("a", until=date(2026, 9, day))])  # type: ignore[misc]


def test_runs_of_expired_days_are_forgotten_but_for_the_last(lake: Lake) -> None:
    record_until(lake, 1, 2, 3)
    assert expire(lake, date(2026, 9, 2)) == Expired(days=(), runs=1)
    assert [one["run_id"] for one in run_rows(lake, ["run_id"])] == ["until-2", "until-3"]
    assert expire(lake, date(2026, 10, 1)) == Expired(days=(), runs=1)
    assert [one["run_id"] for one in last_run(lake)] == ["until-3"]
    assert expire(lake, date(2026, 10, 1)) == Expired(days=(), runs=0)


def test_runs_go_on_behind_those_that_expired(lake: Lake) -> None:
    record_until(lake, 1, 2)
    expire(lake, date(2026, 9, 3))
    record_until(lake, 4)
    assert [one["sequence"] for one in run_rows(lake, ["sequence"])] == [2, 3]


def test_a_lake_without_runs_has_none_to_forget(lake: Lake) -> None:
    assert expire(lake, date(2026, 10, 1)) == Expired(days=(), runs=0)
    assert [found.name for found in describe_tables(lake)] == ["log_objects", "events", "usage"]


def test_runs_are_part_of_what_a_lake_says_of_itself(lake: Lake) -> None:
    record_run(lake, "first", lambda _: [row("a"), row("b")])
    record_run(lake, "second", lambda _: [row("a")])
    found = describe_tables(lake)[-1]
    assert (found.name, found.rows, found.files, found.version, found.first_date) == ("runs", 3, 2, 2, None)
    assert 0 < found.bytes < found.stored_bytes


def test_a_vacuum_removes_files_of_runs_that_expired_or_never_were(lake: Lake) -> None:
    record_until(lake, 1, 2)
    Path(lake.name, "runs", "part-left-by-a-crash.zstd.parquet").write_bytes(b"PAR1")
    expire(lake, date(2026, 9, 2))
    assert vacuum(lake, keep=timedelta(0)).files == 2
    assert [one["run_id"] for one in run_rows(lake, ["run_id"])] == ["until-2"]


def test_runs_of_an_older_schema_are_migrated_and_newer_ones_refused(lake: Lake) -> None:
    record_run(lake, "first", lambda _: [row("a")])
    folder = lake.folder.child("runs")
    load_table(folder).alter.set_table_properties({VERSION_KEY: "1"}, raise_if_not_exists=False)
    assert len(last_run(Lake.open(lake.name))) == 1
    load_table(folder).alter.set_table_properties({VERSION_KEY: "99"}, raise_if_not_exists=False)
    with pytest.raises(LakeError, match="schema version 99"):
        Lake.open(lake.name)
