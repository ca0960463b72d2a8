"""Every source of the corpus: its patch applies, it parses, only intended lines differ, and it means the proposal."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.iac.case import (
    CORPUS,
    Case,
    access_edits,
    all_cases,
    changes_of,
    edited,
    is_access,
    policies_with_principals,
    read_source,
)
from tests.iac.parsers import parse
from trailmin.current import EditedSource, PolicyInForce, SourceChange, SourceChangeKind
from trailmin.current.access_changes import changes_in_source
from trailmin.current.iac.registry import edit_source
from trailmin.current.json_file import read_text
from trailmin.policy import (
    Policy,
    Proven,
    ReplaceStatement,
    Statement,
    StatementSpec,
    edit_policy,
    included,
    keep_spec,
)
from trailmin.publish.change_files import has_byte_order_mark, with_mark
from trailmin.publish.diff import unified_diff

CASES = all_cases()


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")


@pytest.fixture(scope="module")
def made() -> dict[str, EditedSource]:
    return {case.name: edited(case, case.path) for case in CASES}


def diff_of(case: Case, result: EditedSource) -> str:
    mark = has_byte_order_mark(case.path)
    old, new = with_mark(result.file.text, mark=mark), with_mark(result.text, mark=mark)
    return unified_diff(changed_path(case, result), old, new, git_header=True)


def changed_path(case: Case, result: EditedSource) -> str:
    """Of a module, which is a folder of the corpus, any of its files may change."""
    if case.path.parent == CORPUS:
        return case.source
    return f"{case.path.parent.name}/{result.file.document.relative}"


def copied(case: Case, folder: Path) -> Path:
    if case.path.parent != CORPUS:
        shutil.copytree(case.path.parent, folder / case.path.parent.name)
        return folder / case.source
    for path in case.path.parent.glob(f"{case.name}.*"):
        if not path.name.endswith((".case.json", ".diff")):
            shutil.copyfile(path, folder / path.name)
    return folder / case.source


def applied(case: Case, result: EditedSource, folder: Path) -> Path:
    """The source in a repository of git, with the patch applied by git."""
    path = copied(case, folder)
    patch = folder / "change.patch"
    patch.write_bytes(diff_of(case, result).encode())
    for command in (["init", "-q"], ["apply", "--whitespace=nowarn", "change.patch"]):
        subprocess.run(["git", *command], cwd=folder, check=True, capture_output=True)
    return path


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_only_intended_lines_differ(case: Case, made: dict[str, EditedSource]) -> None:
    assert diff_of(case, made[case.name]).encode() == case.golden.read_bytes()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_refused_is_refused_with_its_reason_and_what_to_paste(
    case: Case, made: dict[str, EditedSource]
) -> None:
    refusals = made[case.name].refusals
    assert [refusal.policy.name for refusal in refusals] == [entry["policy"] for entry in case.refused]
    for refusal, entry in zip(refusals, case.refused, strict=True):
        assert entry["reason"] in refusal.reason
        assert entry.get("paste", "") in (refusal.paste or "")
    noted = [*read_source(case.path).notes, *(note for role in read_source(case.path).roles for note in role.notes)]
    for note in case.notes:
        assert any(note in one for one in noted), noted


@pytest.mark.parametrize("case", [case for case in CASES if case.golden.read_bytes()], ids=lambda case: case.name)
def test_the_patch_applies_and_the_file_parses_and_means_the_proposal(
    case: Case, made: dict[str, EditedSource], tmp_path: Path
) -> None:
    result = made[case.name]
    before = read_source(case.path)
    path = applied(case, result, tmp_path)
    changed = tmp_path / changed_path(case, result)
    assert read_text(changed) == result.text
    parse(changed, result.file.format, result.text)
    wanted = _policies_after(case, changes_of(case, before), result)
    after = read_source(path)
    found = {role.name: [policy.policy for policy in role.policies] for role in after.roles}
    for role, policies in wanted.items():
        assert _same(found[role], policies, exact=not case.is_wider), role
    told = {name: [policy.policy] for name, policy in policies_with_principals(after).items()}
    for name, policies in _access_after(case, result).items():
        assert _same(told.get(name, []), policies, exact=True), name


@pytest.mark.parametrize("case", [case for case in CASES if case.golden.read_bytes()], ids=lambda case: case.name)
def test_a_second_run_changes_nothing(case: Case, made: dict[str, EditedSource], tmp_path: Path) -> None:
    path = applied(case, made[case.name], tmp_path)
    contents = read_source(path)
    again = [
        SourceChange(
            kind=SourceChangeKind.EDIT,
            policy=policy,
            edits=tuple(ReplaceStatement(index=s.index, parts=(_same_spec(s),)) for s in policy.policy.statements),
        )
        for role in contents.roles
        for policy in role.policies
        if policy.source is not None and not _is_made_elsewhere(policy.source.address)
    ]
    again += [
        change
        for policy in policies_with_principals(contents).values()
        for change in changes_in_source(policy, [_same_edit(one) for one in policy.policy.statements]).changes
    ]
    for file in {change.place.file.document.relative: change.place.file for change in again}.values():
        result = edit_source(file, [change for change in again if change.place.file.document == file.document])
        assert result.text == read_text(file.document.path)


def _is_made_elsewhere(address: str) -> bool:
    return address.endswith("DeadLetterQueue") or "Connector" in address


def _same_spec(statement: Statement) -> StatementSpec:
    return replace(keep_spec(statement), actions=statement.actions or None, resources=statement.resources or None)


def _same_edit(statement: Statement) -> ReplaceStatement:
    spec = replace(keep_spec(statement), actions=statement.actions or None, principals=statement.principals or None)
    return ReplaceStatement(index=statement.index, parts=(spec,))


def _access_after(case: Case, result: EditedSource) -> dict[str, list[Policy]]:
    """What is to stand on each resource, and in each trust policy, but for what was refused."""
    contents = read_source(case.path)
    refused = [refusal.policy for refusal in result.refusals]
    wanted = {name: [policy.policy] for name, policy in policies_with_principals(contents).items()}
    for entry in case.changes:
        if is_access(entry):
            policy, edits = access_edits(entry, contents)
            kept = [edit for edit in edits if (at := policy.sources[edit.index]) and at.placed not in refused]
            new = edit_policy(policy.policy, kept)
            wanted[entry.get("resource") or entry["trust"]] = [new] if new is not None else []
    return wanted


def _policies_after(case: Case, changes: list[SourceChange], result: EditedSource) -> dict[str, list[Policy]]:
    """What each role is to hold: its policies, edited as asked, but for what was refused."""
    refused = {(r.policy.name, r.policy.source) for r in result.refusals}
    contents = read_source(case.path)
    wanted: dict[str, list[Policy]] = {}
    changes = [change for change in changes if isinstance(change.policy, PolicyInForce)]
    by_place = {
        change.place.address: change for change in changes if (change.policy.name, change.policy.source) not in refused
    }
    for role in contents.roles:
        held: list[Policy] = []
        for policy in role.policies:
            places = [p.address for p in (policy.source, policy.attachment) if p is not None]
            change = next((by_place[a] for a in places if a in by_place), None)
            if change is None:
                held.append(policy.policy)
            elif change.kind is SourceChangeKind.EDIT and (new := edit_policy(policy.policy, change.edits)) is not None:
                held.append(new)
        wanted[role.name] = held
    of_roles = [entry for entry in case.changes if not is_access(entry)]
    for entry, change in zip(of_roles, changes, strict=False):
        if change.kind is SourceChangeKind.REPLACE and change in by_place.values():
            new = edit_policy(change.policy.policy, change.edits)
            wanted[entry["role"]] += [new] if new is not None else []
    return wanted


def _same(found: list[Policy], wanted: list[Policy], *, exact: bool) -> bool:
    """Whether policies grant the same, proven both ways; or, where a part is not known, all that was wanted."""
    if not wanted or not found:
        return len(wanted) == len(found)
    wide_enough = isinstance(included(wanted, found), Proven)
    return wide_enough and (not exact or isinstance(included(found, wanted), Proven))
