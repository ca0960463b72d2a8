from pathlib import Path

import pytest

from bench.quality.real import RealRole, lines_of, real_roles


@pytest.fixture(scope="module")
def roles(real_trails: Path) -> tuple[RealRole, ...]:
    return real_roles(real_trails)


def test_every_real_role_is_tightened_proven_and_replayed(roles: tuple[RealRole, ...]) -> None:
    assert len(roles) >= 30
    assert all(role.is_tightened and role.is_proven and role.is_replayed for role in roles)


def test_the_table_has_a_line_for_each_trail_and_one_for_all(roles: tuple[RealRole, ...]) -> None:
    lines = list(lines_of(roles))
    assert [line.split(" | ")[0] for line in lines[2:]] == [
        *(f"| {trail}" for trail in sorted({role.trail for role in roles})), "| all",
    ]  # fmt: skip
    assert f"{len(roles)} of {len(roles)}" in lines[-1]
