"""docs/tutorial.md: every command that it shows is run as it stands, in order, in a fresh folder, on sample logs."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.conftest import run as run  # noqa: PLC0414 - a fixture
from tests.publish.pull_requests.github_stub import TOKEN, github_stub
from tests.test_docs import ROOT, blocks

EXIT_CODES = {"tighten": [10, 0]}
"""Of commands that do not end with 0, each time that they come."""

SSH = """#!/bin/sh
# In place of ssh: what would be run on GitHub's side is run here, on the repositories below this folder.
for command; do :; done
cd "$(dirname "$0")" && exec sh -c "$(echo "$command" | sed "s#'/#'./#")"
"""


@pytest.fixture
def commands() -> list[str]:
    return [line for block in blocks(ROOT / "docs" / "tutorial.md", "sh") for line in block.splitlines()]


def prepare(folder: Path, api: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a reader has: a checkout, git with a name, GitHub with a repository. GitHub is the stub here."""
    shutil.copytree(ROOT / "sample_logs", folder / "sample_logs")
    (folder / "ssh").write_text(SSH)
    (folder / "ssh").chmod(0o755)
    (folder / ".gitconfig").write_text(
        '[user]\nname = Reader\nemail = reader@example.com\n[url "ssh://127.0.0.1/"]\ninsteadOf = git@github.com:\n'
    )
    subprocess.run(["git", "init", "--quiet", "--bare", "-b", "main", folder / "org" / "policies.git"], check=True)
    variables = {
        "HOME": str(folder),
        "GIT_SSH_COMMAND": str(folder / "ssh"),
        "GITHUB_TOKEN": TOKEN,
        "GITHUB_API_URL": api,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def test_the_tutorial_leads_from_nothing_to_a_merged_pull_request(
    commands: list[str], run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = {name: list(codes) for name, codes in EXIT_CODES.items()}
    monkeypatch.chdir(tmp_path)
    with github_stub() as github:
        prepare(tmp_path, github.url, monkeypatch)
        for line in commands:
            program, *words = shlex.split(line)
            if program == "cd":
                monkeypatch.chdir(words[0])
            elif program == "trailmin":
                ended = run(*words)
                codes = expected.get(words[0], [])
                assert ended.exit_code == (codes.pop(0) if codes else 0), (line, ended.stderr)
            else:
                shown = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
                assert shown.returncode == 0, (line, shown.stderr)
                if " diff " in line:
                    assert re.search(r'^- +"s3:PutObject"', shown.stdout, re.MULTILINE)
    assert not any(expected.values())
    [opened] = github.pulls
    assert opened["head"]["ref"] == "trailmin/least-privilege"
    assert "legacy-admin-portal" in opened["body"]
    merged = tmp_path / "acme" / "policies" / "444455556666" / "legacy-admin-portal" / "Portal.json"
    assert "s3:PutObject" not in merged.read_text(encoding="utf-8")
