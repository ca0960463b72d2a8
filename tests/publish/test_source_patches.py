import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.iac.case import CORPUS, edits_of, policy_called, read_case, read_source, role_called
from tests.report.example import policy
from trailmin.current import EditedSource, PolicyInForce, Role, SourceChange, SourceFile
from trailmin.current.iac.registry import edit_source
from trailmin.policy import apply_edits
from trailmin.publish import write_proposals
from trailmin.publish.source_patches import source_patches
from trailmin.synth.model import Activity, ChangeKind, PolicyChange, Proposal, Status, Window

WINDOW = Window(since=date(2026, 8, 1), until=date(2026, 9, 30))


def proposal(role: Role, *changes: PolicyChange) -> Proposal:
    status = Status.TIGHTENED if changes else Status.UNCHANGED
    return Proposal(
        role=role, role_arn=role.arn, account=role.account, status=status, reason="", window=WINDOW,
        activity=Activity(), changes=changes,
    )  # fmt: skip


def case_of(name: str, folder: Path) -> tuple[Role, tuple[PolicyChange, ...]]:
    """The role of a case of the corpus, its sources copied, and its edits as synth hands them over."""
    case = read_case(CORPUS / f"{name}.case.json")
    for path in CORPUS.glob(f"{name}.*"):
        shutil.copyfile(path, folder / path.name)
    contents = read_source(folder / case.source)
    role = role_called(contents, case.changes[0]["role"])
    changes = []
    for entry in case.changes:
        policy = policy_called(contents, entry["role"], entry["policy"])
        edits = edits_of(entry["edits"], policy.policy.statements)
        changes.append(_change(policy, apply_edits(policy.text, edits), edits))
    return role, tuple(changes)


def _change(policy: PolicyInForce, text: str | None, edits: tuple) -> PolicyChange:  # type: ignore[type-arg]
    return PolicyChange(kind=ChangeKind.PUT_INLINE, name=policy.name, policy=policy, new_text=text, edits=edits)


def test_a_run_has_one_patch_for_each_file_and_each_role_its_own(tmp_path: Path) -> None:
    role, changes = case_of("cfn-comments", tmp_path)
    written = write_proposals([proposal(role, *changes)], tmp_path / "out")
    assert written.patches == ("patches/cfn-comments.yaml.diff",)
    golden = (CORPUS / "cfn-comments.diff").read_text(encoding="utf-8")
    assert (tmp_path / "out" / written.patches[0]).read_text(encoding="utf-8") == golden
    own = tmp_path / "out" / written.roles[0].folder / "patches" / "cfn-comments.yaml.diff"
    assert own.read_text(encoding="utf-8") == golden
    listed = json.loads((own.parent.parent / "changes.json").read_text(encoding="utf-8"))
    assert listed["sources"][0]["patch_file"] == "patches/cfn-comments.yaml.diff"


def test_what_is_refused_is_written_to_be_pasted(tmp_path: Path) -> None:
    role, changes = case_of("cdk-default-policy", tmp_path)
    written = write_proposals([proposal(role, *changes)], tmp_path / "out")
    assert written.patches == ()
    assert "is not changed in place: cdk synth wrote this template" in written.roles[0].refused[0]
    folder = tmp_path / "out" / written.roles[0].folder
    (refused,) = json.loads((folder / "changes.json").read_text(encoding="utf-8"))["sources"][0]["refused"]
    assert "cdk synth wrote this template" in refused["reason"]
    assert "iam.PolicyStatement.fromJson" in (folder / refused["paste_file"]).read_text(encoding="utf-8")
    assert refused["text"] == written.roles[0].refused[0]
    report = (folder / "PULL_REQUEST.md").read_text(encoding="utf-8")
    assert "## What the files do not have as proposed\n\n- " in report
    assert "cdk synth wrote this template" in report


def test_what_stays_wider_in_a_file_is_told_to_the_reviewer(tmp_path: Path) -> None:
    role, changes = case_of("cfn-unknown-ids", tmp_path)
    written = write_proposals([proposal(role, *changes)], tmp_path / "out")
    folder = tmp_path / "out" / written.roles[0].folder
    (source,) = json.loads((folder / "changes.json").read_text(encoding="utf-8"))["sources"]
    assert source["notes"]
    report = (folder / "PULL_REQUEST.md").read_text(encoding="utf-8")
    section = report.partition("## What the files do not have as proposed")[2]
    assert section.count("\n- `cfn-unknown-ids.yaml`: ") == len(source["notes"])


def test_no_script_changes_what_is_kept_in_code(tmp_path: Path) -> None:
    role, changes = case_of("cfn-comments", tmp_path)
    by_hand = policy("by-hand")
    in_account = PolicyChange(kind=ChangeKind.PUT_INLINE, name="by-hand", policy=by_hand, new_text=by_hand.text)
    folders = []
    for number, made in enumerate([changes, (*changes, in_account)]):
        written = write_proposals([proposal(role, *made)], tmp_path / f"out{number}")
        folders.append(tmp_path / f"out{number}" / written.roles[0].folder)
    alone, mixed = folders
    assert not [path for path in alone.iterdir() if path.suffix == ".sh"]
    assert json.loads((alone / "changes.json").read_text(encoding="utf-8"))["apply"] == []
    report = (alone / "PULL_REQUEST.md").read_text(encoding="utf-8")
    assert "What is kept in code changes there" in report
    assert "apply.sh" not in report
    script = (mixed / "apply.sh").read_text(encoding="utf-8")
    assert script.count("aws iam put-role-policy") == 1
    assert "--policy-name=by-hand" in script
    assert "`apply.sh` makes the other changes" in (mixed / "PULL_REQUEST.md").read_text(encoding="utf-8")


def test_a_file_that_one_role_changes_is_edited_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    role, changes = case_of("cfn-comments", tmp_path)
    other, others = case_of("cfn-conditions", tmp_path)
    edited: list[str] = []

    def counting(file: SourceFile, wanted: Sequence[SourceChange]) -> EditedSource:
        edited.append(file.document.relative)
        return edit_source(file, wanted)

    monkeypatch.setattr("trailmin.publish.source_patches.edit_source", counting)
    patches = source_patches([proposal(role, *changes), proposal(other, *others)])
    assert edited == ["cfn-comments.yaml", "cfn-conditions.yaml"]
    assert patches.of_run == (*patches.of_each[0], *patches.of_each[1])


def test_lines_that_make_policies_of_two_roles_change_only_as_both_ask(tmp_path: Path) -> None:
    role, changes = case_of("cfn-comments", tmp_path)
    first, other = proposal(role, *changes), proposal(replace(role, name="other"))
    ((patch,), nothing) = source_patches([first, other]).of_each
    assert nothing == ()
    assert not patch.diff
    assert "policies of several roles or stacks" in patch.refusals[0].reason
    ((alone,),) = source_patches([first], beside=[other]).of_each
    assert (alone.diff, alone.refused) == ("", patch.refused), "asked for alone, the role takes from the other no more"
    agreed = source_patches([first, replace(first, role=replace(role, name="other"))])
    assert agreed.of_each == ((agreed.of_run[0],),) * 2
    assert agreed.of_run[0].diff
