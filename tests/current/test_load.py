from pathlib import Path

import pytest

from tests.current.written import ACCOUNT, READ, WRITE, details, snapshot, write
from trailmin.current import PolicyInForce, StateInForce, load_current
from trailmin.errors import CurrentError


def policies(state: StateInForce) -> dict[str, PolicyInForce]:
    return {p.name: p for role in state.roles for p in role.policies}


def test_a_documents_text_is_the_one_to_edit(tmp_path: Path) -> None:
    folder = snapshot(tmp_path / "snapshots" / ACCOUNT)
    document = write(tmp_path / "policies" / ACCOUNT / "worker" / "Access.json", READ)
    state = load_current([folder, tmp_path / "policies"])
    found = policies(state)["Access"]
    assert found.text == document.read_text()
    assert found.document is not None
    assert not [note for note in state.notes if "Access" in note]
    assert policies(state)["Shared"].document is None


def test_a_document_that_differs_is_what_is_tightened_and_that_is_said(tmp_path: Path) -> None:
    write(tmp_path / "policies" / ACCOUNT / "worker" / "Access.json", WRITE)
    state = load_current([snapshot(tmp_path / "s"), tmp_path / "policies"])
    assert policies(state)["Access"].policy.statements[0].actions == ("s3:PutObject",)
    assert any("differs from the policy in force" in note for note in state.notes)


def test_a_document_of_no_role_in_force_is_noted(tmp_path: Path) -> None:
    for name in ("444455556666/worker/Access.json", f"{ACCOUNT}/gone/Access.json", "managed/Other.json"):
        write(tmp_path / "policies" / name, READ)
    state = load_current([snapshot(tmp_path / "s"), tmp_path / "policies"])
    assert sum("describes no policy in force" in note for note in state.notes) == 3
    assert [role.name for role in state.roles] == ["worker"]


def test_a_document_without_an_account_that_fits_two_is_noted(tmp_path: Path) -> None:
    here, there = details(), details()
    for entry in (*there["RoleDetailList"], *there["UserDetailList"]):
        entry["Arn"] = entry["Arn"].replace(ACCOUNT, "444455556666")
    snapshot(tmp_path / "s" / ACCOUNT, here)
    snapshot(tmp_path / "s" / "444455556666", there)
    write(tmp_path / "policies" / "worker" / "Access.json", READ)
    state = load_current([tmp_path / "s", tmp_path / "policies"])
    assert [role.account for role in state.roles] == [ACCOUNT, "444455556666"]
    assert any("describes several policies" in note for note in state.notes)


def test_documents_alone_make_roles_and_their_managed_policies_are_noted(tmp_path: Path) -> None:
    write(tmp_path / ACCOUNT / "worker" / "Access.json", READ)
    write(tmp_path / ACCOUNT / "worker" / "More.json", WRITE)
    write(tmp_path / "managed" / "Shared.json", READ)
    state = load_current([tmp_path])
    (role,) = state.roles
    assert (role.name, role.account, [p.name for p in role.policies]) == ("worker", ACCOUNT, ["Access", "More"])
    assert "unknown which roles hold it" in state.notes[0]


def test_a_snapshot_may_be_given_as_its_main_file(tmp_path: Path) -> None:
    folder = snapshot(tmp_path)
    assert [r.name for r in load_current([folder / "authorization-details.json"]).roles] == ["worker"]


def test_saved_authorization_details_are_known_by_what_they_hold(tmp_path: Path) -> None:
    path = tmp_path / "production.json"
    path.write_bytes((snapshot(tmp_path / "named") / "authorization-details.json").read_bytes())
    assert [r.name for r in load_current([path]).roles] == ["worker"]


def test_a_single_document_needs_a_role(tmp_path: Path) -> None:
    path = write(tmp_path / "Access.json", READ)
    assert load_current([path], role_name="worker").roles[0].name == "worker"
    with pytest.raises(CurrentError, match="whose"):
        load_current([path])


def test_two_snapshots_of_one_account_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(CurrentError, match=f"two snapshots of account {ACCOUNT}"):
        load_current([snapshot(tmp_path / "a"), snapshot(tmp_path / "b")])


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CurrentError, match="does not exist"):
        load_current([tmp_path / "absent"])


def test_the_same_input_gives_the_same_state(tmp_path: Path) -> None:
    paths = [snapshot(tmp_path / "s"), write(tmp_path / "p" / "worker" / "Access.json", READ).parent.parent]
    assert load_current(paths) == load_current(paths)


@pytest.mark.parametrize("name", ["serverless.ts", "serverless.js", "roles.tf.json"])
def test_a_source_that_is_a_program_or_written_by_one_is_refused_with_what_to_give(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("{}", encoding="utf-8")
    with pytest.raises(CurrentError, match="is not read"):
        load_current([tmp_path / name])
    assert any(note.startswith(f"{name}: ") for note in load_current([tmp_path]).notes)
