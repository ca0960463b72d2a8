"""Real git repositories with policies of real formats, and results of a run that change them."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from tests.iac.case import CORPUS, edits_of, policy_called, read_case, role_called
from trailmin.current import PolicyInForce
from trailmin.current.sources import find_sources, read_sources
from trailmin.policy import Edit, apply_edits
from trailmin.publish import write_proposals
from trailmin.publish.pull_requests import Author, Request
from trailmin.synth.model import Activity, ChangeKind, PolicyChange, ProofResult, Proposal, ReplayResult, Status, Window

BOT = Author(name="Least Privilege", mail="bot@example.com")
WINDOW = Window(since=date(2026, 8, 1), until=date(2026, 9, 30))
CASES = ("cfn-comments", "cfn-role-policy-resource")

_CLEAN = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "Ann",
    "GIT_AUTHOR_EMAIL": "ann@example.com",
    "GIT_COMMITTER_NAME": "Ann",
    "GIT_COMMITTER_EMAIL": "ann@example.com",
}


def git(folder: Path, *arguments: str) -> str:
    """What git prints."""
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=os.environ | _CLEAN, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def make_repository(folder: Path, cases: Sequence[str] = CASES, **more: str) -> Path:
    """A repository on `main` with sources of the corpus, each in a folder of its own, and further files."""
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    for name in cases:
        (folder / name).mkdir()
        for path in CORPUS.glob(f"{name}.*"):
            if not path.name.endswith((".case.json", ".diff")):
                shutil.copyfile(path, folder / name / path.name)
    for name, text in more.items():
        (folder / name).write_text(text, encoding="utf-8")
    commit_all(folder, "what is in force")
    return folder


def commit_all(folder: Path, message: str) -> str:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)
    return git(folder, "rev-parse", "HEAD")


def write_results(repo: Path, out: Path, cases: Sequence[str] = CASES) -> Path:
    """The folder of a run that tightens the roles of some cases."""
    write_proposals([proposal_of(repo, name) for name in cases], out)
    return out


def proposal_of(repo: Path, name: str, at: int = 0) -> Proposal:
    """A proposal for the role of one of a case's changes."""
    case = read_case(CORPUS / f"{name}.case.json")
    contents = read_sources(find_sources(repo / name))
    role = role_called(contents, case.changes[at]["role"])
    changes = [
        _change(policy, edits_of(entry["edits"], policy.policy.statements))
        for entry in case.changes
        if (policy := policy_called(contents, entry["role"], entry["policy"])) and entry["role"] == role.name
    ]
    return Proposal(
        role=replace(role, name=f"{name}-role"),
        role_arn=None,
        account="111122223333",
        status=Status.TIGHTENED,
        reason="3 of 5 grants were not used",
        window=WINDOW,
        activity=Activity(),
        changes=tuple(changes),
        proof=ProofResult(proven=True, method="containment"),
        replay=ReplayResult(calls=4, kept=4),
    )


def _change(policy: PolicyInForce, edits: tuple[Edit, ...]) -> PolicyChange:
    text = apply_edits(policy.text, edits)
    return PolicyChange(kind=ChangeKind.PUT_INLINE, name=policy.name, policy=policy, new_text=text, edits=edits)


def request(repo: Path, out: Path, **more: object) -> Request:
    return Request(results=out, repo=repo, author=BOT, **more)  # type: ignore[arg-type]
