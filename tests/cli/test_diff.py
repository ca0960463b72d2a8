import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import HOSTILE, UNPRINTABLE, Run


def policy(path: Path, *statements: dict[str, Any]) -> Path:
    filled = [{"Effect": "Allow", "Resource": "*", **statement} for statement in statements]
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": filled}, indent=2))
    return path


def test_order_splitting_and_case_do_not_matter(run: Run, tmp_path: Path) -> None:
    old = policy(tmp_path / "old.json", {"Action": ["s3:GetObject", "s3:PutObject"]})
    new = policy(tmp_path / "new.json", {"Action": "s3:putobject"}, {"Action": "s3:GetObject"})
    result = run("diff", old, new)
    assert result.exit_code == 0
    assert "mean the same" in result.stderr


def test_what_went_and_what_was_narrowed_is_shown_action_by_action(run: Run, tmp_path: Path) -> None:
    old = policy(tmp_path / "old.json", {"Action": "sqs:*"})
    new = policy(tmp_path / "new.json", {"Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:1:q"})
    result = run("diff", old, new, "--json")
    shown = json.loads(result.stdout)
    fates = {change["action"]: change["change"] for change in shown["changes"]}
    assert fates["sqs:SendMessage"] == "narrowed"
    assert fates["sqs:DeleteQueue"] == "removed"
    assert shown["may_be_broader"] is False
    assert shown["exit_codes"] == [10]
    assert result.exit_code == 10
    words = run("diff", old, new).stdout
    assert "narrowed" in words
    assert "arn:aws:sqs:eu-west-1:1:q" in words


def test_what_was_added_is_loud(run: Run, tmp_path: Path) -> None:
    old = policy(tmp_path / "old.json", {"Action": "s3:GetObject"})
    new = policy(tmp_path / "new.json", {"Action": ["s3:GetObject", "iam:PassRole"]})
    result = run("diff", old, new)
    assert result.exit_code == 10
    assert "ADDED" in result.stdout
    assert "BROADER" in result.stderr


def test_a_deny_that_went_is_broader(run: Run, tmp_path: Path) -> None:
    old = policy(tmp_path / "old.json", {"Action": "s3:*"}, {"Effect": "Deny", "Action": "s3:DeleteBucket"})
    new = policy(tmp_path / "new.json", {"Action": "s3:*"})
    assert "BROADER" in run("diff", old, new).stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"Version": "2012-10-17",\n "Statement": [}', "line 2, column 16"),
        ('{"Version": "2012-10-17",\n "Statement": [{"Effect": "allow", "Action": "*", "Resource": "*"}]}', "Effect"),
        ("[]", "object"),
        ("", "line 1, column 1"),
    ],
)
def test_what_is_no_policy_is_an_error_with_its_place(run: Run, tmp_path: Path, text: str, message: str) -> None:
    good = policy(tmp_path / "good.json", {"Action": "s3:GetObject"})
    bad = tmp_path / "bad.json"
    bad.write_text(text)
    for pair in ((good, bad), (bad, good)):
        result = run("diff", *pair)
        assert result.exit_code == 1
        assert str(bad) in result.stderr
        assert message in result.stderr
        assert "hint: " in result.stderr


def test_a_file_that_is_not_there_is_an_error(run: Run, tmp_path: Path) -> None:
    good = policy(tmp_path / "good.json", {"Action": "s3:GetObject"})
    assert run("diff", good, tmp_path / "none.json").exit_code == 1


def test_hostile_text_in_a_policy_is_inert(run: Run, tmp_path: Path) -> None:
    old = policy(tmp_path / "old.json", {"Action": "s3:GetObject", "Resource": f"arn:aws:s3:::b/{HOSTILE}"})
    new = policy(
        tmp_path / "new.json",
        {"Action": f"s3:Get{HOSTILE}", "Condition": {"StringEquals": {"aws:username": HOSTILE}}},
    )
    for more in ((), ("--json",)):
        result = run("diff", old, new, *more)
        assert not UNPRINTABLE & set(result.stdout + result.stderr)
