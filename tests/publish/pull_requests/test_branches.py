"""Branches in real repositories: what is proposed is committed, and nothing else changes or is lost."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from tests.publish.pull_requests.repositories import (
    BOT,
    CASES,
    commit_all,
    git,
    make_repository,
    proposal_of,
    request,
    write_results,
)
from trailmin.errors import PublishError
from trailmin.publish import write_proposals
from trailmin.publish.pull_requests import BranchState, Outcome, Per, make_pull_requests
from trailmin.publish.pull_requests.results import read_results
from trailmin.synth.model import Status

BRANCH = "trailmin/least-privilege"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "repo")


@pytest.fixture
def out(repo: Path, tmp_path: Path) -> Path:
    return write_results(repo, tmp_path / "out")


def make(repo: Path, out: Path, **more: object) -> tuple[Outcome, ...]:
    return make_pull_requests(request(repo, out, **more)).outcomes


def only(repo: Path, out: Path, **more: object) -> Outcome:
    (outcome,) = make(repo, out, **more)
    return outcome


def state_of(outcome: Outcome) -> BranchState:
    assert outcome.error is None, outcome.error
    assert outcome.branch is not None
    return outcome.branch.state


def everything(repo: Path) -> tuple[str, str, str, str]:
    """What a person has: files, index, references, head."""
    files = "".join(f"{p}{p.stat().st_mode}{p.read_bytes()!r}" for p in sorted(repo.rglob("*")) if _is_theirs(p))
    return files, git(repo, "ls-files", "-s"), git(repo, "rev-parse", "HEAD"), git(repo, "status", "--porcelain")


def _is_theirs(path: Path) -> bool:
    return path.is_file() and ".git" not in path.parts


def test_the_patches_are_one_commit_on_a_branch_and_nothing_else_changes(repo: Path, out: Path) -> None:
    before = everything(repo)
    outcome = only(repo, out, sign_off=True)
    assert state_of(outcome) is BranchState.CREATED
    assert everything(repo) == before
    assert git(repo, "rev-list", "--count", f"main..{BRANCH}") == "1"
    assert git(repo, "diff", "--name-only", "main", BRANCH).split() == [f"{c}/{c}.yaml" for c in CASES]
    assert git(repo, "log", "-1", "--format=%an <%ae> %cn", BRANCH) == f"{BOT.line} {BOT.name}"
    message = git(repo, "log", "-1", "--format=%B", BRANCH)
    assert message.startswith("Tighten 2 IAM roles\n\n- 111122223333/cfn-comments-role: 3 of 5")
    assert f"Signed-off-by: {BOT.line}" in message
    assert outcome.commands[0].startswith("git push origin")
    git(repo, "checkout", "-q", BRANCH)
    assert "s3:GetObject" in (repo / "cfn-comments" / "cfn-comments.yaml").read_text(encoding="utf-8")


def test_a_second_run_changes_nothing(repo: Path, out: Path) -> None:
    only(repo, out)
    before = git(repo, "for-each-ref")
    assert state_of(only(repo, out)) is BranchState.UNCHANGED
    assert git(repo, "for-each-ref") == before


def test_a_base_that_moved_elsewhere_changes_nothing(repo: Path, out: Path) -> None:
    only(repo, out)
    before = git(repo, "rev-parse", BRANCH)
    (repo / "README").write_text("more\n", encoding="utf-8")
    commit_all(repo, "more")
    assert state_of(only(repo, out)) is BranchState.UNCHANGED
    assert git(repo, "rev-parse", BRANCH) == before


def test_another_proposal_goes_on_top_of_the_same_branch(repo: Path, out: Path, tmp_path: Path) -> None:
    only(repo, out)
    first = git(repo, "rev-parse", BRANCH)
    (repo / "README").write_text("more\n", encoding="utf-8")
    base = commit_all(repo, "more")
    fewer = write_results(repo, tmp_path / "fewer", CASES[:1])
    assert state_of(only(repo, fewer)) is BranchState.UPDATED
    assert git(repo, "rev-parse", f"{BRANCH}^1", f"{BRANCH}^2").split() == [first, base]
    assert git(repo, "diff", "--name-only", "main", BRANCH).split() == [f"{CASES[0]}/{CASES[0]}.yaml"]
    assert state_of(only(repo, fewer)) is BranchState.UNCHANGED


def test_a_branch_that_was_merged_goes_on_from_the_base(repo: Path, out: Path, tmp_path: Path) -> None:
    fewer = write_results(repo, tmp_path / "fewer", CASES[:1])
    only(repo, fewer)
    git(repo, "merge", "-q", "--no-ff", "-m", "merged", BRANCH)
    rest = write_results(repo, tmp_path / "rest", CASES[1:])
    assert state_of(only(repo, rest)) is BranchState.UPDATED
    assert git(repo, "rev-parse", f"{BRANCH}^") == git(repo, "rev-parse", "main")


def test_a_dirty_tree_stays_as_it_is_and_is_told_of(repo: Path, out: Path) -> None:
    source = repo / CASES[0] / f"{CASES[0]}.yaml"
    source.write_text(source.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    (repo / CASES[1] / f"{CASES[1]}.yaml").write_text("staged\n", encoding="utf-8")
    git(repo, "add", "--", CASES[1])
    (repo / "untracked").write_text("mine\n", encoding="utf-8")
    before = everything(repo)
    outcome = only(repo, out)
    assert state_of(outcome) is BranchState.CREATED
    assert everything(repo) == before
    assert [note.split()[0] for note in outcome.notes] == [f"{c}/{c}.yaml" for c in CASES]
    assert "# mine" not in git(repo, "show", f"{BRANCH}:{CASES[0]}/{CASES[0]}.yaml")


def test_files_that_nobody_may_write_are_no_obstacle(repo: Path, out: Path) -> None:
    for path in (repo / CASES[0] / f"{CASES[0]}.yaml", repo / CASES[0]):
        path.chmod(0o555)
    before = everything(repo)
    assert state_of(only(repo, out)) is BranchState.CREATED
    assert everything(repo) == before
    (repo / CASES[0]).chmod(0o755)


def test_a_detached_head_is_the_base_and_stays_detached(repo: Path, out: Path) -> None:
    git(repo, "checkout", "-q", "--detach")
    before = everything(repo)
    outcome = only(repo, out)
    assert state_of(outcome) is BranchState.CREATED
    assert everything(repo) == before
    assert git(repo, "rev-parse", "--abbrev-ref", "HEAD") == "HEAD"


def test_a_branch_that_somebody_else_committed_to_is_left_alone(repo: Path, out: Path, tmp_path: Path) -> None:
    only(repo, out)
    git(repo, "checkout", "-q", BRANCH)
    (repo / "README").write_text("by a reviewer\n", encoding="utf-8")
    theirs = commit_all(repo, "a reviewer's own change")
    git(repo, "checkout", "-q", "main")
    fewer = write_results(repo, tmp_path / "fewer", CASES[:1])
    outcome = only(repo, fewer)
    assert outcome.error is not None
    assert "a reviewer's own change" in outcome.error.message
    assert git(repo, "rev-parse", BRANCH) == theirs


def test_an_amended_commit_is_somebody_elses(repo: Path, out: Path) -> None:
    only(repo, out)
    git(repo, "checkout", "-q", BRANCH)
    (repo / "README").write_text("slipped in\n", encoding="utf-8")
    git(repo, "add", "README")
    git(repo, "commit", "-q", "--amend", "--no-edit")
    git(repo, "checkout", "-q", "main")
    outcome = only(repo, out)
    assert outcome.error is not None
    assert "somebody else" in outcome.error.message


def test_a_base_that_a_person_merged_into_the_branch_is_no_change_of_theirs(repo: Path, out: Path) -> None:
    only(repo, out)
    (repo / "README").write_text("more\n", encoding="utf-8")
    commit_all(repo, "more")
    git(repo, "checkout", "-q", BRANCH)
    git(repo, "merge", "-q", "--no-ff", "-m", "Merge branch 'main'", "main")
    git(repo, "checkout", "-q", "main")
    assert state_of(only(repo, out)) is BranchState.UNCHANGED


def test_a_branch_that_is_checked_out_is_not_moved_under_its_tree(repo: Path, out: Path, tmp_path: Path) -> None:
    only(repo, out)
    git(repo, "worktree", "add", "-q", str(tmp_path / "beside"), BRANCH)
    before = git(repo, "rev-parse", BRANCH)
    fewer = write_results(repo, tmp_path / "fewer", CASES[:1])
    outcome = only(repo, fewer)
    assert outcome.error is not None
    assert str(tmp_path / "beside") in outcome.error.message
    assert git(repo, "rev-parse", BRANCH) == before


def test_a_patch_that_does_not_fit_the_base_is_an_error_with_a_way_out(repo: Path, out: Path) -> None:
    (repo / CASES[0] / f"{CASES[0]}.yaml").write_text("Resources: {}\n", encoding="utf-8")
    commit_all(repo, "rewritten")
    outcome = only(repo, out)
    assert outcome.error is not None
    assert f"{CASES[0]}/{CASES[0]}.yaml does not apply" in outcome.error.message
    assert "tighten" in str(outcome.error.hint)
    assert git(repo, "for-each-ref", "refs/heads").count("\n") == 0


def test_a_patch_that_would_fit_the_lines_of_another_role_is_not_made(repo: Path, out: Path) -> None:
    """Roles often have the same lines: where one comes before another, a diff alone finds the wrong one."""
    source = repo / CASES[0] / f"{CASES[0]}.yaml"
    text = source.read_text(encoding="utf-8")
    head, _, resources = text.partition("Resources:\n")
    before = "".join(
        f"  Other{line[2:]}" if line[2:3].isalpha() else line for line in resources.splitlines(keepends=True)
    )
    source.write_text(f"{head}Resources:\n{before}{resources}", encoding="utf-8")
    commit_all(repo, "a role of the same lines before the other")
    patches = "".join(path.read_text(encoding="utf-8") for path in (out / "patches").glob("*.diff"))
    done = subprocess.run(["git", "apply", "--check", "-"], cwd=repo, input=patches, text=True, check=False)
    assert done.returncode == 0, "git alone would take it"
    outcome = only(repo, out)
    assert outcome.error is not None
    assert "the file is not what the proposal was made for" in outcome.error.message
    assert git(repo, "for-each-ref", "refs/heads").count("\n") == 0


def test_line_ends_that_only_the_working_tree_has_do_not_stop_a_patch(tmp_path: Path) -> None:
    repo = make_repository(tmp_path / "repo", CASES[:1])
    source = repo / CASES[0] / f"{CASES[0]}.yaml"
    source.write_bytes(source.read_bytes().replace(b"\n", b"\r\n"))
    assert state_of(only(repo, write_results(repo, tmp_path / "out", CASES[:1]))) is BranchState.CREATED
    assert "\r" not in git(repo, "show", f"{BRANCH}:{CASES[0]}/{CASES[0]}.yaml")


def test_hooks_and_settings_of_the_repository_run_nothing(repo: Path, out: Path, tmp_path: Path) -> None:
    for name in ("reference-transaction", "post-index-change", "pre-commit", "commit-msg"):
        hook = repo / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran-{name}\nexit 1\n", encoding="utf-8")
        hook.chmod(0o755)
    git(repo, "config", "core.fsmonitor", f"touch {tmp_path}/ran-fsmonitor")
    assert state_of(only(repo, out)) is BranchState.CREATED
    assert not list(tmp_path.glob("ran-*"))


def test_each_role_gets_a_branch_of_its_own(repo: Path, out: Path) -> None:
    outcomes = make(repo, out, per=Per.ROLE)
    assert [o.group.branch for o in outcomes] == [f"trailmin/role/111122223333/{c}-role" for c in CASES]
    for outcome, case in zip(outcomes, CASES, strict=True):
        assert git(repo, "diff", "--name-only", "main", outcome.group.branch) == f"{case}/{case}.yaml"


def test_a_branch_whose_proposal_is_gone_is_told_and_stays(repo: Path, out: Path, tmp_path: Path) -> None:
    for per in (Per.RUN, Per.ROLE):
        assert make_pull_requests(request(repo, out, per=per)).vanished == ()
    nothing = [replace(proposal_of(repo, name), status=Status.UNCHANGED, changes=()) for name in CASES]
    write_proposals(nothing[:1], tmp_path / "fewer")
    write_proposals(nothing, tmp_path / "none")
    of_run = make_pull_requests(request(repo, tmp_path / "none"))
    assert [one.branch for one in of_run.vanished] == ["trailmin/least-privilege"]
    # A run over one role says nothing of the other's branch.
    of_one = make_pull_requests(request(repo, tmp_path / "fewer", per=Per.ROLE))
    assert [one.branch for one in of_one.vanished] == [f"trailmin/role/111122223333/{CASES[0]}-role"]
    of_both = make_pull_requests(request(repo, tmp_path / "none", per=Per.ROLE))
    assert len(of_both.vanished) == 2
    assert git(repo, "rev-parse", of_one.vanished[0].branch)


def test_a_branch_that_was_merged_or_has_a_persons_commit_is_not_told_of(repo: Path, out: Path, tmp_path: Path) -> None:
    make_pull_requests(request(repo, out, per=Per.ROLE))
    first, second = (f"trailmin/role/111122223333/{name}-role" for name in CASES)
    git(repo, "merge", "-q", "--no-ff", "-m", "merged", first)
    git(repo, "checkout", "-q", second)
    (repo / "more.txt").write_text("a person's")
    commit_all(repo, "by hand")
    git(repo, "checkout", "-q", "main")
    nothing = [replace(proposal_of(repo, name), status=Status.UNCHANGED, changes=()) for name in CASES]
    write_proposals(nothing, tmp_path / "none")
    assert make_pull_requests(request(repo, tmp_path / "none", per=Per.ROLE)).vanished == ()


def test_each_team_gets_a_branch_of_its_own(tmp_path: Path) -> None:
    owners = f"* @org/everyone\n/{CASES[0]}/ @org/comments @ann\n/{CASES[1]}/ @org/roles\n"
    repo = make_repository(tmp_path / "repo", CODEOWNERS=owners)
    out = write_results(repo, tmp_path / "out")
    found = {o.group.branch: o.group.owners for o in make(repo, out, per=Per.TEAM)}
    assert found == {
        "trailmin/team/ann-and-org-comments": ("@ann", "@org/comments"),
        "trailmin/team/org-roles": ("@org/roles",),
    }


def test_a_repository_without_the_files_gets_nothing(tmp_path: Path, out: Path) -> None:
    other = make_repository(tmp_path / "other", (), README="x\n")
    made = make_pull_requests(request(other, out))
    assert made.outcomes == ()
    assert any("not all in this repository" in note for note in made.notes)


def test_what_a_role_that_is_left_out_wanted_of_a_shared_file_is_left_out_too(tmp_path: Path) -> None:
    both = "cfn-circle-of-two"
    repo = make_repository(tmp_path / "repo", (*CASES, both))
    of_first, of_second = proposal_of(repo, both), proposal_of(repo, both, at=1)
    elsewhere, beside = (proposal_of(repo, name) for name in CASES)
    half = replace(of_first, changes=(*of_first.changes, *elsewhere.changes))
    whole = replace(of_second, role=replace(of_second.role, name="second"))
    write_proposals([half, whole, beside], tmp_path / "out")
    git(repo, "rm", "-q", "-r", CASES[0])
    commit_all(repo, "kept elsewhere from now on")
    outcome = only(repo, tmp_path / "out")
    assert state_of(outcome) is BranchState.CREATED
    assert [role.role for role in outcome.group.roles] == ["second", beside.role.name]
    write_proposals([whole], tmp_path / "alone")
    (patch,) = read_results(tmp_path / "alone").roles[0].patches
    assert {p.document: p.text for p in outcome.group.patches}[patch.document] == patch.text


def test_results_that_a_run_writes_anew_meanwhile_are_not_committed(repo: Path, out: Path) -> None:
    (body, *_) = out.rglob("PULL_REQUEST.md")
    text = body.read_text(encoding="utf-8")
    body.unlink()
    os.mkfifo(body)

    def write_anew() -> None:
        with body.open("w", encoding="utf-8") as pipe:
            (out / "summary.json").unlink()
            pipe.write(text)

    run = Thread(target=write_anew)
    run.start()
    with pytest.raises(PublishError, match=r"summary\.json"):
        make(repo, out)
    run.join()


@pytest.mark.parametrize("name", ["../x", "-d", "a..b", "a b", "x.lock", "a\nb", "refs~1", "@{u}"])
def test_a_hostile_branch_name_is_refused(repo: Path, out: Path, name: str) -> None:
    outcome = only(repo, out, branch=name)
    assert outcome.error is not None
    assert "no name of a branch" in outcome.error.message


def test_what_is_no_repository_or_no_result_is_told(repo: Path, out: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(PublishError, match="no git repository"):
        make(empty, out)
    with pytest.raises(PublishError, match="cannot read"):
        make(repo, empty)
    with pytest.raises(PublishError, match="no branch or commit"):
        make(repo, out, base="nowhere")
