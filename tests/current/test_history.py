import json
from datetime import date
from pathlib import Path

import pytest

from tests.current.written import ACCOUNT
from trailmin.current import StateInForce, load_current
from trailmin.current.history import day_of
from trailmin.errors import CurrentError


def snapshot(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True)
    details = {"RoleDetailList": [{"RoleName": name, "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}"} for name in names]}
    (folder / "authorization-details.json").write_text(json.dumps(details))
    return folder


def earlier_days(state: StateInForce) -> dict[str, list[tuple[date, date]]]:
    return {role.name: [(before.day, before.next_day) for before in role.earlier] for role in state.roles}


def test_the_newest_snapshot_is_in_force_and_the_others_are_its_history(tmp_path: Path) -> None:
    snapshot(tmp_path / "2026-09-01", "reader", "gone")
    snapshot(tmp_path / "2026-08-01", "reader")
    snapshot(tmp_path / "2026-10-01", "reader", "new")
    days = [date(2026, month, 1) for month in (8, 9, 10)]
    expected = {"new": [], "reader": [(days[1], days[2]), (days[0], days[1])]}
    assert earlier_days(load_current([tmp_path])) == expected
    apart = [tmp_path / name for name in ("2026-10-01", "2026-08-01", "2026-09-01")]
    assert load_current(apart) == load_current([tmp_path])


def test_the_day_may_name_the_folder_above(tmp_path: Path) -> None:
    for day in ("2026-08-01", "2026-09-01"):
        snapshot(tmp_path / day / ACCOUNT, "reader")
    state = load_current([tmp_path / "2026-08-01", tmp_path / "2026-09-01"])
    assert earlier_days(state) == {"reader": [(date(2026, 8, 1), date(2026, 9, 1))]}


@pytest.mark.parametrize("name", ["a", "2026-13-01", "20260801"])
def test_what_is_no_day_is_none(name: str) -> None:
    assert day_of(Path("snapshots") / name) is None


def test_without_two_days_it_is_not_known_which_is_in_force(tmp_path: Path) -> None:
    with pytest.raises(CurrentError, match=f"two snapshots of account {ACCOUNT}, and not of two days") as caught:
        load_current([snapshot(tmp_path / "a", "reader"), snapshot(tmp_path / "2026-08-01", "reader")])
    assert "named by its day" in str(caught.value.hint)
    with pytest.raises(CurrentError, match="not of two days"):
        load_current([snapshot(tmp_path / "b" / "2026-08-01", "reader"), tmp_path / "2026-08-01"])
