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
from pathlib import Path
words = sys.argv[1:]
options = dict(word[2:].partition("=")[::2] for word in words if word.startswith("--"))
state = Path(os.environ["STATE"])
policies = json.loads(state.read_text())
key = options.get("policy-arn") or f"{options.get('role-name')} {options.get('policy-name')}"
if words[:2] == ["sts", "get-caller-identity"]:
    print(os.environ["ACCOUNT"])
elif words[:2] == ["iam", "list-policy-versions"]:
    print(os.environ["VERSIONS"])
elif words[1] == "get-policy":
    print("v1")
elif words[1] in ("get-role-policy", "get-policy-version"):
    if key not in policies:
        sys.exit("An error occurred (NoSuchEntity) when calling the operation: cannot be found.")
    print(json.dumps(json.loads(policies[key]), indent=4))
else:
    paths = [w.partition("file://")[2] for w in words if w.startswith("--policy-document=")]
    entry = {"words": words, "documents": [open(path, encoding="utf-8").read() for path in paths]}
    for text in entry["documents"]:
        policies[key] = text
    if words[1] == "delete-role-policy":
        policies.pop(key)
    state.write_text(json.dumps(policies))
    with open(os.environ["LOG"], "a") as log:
        log.write(json.dumps(entry) + "\\n")
"""

Call = tuple[list[str], list[str]]


class Account:
    """An account that scripts change: what was called, in order. What a script expects is in force at first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "bin").mkdir()
        (folder / "bin" / "aws").write_text(FAKE_AWS)
        (folder / "bin" / "aws").chmod(0o755)
        self.log = folder / "log"
        self.policies: dict[str, str] = {}
        """Of an inline policy, the role and the name; of a managed one, the ARN: its document."""

    def run(
        self, script: Path, *options: str, account: str = ACCOUNT, versions: int = 1
    ) -> tuple[subprocess.CompletedProcess[str], list[Call]]:
        self.log.write_text("")
        state = self.folder / "state.json"
        state.write_text(json.dumps({**_expected(script), **self.policies}))
        environment = {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "LOG": str(self.log),
            "STATE": str(state),
            "ACCOUNT": account,
            "VERSIONS": str(versions),
            "CDPATH": "/",
        }
        done = subprocess.run(
            ["bash", str(script), *options],
            env=environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        self.policies = json.loads(state.read_text())
        entries = [json.loads(line) for line in self.log.read_text().splitlines()]
        return done, [(e["words"], e["documents"]) for e in entries]


def _expected(script: Path) -> dict[str, str]:
    """What is in force before a script runs, as changes.json beside it has it."""
    changes = json.loads((script.parent / "changes.json").read_text())
    back = script.name == "rollback.sh"
    found: dict[str, str] = {}
    for change in changes["changes"]:
        is_new = change["replaces"] is not None or change["policy_kind"] is None
        before = None if is_new else change["current_file"]
        path = change["new_file"] if back else before
        if path is not None and change["kind"] != "detach":
            is_managed = change["kind"] == "create-version"
            key = change["policy_arn"] if is_managed else f"{changes['role']} {change['policy']}"
            found[key] = (script.parent / path).read_text(encoding="utf-8")
    return found


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


def test_a_policy_that_changed_since_it_was_looked_at_is_not_overwritten(aws: Account) -> None:
    folder = written(mixed(), aws.folder)
    aws.policies["image-processor ImageAccess"] = OLD.replace("s3:*", "s3:Put*")
    done, calls = aws.run(folder / "apply.sh")
    assert done.returncode == 1
    assert "ImageAccess is not the one that was looked at; nothing was changed" in done.stderr
    assert calls == []
    done, calls = aws.run(folder / "apply.sh", "--force")
    assert done.returncode == 0, done.stderr
    assert len(calls) == 5


def test_a_policy_that_another_has_put_under_the_new_name_is_not_overwritten(aws: Account) -> None:
    folder = written(mixed(), aws.folder)
    aws.policies["image-processor S3Access"] = OLD
    done, calls = aws.run(folder / "apply.sh")
    assert (done.returncode, calls) == (1, [])


def test_a_policy_that_only_reads_differently_is_the_same(aws: Account) -> None:
    folder = written(proposal(put(policy())), aws.folder)
    statement = json.loads(OLD)["Statement"][0]
    other = {"Statement": {**statement, "Action": ["s3:*"], "Resource": ["*"]}, "Version": "2012-10-17"}
    aws.policies["image-processor ImageAccess"] = json.dumps(other)
    done, calls = aws.run(folder / "apply.sh")
    assert done.returncode == 0, done.stderr
    assert len(calls) == 1


def test_what_is_as_it_is_to_be_is_left_alone(aws: Account) -> None:
    folder = written(proposal(put(policy())), aws.folder)
    first, again = aws.run(folder / "apply.sh"), aws.run(folder / "apply.sh")
    assert [len(calls) for _, calls in (first, again)] == [1, 0]
    assert again[0].returncode == 0, again[0].stderr


def test_a_shared_policy_gets_one_version_however_many_roles_hold_it(aws: Account) -> None:
    shared = policy("Shared", kind=PolicyKind.CUSTOMER_MANAGED)
    change = PolicyChange(kind=ChangeKind.CREATE_VERSION, name="Shared", policy=shared, new_text=NEW)
    result = write_proposals([proposal(change, role_name=name) for name in ("one", "two")], aws.folder / "out")
    for script in ("apply.sh", "rollback.sh"):
        runs = [aws.run(aws.folder / "out" / role.folder / script) for role in result.roles]
        assert [done.returncode for done, _ in runs] == [0, 0]
        assert [len(calls) for _, calls in runs] == [1, 0]


def test_what_aws_refuses_to_show_is_not_overwritten(aws: Account) -> None:
    folder = written(proposal(put(policy())), aws.folder)
    refusal = "(AccessDenied) for the role NoSuchEntity"
    (aws.folder / "bin" / "aws").write_text(FAKE_AWS.replace("(NoSuchEntity)", refusal))
    aws.policies["image-processor ImageAccess"] = OLD
    new = PolicyChange(kind=ChangeKind.PUT_INLINE, name="New", policy=None, new_text=NEW)
    folder = written(proposal(new), aws.folder)
    done, calls = aws.run(folder / "apply.sh")
    assert (done.returncode != 0, calls) == (True, [])
    assert "AccessDenied" in done.stderr


def test_control_characters_of_a_policy_are_escaped_in_its_files(aws: Account) -> None:
    text = NEW.replace("images", "images\x9b31m\u202e")
    folder = written(proposal(put(policy(), text)), aws.folder)
    found = (folder / "policies" / "ImageAccess.json").read_text(encoding="utf-8")
    assert "\\u009b31m\\u202e" in found
    assert json.loads(found) == json.loads(text)
