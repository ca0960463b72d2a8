from itertools import combinations

import pytest

from trailmin.cli.exit_codes import MEANINGS, ExitCode, ranked


def test_each_code_has_a_meaning_and_no_two_share_one() -> None:
    assert set(MEANINGS) == set(ExitCode)
    assert len(set(MEANINGS.values())) == len(MEANINGS)


def test_nothing_held_is_ok() -> None:
    assert ranked([]) == (ExitCode.OK,)
    assert ranked([ExitCode.OK]) == (ExitCode.OK,)


def test_where_several_hold_the_documented_order_decides() -> None:
    documented = [70, 1, 2, 3, 11, 10, 4, 0]
    for low, high in combinations(reversed(documented), 2):
        assert ranked([ExitCode(low), ExitCode(high)])[0] == high


@pytest.mark.parametrize("code", list(ExitCode))
def test_ok_is_never_listed_beside_another_code(code: ExitCode) -> None:
    assert ranked([ExitCode.OK, code]) == (code,)
