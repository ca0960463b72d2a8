from collections.abc import Sequence

import duckdb
import pytest

from trailmin.usage.resource_levels import Numbers, find_levels, level_table
from trailmin.usage.summaries import LAST_LEVEL


def levels(rows: Sequence[tuple[int, int, str | None]], bound: int, floors: dict[Numbers, int]) -> dict[Numbers, int]:
    """Of rows of scope, target and resource; the scope is the principal's number, the target the action's."""
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE checked (scope INT, target INT, resource VARCHAR)")
        connection.execute("CREATE TABLE scopes AS SELECT n AS number, n AS principal FROM range(9) t(n)")
        connection.execute("CREATE TABLE targets AS SELECT n AS number, n AS action FROM range(9) t(n)")
        connection.executemany("INSERT INTO checked VALUES (?, ?, ?)", [(-1, -1, None), *rows])
        return find_levels(connection, floors, bound)


def keys(count: int, start: str = "arn:aws:s3:::b/") -> list[tuple[int, int, str | None]]:
    return [(1, 2, f"{start}{n}") for n in range(count)]


def test_resources_within_the_bound_stay() -> None:
    assert levels(keys(3), 3, {}) == {}


def test_more_than_the_bound_go_up_a_level() -> None:
    assert levels(keys(4), 3, {}) == {(1, 2): 1}


def test_other_principals_and_actions_stay() -> None:
    others: list[tuple[int, int, str | None]] = [(1, 3, "arn:aws:s3:::b/0"), (2, 2, "arn:aws:s3:::b/0")]
    assert levels([*keys(4), *others], 3, {}) == {(1, 2): 1}


def test_rows_of_one_resource_count_once() -> None:
    assert levels(keys(1) * 9, 3, {}) == {}


def test_folders_go_up_as_far_as_it_takes() -> None:
    deep = [(1, 2, f"arn:aws:s3:::b/{n}/x/y/z/k") for n in range(4)]
    assert levels(deep, 3, {}) == {(1, 2): LAST_LEVEL}
    assert levels(keys(4, "arn:aws:s3:::") + keys(4), 3, {}) == {(1, 2): LAST_LEVEL}


def test_a_level_that_a_part_has_reached_is_the_lowest() -> None:
    assert levels(keys(1), 3, {(1, 2): 4}) == {(1, 2): 4}
    assert levels(keys(1), 3, {(1, 2): LAST_LEVEL}) == {(1, 2): LAST_LEVEL}


@pytest.mark.parametrize("found", [{}, {(2, 1): 3, (1, 2): 1}])
def test_levels_are_a_table_in_order(found: dict[Numbers, int]) -> None:
    assert level_table(found).to_pylist() == [
        {"principal": principal, "action": action, "level": level}
        for (principal, action), level in sorted(found.items())
    ]
