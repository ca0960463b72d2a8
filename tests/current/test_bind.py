import pytest

from trailmin.current import GeneratedName, Role
from trailmin.current.bind import DeployedRole, bind_roles

WORKER = Role(name="Worker", account=None, arn=None, generated_name=GeneratedName(logical_id="Worker"))


def deployed(*names: str) -> list[DeployedRole]:
    return [DeployedRole(name=n, account="111122223333", arn=f"arn:aws:iam::111122223333:role/{n}") for n in names]


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("shop-Worker-1A2B3C4D5E6F", True),
        ("my-long-stack-Worker-aBcDeFgHiJkL", True),
        ("shop-WorkerTwo-1A2B3C4D5E6F", False),
        ("shop-Worker", False),
        ("shop-Worker-short", False),
        ("Worker", False),
    ],
)
def test_a_made_up_name_ends_with_the_logical_id_and_a_suffix(name: str, fits: bool) -> None:
    assert GeneratedName(logical_id="Worker").fits(name) is fits


def test_a_stack_that_is_known_must_be_the_names() -> None:
    name = GeneratedName(logical_id="Worker", stack="shop")
    assert name.fits("shop-Worker-1A2B3C4D5E6F")
    assert not name.fits("other-Worker-1A2B3C4D5E6F")


def test_a_name_at_iams_limit_may_be_cut() -> None:
    name = "a-stack-with-a-long-name-AFunctionWithALongNam-1A2B3C4D5E6F".ljust(64, "x")[:64]
    cut = f"{'s' * 24}-{'AFunctionWithALongNamed'}-1A2B3C4D5E6F7"
    assert len(name) == 64
    assert GeneratedName(logical_id="AFunctionWithALongNamedRole").fits(cut) is (len(cut) >= 62)


def test_a_name_known_in_part_fits_what_its_pattern_matches() -> None:
    name = GeneratedName(logical_id="X", pattern="shop-*-[a]")
    assert name.fits("shop-prod-[a]")
    assert not name.fits("shop-prod-a")


def test_the_only_candidate_is_taken() -> None:
    (role,) = bind_roles([WORKER], deployed("shop-Worker-1A2B3C4D5E6F", "other"))
    assert (role.name, role.account) == ("shop-Worker-1A2B3C4D5E6F", "111122223333")
    assert role.generated_name is None


def test_of_several_candidates_none_is_taken_and_that_is_said() -> None:
    (role,) = bind_roles([WORKER], deployed("a-Worker-1A2B3C4D5E6F", "b-Worker-1A2B3C4D5E6F"))
    assert role.name == "Worker"
    assert "several deployed roles may be Worker" in role.notes[0]
    assert "a-Worker-1A2B3C4D5E6F" in role.notes[0]


def test_one_deployed_role_is_not_taken_for_two() -> None:
    roles = bind_roles([WORKER, WORKER], deployed("a-Worker-1A2B3C4D5E6F"))
    assert [role.name for role in roles] == ["Worker", "Worker"]
    assert all("may be each of several roles" in role.notes[0] for role in roles)
