import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.test_run import CONFIGURATION
from tests.cli.test_run import folder as folder  # noqa: PLC0414 - a fixture
from tests.publish.pull_requests.github_stub import TOKEN, github_stub
from tests.publish.pull_requests.repositories import commit_all, git


@pytest.fixture
def repo(folder: Path) -> Path:
    """The policies of the job's configuration in a repository with a remote."""
    git(folder, "init", "-q", "--bare", "-b", "main", "remote.git")
    repo = folder / "policies"
    git(repo, "init", "-q", "-b", "main")
    commit_all(repo, "what is in force")
    git(repo, "remote", "add", "origin", str(folder / "remote.git"))
    git(repo, "push", "-q", "origin", "main")
    return repo


SETTINGS = """[pull_request]
repo = "policies"
base = "main"
author = "Least Privilege <bot@example.com>"
sign_off = true
labels = ["iam"]
"""


def test_results_are_committed_once_and_told_as_json(run: Run, folder: Path, repo: Path) -> None:
    (folder / "pr.toml").write_text(CONFIGURATION + SETTINGS)
    assert run("run", "-c", folder / "trailmin.toml").exit_code == 10
    first = run("pr", "-c", folder / "pr.toml", "--repo", repo, "--json")
    assert first.exit_code == 0, first.stderr
    shown = json.loads(first.stdout)
    assert shown["schema"] == "trailmin/pr/1"
    (made,) = shown["pull_requests"]
    assert (made["state"], made["branch"]) == ("created", "trailmin/least-privilege")
    assert made["files"] == ["111122223333/reader/queues.json"]
    again = json.loads(run("pr", "-c", folder / "pr.toml", "--repo", repo, "--json").stdout)["pull_requests"][0]
    assert (again["state"], again["commit"]) == ("unchanged", made["commit"])
    assert "Signed-off-by: Least Privilege" in git(repo, "log", "-1", "--format=%B", made["branch"])


def test_options_outrank_the_configuration(run: Run, folder: Path, repo: Path) -> None:
    (folder / "pr.toml").write_text(CONFIGURATION + SETTINGS)
    run("run", "-c", folder / "trailmin.toml")
    done = run("pr", folder / "out", "--repo", repo, "-c", folder / "pr.toml", "--per", "role", "--branch", "tight")
    assert done.exit_code == 0, done.stderr
    assert "created: tight/111122223333/reader (Tighten IAM role reader; 1 file)" in done.stderr
    assert "git push origin" in done.stderr


def test_the_job_opens_pull_requests_and_never_shows_the_token(
    run: Run, folder: Path, repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    with github_stub() as stub:
        more = f'open = true\nbase_url = "{stub.url}"\nrepository = "org/policies"\n'
        (folder / "trailmin.toml").write_text(CONFIGURATION + SETTINGS + more)
        done = run("run", "-c", folder / "trailmin.toml")
        assert done.exit_code == 10, done.stderr
        assert f"pull request: {stub.url}/org/policies/pull/1" in done.stderr
        assert stub.pulls[0]["labels"] == [{"name": "iam"}]
        changes = list(stub.changes)
        assert run("run", "-c", folder / "trailmin.toml").exit_code == 10
        assert stub.changes == changes
        stub.refuse["GET /pulls"] = (401, {}, {"message": "Bad credentials"})
        refused = run("run", "-c", folder / "trailmin.toml", "--json")
    assert refused.exit_code == 1
    assert "Bad credentials" in refused.stderr + refused.stdout
    for shown in (done, refused):
        assert TOKEN not in shown.stdout + shown.stderr
    assert not [p for p in folder.rglob("*") if p.is_file() and TOKEN.encode() in p.read_bytes()]


def test_results_that_are_not_there_are_an_error(run: Run, folder: Path, repo: Path) -> None:
    shutil.rmtree(folder / "out", ignore_errors=True)
    done = run("pr", folder / "out", "--repo", repo)
    assert done.exit_code == 1
    assert "trailmin tighten -o" in done.stderr
