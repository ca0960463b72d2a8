"""What commands ask of a lake on S3: counted at a proxy before moto's server."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urlsplit

import boto3
import pytest

from tests.aws_server import CREDENTIALS, Exchange, faulty_proxy
from tests.cli.records import record, write_log

ACCOUNT = "111122223333"
DAYS = 8

_OF_TABLES = 150
"""Requests that a command may make to find out what the tables' files are, however many there are."""


@pytest.mark.parametrize("count", [2, 40])
def test_each_file_is_read_once_by_a_command_however_many_roles_it_is_for(
    aws_endpoint: str, tmp_path: Path, count: int
) -> None:
    lake = f"s3://requests-{count}/lake"
    client = boto3.client("s3", endpoint_url=aws_endpoint)
    client.create_bucket(Bucket=f"requests-{count}")
    client.close()
    _write_account(tmp_path, count)
    _run(aws_endpoint, "ingest", str(tmp_path / "logs"), "--lake", lake, "--workers", "1")
    _run(aws_endpoint, "roles", "--lake", lake)
    asked: list[Exchange] = []
    with faulty_proxy(aws_endpoint, lambda _method, _path: None, asked.append) as proxy:
        current = ("--current", str(tmp_path / "snapshots"), "--ignore-guards")
        _run(proxy, "tighten", "--lake", lake, *current, "--trust", "--split-workloads", "-o", str(tmp_path / "out"))
    assert _has_back_tests(tmp_path / "out")
    data = Counter((one.method, path) for one in asked if "/date=" in (path := unquote(urlsplit(one.path).path)))
    # Small as they are: a request for the size of each, and one for its content.
    assert set(data) == {(method, path) for _, path in data for method in ("HEAD", "GET")}
    assert set(data.values()) == {1}
    assert len(data) == 2 * 2 * DAYS
    assert len(asked) - len(data) < _OF_TABLES


def _run(endpoint: str, *arguments: str) -> None:
    # `deltalake` waits for answers without giving the proxy's threads a turn.
    environment = {**os.environ, **CREDENTIALS, "AWS_ENDPOINT_URL": endpoint}
    command = [sys.executable, "-m", "trailmin", *arguments]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode in {0, 10}, ended.stderr


def _write_account(folder: Path, count: int) -> None:
    """Roles that each read a bucket of their own, day after day, and may do more."""
    names = [f"worker-{number}" for number in range(count)]
    for day in range(1, DAYS + 1):
        calls = [
            record(
                name,
                eventID=f"{name}-{day}",
                eventTime=f"2026-09-{day:02}T10:00:00Z",
                requestParameters={"bucketName": name, "key": "a"},
            )
            for name in names
        ]
        write_log(folder / "logs" / f"AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1/2026/09/{day:02}/a.json.gz", *calls)
    state = folder / "snapshots" / ACCOUNT
    state.mkdir(parents=True)
    details = {"RoleDetailList": [_role(name) for name in names]}
    (state / "authorization-details.json").write_text(json.dumps(details))
    management = {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}
    (state / "event-selectors.json").write_text(json.dumps({"AdvancedEventSelectors": [management]}))


def _role(name: str) -> dict[str, object]:
    allowed = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:DeleteBucket"], "Resource": "*"}
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "RoleName": name,
        "Path": "/",
        "CreateDate": "2025-01-01T00:00:00Z",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "RolePolicyList": [
            {"PolicyName": "access", "PolicyDocument": {"Version": "2012-10-17", "Statement": [allowed]}}
        ],
    }


def _has_back_tests(out: Path) -> bool:
    evidence = json.loads((out / ACCOUNT / "worker-0" / "evidence.json").read_text())
    return bool(evidence["confidence"]["backtests"])
