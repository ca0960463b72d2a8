"""Policies on resources from the state in force to a branch: what a run writes is a patch of the code that has them."""

import json
import subprocess
from pathlib import Path

from typer.testing import CliRunner

from tests.iac.deployment import ACCOUNT, write_logs, write_snapshot
from trailmin.cli.app import build_app
from trailmin.current import load_current

FUNCTION = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:resize"
SID = "app-FromBucket-1A2B3C4D5E6F"
TEMPLATE = f"""Resources:
  Photos:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: photos
  Resize:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: resize
      Role: arn:aws:iam::{ACCOUNT}:role/worker
  # The bucket calls it.
  FromBucket:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !GetAtt Resize.Arn
      Principal: s3.amazonaws.com
"""
CONFIGURATION = """[trail]
sources = ["logs"]
workers = 1
[lake]
path = "lake"
[current]
paths = ["snapshot", "repo/template.yaml"]
[output]
path = "out"
[tighten]
resource_policies = true
[pull_request]
repo = "repo"
author = "Night <night@example.com>"
"""


def permission(principal: str, sid: str) -> dict[str, object]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": principal},
        "Action": "lambda:InvokeFunction",
        "Resource": FUNCTION,
    }


def state_in_force(folder: Path, *statements: dict[str, object]) -> Path:
    """A function with permissions, and a bucket that is configured to call it."""
    get = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::photos/in/*"}
    snapshot = write_snapshot(folder, "worker", {"work": {"Version": "2012-10-17", "Statement": [get]}})
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    configuration = {"LambdaFunctionConfigurations": [{"LambdaFunctionArn": FUNCTION, "Events": ["s3:*"]}]}
    files = {
        "resource-policies/lambda/eu-west-1/resize.json": {"Policy": text},
        "bucket-notifications/photos.json": configuration,
    }
    for name, value in files.items():
        path = snapshot / name
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(value), encoding="utf-8")
    return snapshot


def repository(folder: Path) -> Path:
    folder.mkdir()
    (folder / "template.yaml").write_text(TEMPLATE, encoding="utf-8")
    identity = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
    for command in (("init", "-q", "-b", "main"), ("add", "."), (*identity, "commit", "-q", "-m", "Start")):
        subprocess.run(["git", *command], cwd=folder, check=True, capture_output=True)
    return folder


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True).stdout


def test_statements_in_force_are_found_in_the_code_that_made_them(tmp_path: Path) -> None:
    snapshot = state_in_force(
        tmp_path / "snapshot", permission("events.amazonaws.com", "by-hand"), permission("s3.amazonaws.com", SID)
    )
    repository(tmp_path / "repo")
    accounts = load_current([snapshot, tmp_path / "repo" / "template.yaml"]).accounts
    (policy,) = accounts[ACCOUNT].resource_policies or ()
    by_hand, made = policy.sources
    assert by_hand is None
    assert made is not None
    assert made.placed.source.address == "Resources/FromBucket/Properties"


def test_a_run_tightens_a_permission_where_the_template_has_it_and_commits_it(tmp_path: Path) -> None:
    state_in_force(tmp_path / "snapshot", permission("s3.amazonaws.com", SID))
    repo = repository(tmp_path / "repo")
    write_logs(
        tmp_path / "logs", "worker", [("s3.amazonaws.com", "GetObject", {"bucketName": "photos", "key": "in/a"})]
    )
    (tmp_path / "trailmin.toml").write_text(CONFIGURATION, encoding="utf-8")
    done = CliRunner().invoke(build_app(), ["run", "-c", str(tmp_path / "trailmin.toml"), "--json"])
    shown = json.loads(done.stdout)
    assert 10 in shown["exit_codes"], done.stderr
    (headline,) = shown["resource_policies"]
    assert (headline["resource"], headline["status"]) == (FUNCTION, "tightened")
    assert headline["proof"]["proven"]
    (folder,) = (tmp_path / "out" / ACCOUNT / "lambda").iterdir()
    assert {path.name for path in folder.iterdir()} >= {"PULL_REQUEST.md", "policy.diff", "changes.json", "patches"}
    assert not (folder / "apply.sh").exists()
    text = git(repo, "show", "trailmin/least-privilege:template.yaml")
    assert "      SourceArn: !GetAtt Photos.Arn\n" in text
    assert "      SourceAccount: !Ref AWS::AccountId\n" in text
    message = git(repo, "log", "-1", "--format=%B", "trailmin/least-privilege")
    assert message.startswith(f"Tighten the policy of {FUNCTION}")
    assert "Policies on resources" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
