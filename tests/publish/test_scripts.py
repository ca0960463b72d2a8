"""The scripts run against an `aws` that writes down what it is called with."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.report.example import ACCOUNT, HOSTILE, NEW, OLD, hostile_proposal, policy, proposal, put
from trailmin.current import PolicyKind
from trailmin.publish import write_proposals
from trailmin.synth.model import ChangeKind, PolicyChange, Proposal

FAKE_AWS = """#!/usr/bin/env python3
import json, os, sys
arguments = sys.argv[1:]
if arguments[:2] == ["sts", "get-caller-identity"]:
    print(os.environ["ACCOUNT"])
elif arguments[:2] == ["iam", "list-policy-versions"]:
    print(os.environ["VERSIONS"])
else:
    documents = [a.partition("file://")[2] for a in arguments if a.startswith("--policy-document=")]
    entry = {"words": arguments, "documents": [open(d, encoding="utf-8").read() for d in documents]}
    with open(os.environ["LOG"], "a") as log:
        log.write(json.dumps(entry) + "\\n")
"""

Call = tuple[list[str], list[str]]


class Account:
    """An account that scripts change: what was called, in order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "bin").mkdir()
        (folder / "bin" / "aws").write_text(FAKE_AWS)
        (folder / "bin" / "aws").chmod(0o755)
        self.log = folder / "log"

    def run(
        self, script: Path, *, account: str = ACCOUNT, versions: int = 1
    ) -> tuple[subprocess.CompletedProcess[str], list[Call]]:
        self.log.write_text("")
        environment = {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "LOG": str(self.log),
            "ACCOUNT": account,
            "VERSIONS": str(versions),
            "CDPATH": "/",
        }
        done = subprocess.run(
            ["bash", str(script)], env=environment, cwd=self.folder, capture_output=True, text=True, check=False
        )
        entries = [json.loads(line) for line in self.log.read_text().splitlines()]
        return done, [(e["words"], e["documents"]) for e in entries]


@pytest.fixture
def aws(tmp_path: Path) -> Account:
    return Account(tmp_path)


def written(proposed: Proposal, folder: Path) -> Path:
    result = write_proposals([proposed], folder / "out")
    return folder / "out" / result.roles[0].folder


def mixed() -> Proposal:
    managed = policy("Shared", kind=PolicyKind.CUSTOMER_MANAGED)
    aws_managed = policy("AmazonS3FullAccess", kind=PolicyKind.AWS_MANAGED)
    return proposal(
        PolicyChange(kind=ChangeKind.DELETE_INLINE, name="Old", policy=policy("Old"), new_text=None),
        PolicyChange(kind=ChangeKind.DETACH, name="AmazonS3FullAccess", policy=aws_managed, new_text=None),
        put(policy()),
        PolicyChange(kind=ChangeKind.CREATE_VERSION, name="Shared", policy=managed, new_text=NEW),
        PolicyChange(
            kind=ChangeKind.PUT_INLINE, name="S3Access", policy=None, new_text=NEW, replaces=str(aws_managed.arn)
        ),
    )


def test_apply_grants_before_it_takes_away(aws: Account) -> None:
    done, calls = aws.run(written(mixed(), aws.folder) / "apply.sh")
    assert done.returncode == 0, done.stderr
    assert [words[1] for words, _ in calls] == [
        "put-role-policy", "put-role-policy", "create-policy-version", "detach-role-policy", "delete-role-policy"
    ]  # fmt: skip
    assert calls[0] == (
        ["iam", "put-role-policy", "--role-name=image-processor", "--policy-name=ImageAccess",
         "--policy-document=file://policies/ImageAccess.json"], [NEW],
    )  # fmt: skip
    assert "--set-as-default" in calls[2][0]


def test_rollback_brings_back_what_was_in_force(aws: Account) -> None:
    done, calls = aws.run(written(mixed(), aws.folder) / "rollback.sh")
    assert done.returncode == 0, done.stderr
    assert [(words[1], words[3] if words[2].startswith("--role") else words[2]) for words, _ in calls] == [
        ("put-role-policy", "--policy-name=Old"),
        ("put-role-policy", "--policy-name=ImageAccess"),
        ("create-policy-version", f"--policy-arn=arn:aws:iam::{ACCOUNT}:policy/Shared"),
        ("attach-role-policy", "--policy-arn=arn:aws:iam::aws:policy/AmazonS3FullAccess"),
        ("delete-role-policy", "--policy-name=S3Access"),
    ]
    assert [documents for _, documents in calls] == [[OLD], [OLD], [OLD], [], []]


def test_nothing_is_changed_in_another_account(aws: Account) -> None:
    done, calls = aws.run(written(mixed(), aws.folder) / "apply.sh", account="999999999999")
    assert done.returncode == 1
    assert f"999999999999, not to {ACCOUNT}" in done.stderr
    assert calls == []


def test_nothing_is_changed_when_a_managed_policy_has_no_room_for_a_version(aws: Account) -> None:
    done, calls = aws.run(written(mixed(), aws.folder) / "apply.sh", versions=5)
    assert done.returncode == 1
    assert "delete-policy-version" in done.stderr
    assert calls == []


def test_changes_json_has_the_same_calls(aws: Account) -> None:
    folder = written(mixed(), aws.folder)
    changes = json.loads((folder / "changes.json").read_text())
    assert changes["schema"] == "trailmin/changes/1"
    for script, key in (("apply.sh", "apply"), ("rollback.sh", "rollback")):
        _, calls = aws.run(folder / script)
        assert [call["operation"].partition(":")[2].lower() for call in changes[key]] == [
            words[1].replace("-", "") for words, _ in calls
        ]
        assert [
            [call["parameters"]["PolicyDocument"]] if "PolicyDocument" in call["parameters"] else []
            for call in changes[key]
        ] == [documents for _, documents in calls]


@pytest.mark.parametrize("text", [text for text in HOSTILE if text != "\ud800"])
def test_hostile_names_reach_aws_as_they_are_and_run_nothing(text: str, aws: Account) -> None:
    done, calls = aws.run(written(hostile_proposal(text), aws.folder) / "apply.sh")
    assert done.returncode == 0, done.stderr
    assert [words[2:4] for words, _ in calls] == [[f"--role-name={text}", f"--policy-name={text}"]]
    assert not list(aws.folder.rglob("pwned"))
