import json
import os
import subprocess
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from tests.report.example import ACCOUNT, HOSTILE, NEW, OLD, hostile_proposal, in_document, policy, proposal, put
from trailmin.current import PolicyKind
from trailmin.errors import DefectError, PublishError
from trailmin.publish import write_proposals
from trailmin.publish.pull_requests.results import read_results
from trailmin.report.render import RenderFormat, render_policy
from trailmin.synth.model import ChangeKind, PolicyChange, Status

FOLDER = f"{ACCOUNT}/image-processor"


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def change(kind: ChangeKind, policy_kind: PolicyKind, name: str, **more: object) -> PolicyChange:
    in_force = policy(name, kind=policy_kind)
    new_text = NEW if kind in {ChangeKind.PUT_INLINE, ChangeKind.CREATE_VERSION} else None
    return replace(PolicyChange(kind=kind, name=name, policy=in_force, new_text=new_text), **more)  # type: ignore[arg-type]


def test_a_tightened_role_has_its_files(tmp_path: Path) -> None:
    written = write_proposals([proposal(put(policy()))], tmp_path / "out", run={"trailmin": "0.1.0"})
    names = ["PULL_REQUEST.md", "apply.sh", "changes.json", "current/ImageAccess.json", "evidence.json",
             "policies/ImageAccess.diff", "policies/ImageAccess.json", "rollback.sh"]  # fmt: skip
    assert written.roles[0].files == tuple(f"{FOLDER}/{name}" for name in names)
    assert written.roles[0].diffs == (f"{FOLDER}/policies/ImageAccess.diff",)
    found = tree(tmp_path / "out")
    assert found.keys() == {*written.files, ".trailmin-files"}
    assert found[f"{FOLDER}/policies/ImageAccess.json"] == NEW.encode()
    assert found[f"{FOLDER}/current/ImageAccess.json"] == OLD.encode()
    assert os.access(tmp_path / "out" / FOLDER / "apply.sh", os.X_OK)
    summary = json.loads(found["summary.json"])
    assert summary["schema"] == "trailmin/summary/1"
    assert summary["run"] == {"trailmin": "0.1.0"}
    assert summary["roles"][0]["files"] == list(written.roles[0].files)


def test_the_diff_of_a_snapshots_policy_applies_in_the_roles_folder(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    write_proposals([proposal(put(policy()))], tmp_path / "out")
    role = tmp_path / "out" / FOLDER
    subprocess.run(["git", "apply", "policies/ImageAccess.diff"], cwd=role, check=True)
    assert (role / "current" / "ImageAccess.json").read_text() == NEW


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_the_diff_of_a_document_applies_at_its_root(mark: str, tmp_path: Path) -> None:
    root = tmp_path / "repo"
    in_force = in_document(root, "iam/image-processor/ImageAccess.json")
    (root / "iam/image-processor/ImageAccess.json").write_bytes((mark + OLD).encode())
    written = write_proposals([proposal(put(in_force))], tmp_path / "out")
    diff = tmp_path / "out" / written.roles[0].diffs[0]
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    subprocess.run(["git", "apply", "--check", str(diff)], cwd=root, check=True)
    subprocess.run(["patch", "-p1", "-i", str(diff)], cwd=root, check=True, capture_output=True)
    assert (root / "iam/image-processor/ImageAccess.json").read_bytes() == (mark + NEW).encode()


def test_a_document_that_goes_is_deleted_by_its_diff(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    in_force = in_document(root, "image-processor/ImageAccess.json")
    gone = PolicyChange(kind=ChangeKind.DELETE_INLINE, name="ImageAccess", policy=in_force, new_text=None)
    write_proposals([proposal(gone, status=Status.UNUSED_ROLE)], tmp_path / "out")
    role = tmp_path / "out" / FOLDER
    assert not (role / "policies/ImageAccess.json").exists()
    subprocess.run(["git", "apply", str(role / "policies/ImageAccess.diff")], cwd=root, check=True)
    assert not (root / "image-processor/ImageAccess.json").exists()
    assert (role / "current/ImageAccess.json").read_text() == OLD


def test_a_replacement_of_a_managed_policy_is_a_new_document_beside_the_others(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    kept = in_document(root, "iam/image-processor/Other.json", name="Other")
    replaced = policy("AmazonS3FullAccess", kind=PolicyKind.AWS_MANAGED)
    new = PolicyChange(kind=ChangeKind.PUT_INLINE, name="S3Access", policy=None, new_text=NEW, replaces=replaced.arn)
    detached = PolicyChange(kind=ChangeKind.DETACH, name="AmazonS3FullAccess", policy=replaced, new_text=None)
    write_proposals([proposal(new, detached, policies=(kept, replaced))], tmp_path / "out")
    role = tmp_path / "out" / FOLDER
    subprocess.run(["git", "apply", str(role / "policies/S3Access.diff")], cwd=root, check=True)
    assert (root / "iam/image-processor/S3Access.json").read_text() == NEW
    assert not (role / "policies/AmazonS3FullAccess.diff").exists()
    assert (role / "apply.sh").read_text().count("detach-role-policy") == 1
    assert (role / "rollback.sh").read_text().count("attach-role-policy") == 1


def test_an_inline_and_a_managed_policy_of_one_name_do_not_collide(tmp_path: Path) -> None:
    inline = put(policy("Access"))
    managed = change(ChangeKind.CREATE_VERSION, PolicyKind.CUSTOMER_MANAGED, "access", new_text=NEW + "\n")
    written = write_proposals([proposal(inline, managed)], tmp_path)
    assert len(written.roles[0].diffs) == 2
    texts = {tmp_path.joinpath(p).read_text() for p in written.roles[0].files if "/policies/" in p and ".json" in p}
    assert texts == {NEW, NEW + "\n"}


@pytest.mark.parametrize("status", [Status.WITHHELD, Status.INSUFFICIENT_EVIDENCE, Status.EXPLAINED, Status.UNCHANGED])
def test_a_role_with_nothing_to_merge_has_evidence_and_an_explanation_only(status: Status, tmp_path: Path) -> None:
    write_proposals([proposal(put(policy()))], tmp_path)
    written = write_proposals([proposal(put(policy()), status=status, reason="too few days")], tmp_path)
    assert written.roles[0].files == (f"{FOLDER}/REPORT.md", f"{FOLDER}/evidence.json")
    assert f"{FOLDER}/policies/ImageAccess.json" in written.removed
    assert not (tmp_path / FOLDER / "policies").exists()
    assert "too few days" in (tmp_path / FOLDER / "REPORT.md").read_text()


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    proposals = [proposal(put(policy())), proposal(role_name="other", status=Status.UNCHANGED)]
    for out in ("a", "b", "b"):
        write_proposals(proposals, tmp_path / out)
    assert tree(tmp_path / "a") == tree(tmp_path / "b")


def test_only_files_of_an_earlier_run_are_removed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_proposals([proposal(put(policy())), proposal(put(policy()), role_name="gone")], out)
    (out / ACCOUNT / "gone" / "mine.txt").write_text("mine")
    (tmp_path / "outside").write_text("outside")
    with (out / ".trailmin-files").open("a") as manifest:
        manifest.write(f"../outside\n{tmp_path}/outside\n\0\n\n")
    written = write_proposals([proposal(put(policy()))], out)
    assert f"{ACCOUNT}/gone/apply.sh" in written.removed
    assert (out / ACCOUNT / "gone" / "mine.txt").read_text() == "mine"
    assert [p.name for p in (out / ACCOUNT / "gone").iterdir()] == ["mine.txt"]
    assert (tmp_path / "outside").exists()


def test_a_run_that_died_leaves_nothing_unlisted(tmp_path: Path) -> None:
    broken = PolicyChange(kind=ChangeKind.DETACH, name="NoArn", policy=None, new_text=None)
    with pytest.raises(DefectError, match="NoArn"):
        write_proposals([proposal(put(policy()), role_name="first"), proposal(broken)], tmp_path)
    assert (tmp_path / ACCOUNT / "first" / "apply.sh").exists()
    written = write_proposals([proposal(put(policy()))], tmp_path)
    assert f"{ACCOUNT}/first/apply.sh" in written.removed


def test_a_run_that_died_leaves_no_results_half_of_which_are_an_earlier_runs(tmp_path: Path) -> None:
    write_proposals([proposal(put(policy("Other")), role_name="first")], tmp_path)
    broken = PolicyChange(kind=ChangeKind.DETACH, name="NoArn", policy=None, new_text=None)
    with pytest.raises(DefectError, match="NoArn"):
        write_proposals([proposal(put(policy()), role_name="first"), proposal(broken)], tmp_path)
    with pytest.raises(PublishError, match=r"summary\.json"):
        read_results(tmp_path)


def test_a_folder_that_cannot_be_written_is_an_error_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PublishError, match="cannot write") as caught:
        write_proposals([proposal(put(policy()))], tmp_path / "file" / "out")
    assert caught.value.hint
    (tmp_path / "out" / ACCOUNT).mkdir(parents=True)
    (tmp_path / "out" / FOLDER).write_text("in the way")
    with pytest.raises(PublishError, match="image-processor"):
        write_proposals([proposal(put(policy()))], tmp_path / "out")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_inert_in_every_file(text: str, tmp_path: Path) -> None:
    written = write_proposals([hostile_proposal(text)], tmp_path / "out")
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    for path in written.files:
        shown = (tmp_path / "out" / path).read_bytes().decode()
        assert path.isascii()
        assert path.isprintable()
        assert all(c == "\n" or unicodedata.category(c)[0] != "C" for c in shown), path
    names = [path.split("/") for path in written.files if path != "summary.json"]
    assert all(parts[0] == ACCOUNT and len(parts) in {3, 4} for parts in names)
    for script in ("apply.sh", "rollback.sh"):
        subprocess.run(["bash", "-n", str(tmp_path / "out" / written.roles[0].folder / script)], check=True)


@pytest.mark.parametrize("name", ["..", ".", "../../etc", "/etc/passwd", "a/b", "CON\\x", "." * 200, "x" * 300, ""])
def test_no_name_leads_out_of_the_folder(name: str, tmp_path: Path) -> None:
    change = replace(put(policy()), name=name)
    written = write_proposals(
        [proposal(change, role_name=name), proposal(put(policy()), role_name="x")], tmp_path / "o"
    )
    for path in written.files:
        assert (tmp_path / "o" / path).resolve().is_relative_to((tmp_path / "o").resolve())
        assert (tmp_path / "o" / path).is_file()
    assert len({role.folder for role in written.roles}) == 2
    assert [p.name for p in tmp_path.iterdir()] == ["o"]


def test_roles_whose_account_is_unknown_have_a_folder(tmp_path: Path) -> None:
    written = write_proposals([proposal(put(policy()), account=None)], tmp_path)
    assert written.roles[0].folder == "no-account/image-processor"


def test_new_policies_are_also_written_in_the_language_to_keep_them_in(tmp_path: Path) -> None:
    written = write_proposals([proposal(put(policy()))], tmp_path, language=RenderFormat.TERRAFORM)
    text = (tmp_path / FOLDER / "policies" / "ImageAccess.tf").read_text()
    assert text == render_policy(json.loads(NEW), "ImageAccess", RenderFormat.TERRAFORM)
    assert f"{FOLDER}/policies/ImageAccess.tf" in written.roles[0].files
    again = write_proposals([proposal(put(policy()))], tmp_path, language=RenderFormat.JSON)
    assert f"{FOLDER}/policies/ImageAccess.tf" in again.removed


def test_a_policy_that_the_language_cannot_hold_is_told_and_stays_as_json(tmp_path: Path) -> None:
    change = replace(put(policy()), new_text=NEW.replace("arn:aws:s3:::", "arn:aws:s3:::${aws:username}", 1))
    written = write_proposals([proposal(change)], tmp_path, language=RenderFormat.SERVERLESS)
    assert "is not written as serverless" in written.roles[0].refused[0]
    assert (tmp_path / FOLDER / "policies" / "ImageAccess.json").exists()
