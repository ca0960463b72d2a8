"""Pull requests on GitHub, against a server that checks every request, with a bare repository as the remote."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.publish.pull_requests.github_stub import TOKEN, Stub, github_stub
from tests.publish.pull_requests.repositories import (
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
from trailmin.publish.pull_requests import GithubSettings, Outcome, Per, make_pull_requests
from trailmin.publish.pull_requests.github import Github
from trailmin.synth.model import Status

BRANCH = "trailmin/least-privilege"
OWNERS = "* @org/security @ann someone@example.com\n"


@pytest.fixture
def stub() -> Iterator[Stub]:
    with github_stub() as running:
        yield running


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A clone of a bare repository."""
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "remote.git")
    made = make_repository(tmp_path / "repo", CODEOWNERS=OWNERS)
    git(made, "remote", "add", "origin", str(tmp_path / "remote.git"))
    git(made, "push", "-q", "origin", "main")
    git(made, "remote", "set-head", "origin", "main")
    return made


@pytest.fixture
def out(repo: Path, tmp_path: Path) -> Path:
    return write_results(repo, tmp_path / "out")


def opened(repo: Path, out: Path, stub: Stub, token: str | None = TOKEN, **more: Any) -> Outcome:
    settings = GithubSettings(base_url=stub.url, repository="org/policies", token=token)
    (outcome,) = make_pull_requests(request(repo, out, open=True, github=settings, **more)).outcomes
    return outcome


def test_a_pull_request_is_opened_with_labels_and_reviewers(repo: Path, out: Path, stub: Stub, tmp_path: Path) -> None:
    outcome = opened(repo, out, stub, labels=("iam", "least-privilege"))
    assert outcome.error is None
    assert outcome.url == f"{stub.url}/org/policies/pull/1"
    asked = {(method, path.removeprefix("/repos/org/policies")): content for method, path, content in stub.asked}
    created = asked["POST", "/pulls"]
    assert (created["head"], created["base"], created["title"]) == (BRANCH, "main", "Tighten 2 IAM roles")
    assert created["body"] == outcome.body_path.read_text(encoding="utf-8")
    assert asked["POST", "/issues/1/labels"] == {"labels": ["iam", "least-privilege"]}
    assert asked["POST", "/pulls/1/requested_reviewers"] == {"reviewers": ["ann"], "team_reviewers": ["security"]}
    assert outcome.notes == ("someone@example.com cannot be asked for a review",)
    assert git(tmp_path / "remote.git", "rev-parse", BRANCH) == git(repo, "rev-parse", BRANCH)


def test_a_second_run_asks_and_changes_nothing(repo: Path, out: Path, stub: Stub, tmp_path: Path) -> None:
    opened(repo, out, stub, labels=("iam",))
    before = git(tmp_path / "remote.git", "for-each-ref")
    stub.asked.clear()
    assert opened(repo, out, stub, labels=("iam",)).url == f"{stub.url}/org/policies/pull/1"
    assert stub.changes == []
    assert git(tmp_path / "remote.git", "for-each-ref") == before


def test_another_proposal_updates_the_same_pull_request(repo: Path, out: Path, stub: Stub, tmp_path: Path) -> None:
    opened(repo, out, stub)
    stub.asked.clear()
    fewer = write_results(repo, tmp_path / "fewer", CASES[:1])
    assert opened(repo, fewer, stub).error is None
    assert stub.changes == [("PATCH", "/repos/org/policies/pulls/1")]
    assert stub.pulls[0]["title"] == f"Tighten IAM role {CASES[0]}-role"
    assert git(tmp_path / "remote.git", "rev-parse", BRANCH) == git(repo, "rev-parse", BRANCH)


def test_a_fresh_clone_goes_on_with_the_branch_of_the_remote(repo: Path, out: Path, stub: Stub, tmp_path: Path) -> None:
    opened(repo, out, stub)
    git(tmp_path, "clone", "-q", "--single-branch", str(tmp_path / "remote.git"), "fresh")
    stub.asked.clear()
    outcome = opened(tmp_path / "fresh", write_results(tmp_path / "fresh", tmp_path / "again"), stub)
    assert outcome.error is None
    assert outcome.branch is not None
    assert outcome.branch.commit == git(repo, "rev-parse", BRANCH)
    assert stub.changes == []


def test_what_a_reviewer_pushed_is_kept(repo: Path, out: Path, stub: Stub, tmp_path: Path) -> None:
    opened(repo, out, stub)
    git(tmp_path, "clone", "-q", "-b", BRANCH, str(tmp_path / "remote.git"), "reviewer")
    (tmp_path / "reviewer" / "README").write_text("mine\n", encoding="utf-8")
    theirs = commit_all(tmp_path / "reviewer", "by a reviewer")
    git(tmp_path / "reviewer", "push", "-q", "origin", BRANCH)
    stub.asked.clear()
    fewer = write_results(repo, tmp_path / "fewer", CASES[:1])
    outcome = opened(repo, fewer, stub)
    assert outcome.error is not None
    assert "by a reviewer" in outcome.error.message
    assert git(tmp_path / "remote.git", "rev-parse", BRANCH) == theirs
    assert stub.asked == []


def test_a_change_that_a_person_closed_is_not_asked_for_again(
    repo: Path, out: Path, stub: Stub, tmp_path: Path
) -> None:
    url = opened(repo, out, stub).url
    stub.pulls[0]["state"] = "closed"
    git(tmp_path / "remote.git", "branch", "-D", BRANCH)
    stub.asked.clear()
    outcome = opened(repo, out, stub)
    assert (outcome.error, outcome.url, stub.changes) == (None, None, [])
    assert f"{url} was closed without a merge" in outcome.notes[-1]
    assert git(tmp_path / "remote.git", "for-each-ref", "refs/heads/trailmin") == ""


def test_another_change_than_the_closed_one_is_asked_for(repo: Path, out: Path, stub: Stub, tmp_path: Path) -> None:
    opened(repo, out, stub)
    stub.pulls[0]["state"] = "closed"
    fewer = write_results(repo, tmp_path / "fewer", CASES[:1])
    assert opened(repo, fewer, stub).url == f"{stub.url}/org/policies/pull/2"


@pytest.mark.parametrize("is_here", [True, False])
def test_what_was_merged_is_asked_for_again_on_a_base_that_has_the_merge_alone(
    repo: Path, out: Path, stub: Stub, tmp_path: Path, *, is_here: bool
) -> None:
    url = opened(repo, out, stub).url
    git(tmp_path, "clone", "-q", str(tmp_path / "remote.git"), "reviewer")
    git(tmp_path / "reviewer", "merge", "-q", "--squash", f"origin/{BRANCH}")
    merge = commit_all(tmp_path / "reviewer", "squashed")
    git(tmp_path / "reviewer", "revert", "--no-edit", merge)
    git(tmp_path / "reviewer", "push", "-q", "origin", "main", f":{BRANCH}")
    stub.pulls[0] |= {"state": "closed", "merged_at": "2026-10-01T00:00:00Z", "merge_commit_sha": merge}
    stub.asked.clear()
    if is_here:
        git(repo, "pull", "-q", "origin", "main")
        assert opened(repo, out, stub).url == f"{stub.url}/org/policies/pull/2"
    else:
        outcome = opened(repo, out, stub)
        assert (outcome.error, stub.changes) == (None, [])
        assert f"{url} was merged, and the base here is older" in outcome.notes[-1]
        assert git(tmp_path / "remote.git", "for-each-ref", "refs/heads/trailmin") == ""


def test_what_a_person_wrote_into_a_pull_request_stays(repo: Path, out: Path, stub: Stub, tmp_path: Path) -> None:
    opened(repo, out, stub)
    stub.pulls[0]["body"] = f"Ticket 7, do not deploy on Friday.\r\n{stub.pulls[0]['body']}"
    stub.asked.clear()
    outcome = opened(repo, write_results(repo, tmp_path / "fewer", CASES[:1]), stub)
    assert (outcome.error, stub.changes) == (None, [])
    assert "was edited by hand and stays" in outcome.notes[-1]
    assert git(tmp_path / "remote.git", "rev-parse", BRANCH) == git(repo, "rev-parse", BRANCH)


def test_a_title_that_a_person_wrote_stays_above_a_new_text(repo: Path, out: Path, stub: Stub, tmp_path: Path) -> None:
    opened(repo, out, stub)
    for cases in (CASES[:1], CASES):
        stub.pulls[0]["title"] = "Ticket 7"
        outcome = opened(repo, write_results(repo, tmp_path / str(len(cases)), cases), stub)
        assert stub.pulls[0]["title"] == "Ticket 7"
        assert stub.pulls[0]["body"] == outcome.body


LIMITED = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1790000000"}
REFUSALS = [
    ("GET /pulls", (401, {}, {"message": "Bad credentials"}), "401.*Bad credentials", "GITHUB_TOKEN"),
    ("POST /pulls", (403, {}, {"message": "Resource not accessible"}), "403.*not accessible", "write access"),
    ("GET /pulls", (404, {}, {"message": "Not Found"}), "404", "without access"),
    ("POST /pulls", (422, {}, {"message": "Wrong", "errors": [{"message": "No commits"}]}), "No commits", "base"),
    ("POST /pulls", (403, LIMITED, {"message": "API rate limit exceeded"}), "rate limit", "UTC"),
    ("POST /pulls", (429, {"retry-after": "60"}, {"message": "slow down"}), "rate limit", "in 60 s"),
    ("GET /pulls", (301, {"Location": "http://127.0.0.1:9/steal"}, {"message": "Moved"}), "301", "renamed"),
    ("GET /pulls", (502, {}, b"<html>bad gateway</html>"), "502", "githubstatus"),
    ("GET /pulls", (200, {}, b"<html>a portal</html>"), "something else than JSON", "base_url"),
]  # fmt: skip


@pytest.mark.parametrize(("at", "refusal", "words", "hint"), REFUSALS)
def test_each_refusal_says_what_to_do_and_never_the_token(
    repo: Path, out: Path, stub: Stub, at: str, refusal: Any, words: str, hint: str
) -> None:
    stub.refuse[at] = refusal
    outcome = opened(repo, out, stub)
    assert outcome.error is not None
    with pytest.raises(PublishError, match=words):
        raise outcome.error
    assert hint in str(outcome.error.hint)
    assert TOKEN not in repr(outcome.error.args) + str(outcome.error.hint)
    stub.refuse.clear()
    assert opened(repo, out, stub).url is not None


def test_owners_that_github_does_not_take_are_told_and_the_pull_request_stays(
    repo: Path, out: Path, stub: Stub
) -> None:
    stub.refuse["POST /requested_reviewers"] = (
        422,
        {},
        {"message": "Reviews may only be requested from collaborators"},
    )
    outcome = opened(repo, out, stub)
    assert outcome.url is not None
    assert any("collaborators" in note for note in outcome.notes)


def test_without_a_token_the_commands_are_told(repo: Path, out: Path, stub: Stub) -> None:
    outcome = opened(repo, out, stub, token=None)
    assert outcome.error is not None
    assert "GITHUB_TOKEN" in str(outcome.error.hint)
    assert stub.asked == []


def test_a_server_that_is_not_there_is_an_error(repo: Path, out: Path) -> None:
    settings = GithubSettings(base_url="http://127.0.0.1:9", repository="org/policies", token=TOKEN)
    (outcome,) = make_pull_requests(request(repo, out, open=True, github=settings)).outcomes
    assert outcome.error is not None
    assert "cannot be reached" in outcome.error.message


@pytest.mark.parametrize("url", ["http://ghe.example.com/api/v3", "ftp://x", "file:///etc/passwd", ""])
def test_the_token_is_sent_over_tls_alone(url: str) -> None:
    with pytest.raises(PublishError, match="no https address"):
        Github(url, "org/policies", TOKEN)


def test_other_hosts_get_commands(repo: Path, out: Path, tmp_path: Path) -> None:
    git(repo, "remote", "set-url", "origin", "git@gitlab.example.com:org/policies.git")
    git(repo, "remote", "set-url", "--push", "origin", str(tmp_path / "remote.git"))
    (outcome,) = make_pull_requests(request(repo, out)).outcomes
    assert outcome.commands[0] == f"git push origin refs/heads/{BRANCH}:refs/heads/{BRANCH}"
    assert outcome.commands[1].startswith(f"glab mr create --source-branch {BRANCH} --target-branch main --title")


def test_each_role_gets_a_pull_request(repo: Path, out: Path, stub: Stub) -> None:
    settings = GithubSettings(base_url=stub.url, repository="org/policies", token=TOKEN)
    made = make_pull_requests(request(repo, out, open=True, github=settings, per=Per.ROLE))
    assert [o.url for o in made.outcomes] == [f"{stub.url}/org/policies/pull/{n}" for n in (1, 2)]


def test_the_pull_request_of_a_proposal_that_is_gone_is_named(
    repo: Path, out: Path, stub: Stub, tmp_path: Path
) -> None:
    url = opened(repo, out, stub).url
    nothing = [replace(proposal_of(repo, name), status=Status.UNCHANGED, changes=()) for name in CASES]
    write_proposals(nothing, tmp_path / "none")
    settings = GithubSettings(base_url=stub.url, repository="org/policies", token=TOKEN)
    made = make_pull_requests(request(repo, tmp_path / "none", open=True, github=settings))
    assert [(one.branch, one.url) for one in made.vanished] == [(BRANCH, url)]
    assert git(tmp_path / "remote.git", "rev-parse", BRANCH)
    # Who looks at the pull request alone learns it as well, once, until it is proposed again.
    assert stub.pulls[0]["body"].startswith("> **No longer proposed.**")
    stub.asked.clear()
    make_pull_requests(request(repo, tmp_path / "none", open=True, github=settings))
    assert stub.changes == []
    assert opened(repo, out, stub).body == stub.pulls[0]["body"]
    assert "No longer proposed" not in stub.pulls[0]["body"]
