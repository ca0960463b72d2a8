"""The policies that trailmin proposes for roles that it runs as, from the records of its own calls."""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from tests.own_trail.jobs import FOLLOWER, FUNCTION, JOB, READERS
from tests.own_trail.world import LAKE, LOGS, RESULTS
from trailmin.cli.app import build_app

RECORDED = Path(__file__).resolve().parent / "recorded"
"""Log objects of three nights, as a bucket has them."""

_S3 = {"Effect": "Allow", "Action": "s3:*"}
_BUCKETS = [f"arn:aws:s3:::{name}" for name in (LOGS, f"{LOGS}/*", LAKE, f"{LAKE}/lake/*")]
_RESULTS = f"arn:aws:s3:::{RESULTS}/*"
_ASSUME = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
_SERVICES = ("cloudtrail", "ec2", "iam", "lambda", "organizations", "sso", "tag")

IN_FORCE: Mapping[str, Sequence[Mapping[str, Any]]] = {
    JOB: [_S3 | {"Resource": _BUCKETS}, _ASSUME],
    FUNCTION: [_S3 | {"Resource": [*_BUCKETS, _RESULTS]}, _ASSUME],
    FOLLOWER: [
        _S3 | {"Resource": _BUCKETS},
        {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"},
    ],
    **{role: [{"Effect": "Allow", "Action": [f"{name}:*" for name in _SERVICES], "Resource": "*"}] for role in READERS},
}
"""Role to the statements that somebody in a hurry gives it."""

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
_NOTHING: Mapping[str, Any] = {"UserDetailList": [], "GroupDetailList": [], "Policies": []}
_DATA = ("AWS::S3::Object", "AWS::S3::AccessPoint", "AWS::S3Express::Object", "AWS::SQS::Queue")


def write_logs(records: Iterable[Mapping[str, Any]], folder: Path) -> None:
    """A log object for each account and day; the same bytes for the same records."""
    of_day: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for record in records:
        of_day[record["recipientAccountId"], record["eventTime"][:10]].append(record)
    for (account, day), found in of_day.items():
        name = f"{account}_CloudTrail_us-east-1_{day.replace('-', '')}T0400Z_aB3dE5gH7jK9mN1p.json.gz"
        path = folder / "AWSLogs" / account / "CloudTrail" / "us-east-1" / day.replace("-", "/") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(json.dumps({"Records": found}).encode(), mtime=0))


def propose(logs: Path, folder: Path) -> dict[str, str]:
    """Name of a role to the policy that is proposed for it, from its records.

    What no log could have shown goes: whoever knows the program knows that it makes no such calls.
    """
    _write_snapshots(folder / "snapshots")
    _trailmin("ingest", logs, "--lake", folder / "lake", "--workers", 1)
    drop = [word for name in (*_SERVICES, "s3", "sqs") for word in ("--drop-unobservable", name)]
    _trailmin(
        "tighten", "--current", folder / "snapshots", "--lake", folder / "lake", "-o", folder / "out",
        "--ignore-guards", "--resources", "parent", *drop,
    )  # fmt: skip
    written = (folder / "out").glob("*/*/policies/trailmin.json")
    return {f"{path.parts[-4]}/{path.parts[-3]}": path.read_text(encoding="utf-8") for path in sorted(written)}


def _trailmin(*words: object) -> None:
    ended = CliRunner().invoke(build_app(), [str(word) for word in words])
    assert ended.exit_code in {0, 10}, ended.stderr


def _write_snapshots(folder: Path) -> None:
    for account in sorted({_account(role) for role in IN_FORCE}):
        roles = [_role(arn) for arn in IN_FORCE if _account(arn) == account]
        files = {
            "authorization-details": {
                "UserDetailList": [],
                "GroupDetailList": [],
                "RoleDetailList": roles,
                "Policies": [],
            },
            "event-selectors": {
                "TrailARN": f"arn:aws:cloudtrail:us-east-1:{account}:trail/all",
                "AdvancedEventSelectors": [_selector("Management"), *(_selector("Data", kind) for kind in _DATA)],
            },
        }
        (folder / account).mkdir(parents=True)
        for name, content in files.items():
            (folder / account / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")


def _account(role: str) -> str:
    return role.split(":")[4]


def _selector(category: str, *kinds: str) -> dict[str, Any]:
    fields = [{"Field": "eventCategory", "Equals": [category]}]
    return {"FieldSelectors": [*fields, *({"Field": "resources.type", "Equals": [kind]} for kind in kinds)]}


def _role(arn: str) -> dict[str, Any]:
    path, _, name = arn.partition(":role")[2].rpartition("/")
    document = {"Version": "2012-10-17", "Statement": IN_FORCE[arn]}
    return {
        "Path": f"{path}/",
        "RoleName": name,
        "RoleId": f"AROA{name.upper()}",
        "Arn": arn,
        "CreateDate": "2026-01-05T09:00:00+00:00",
        "AssumeRolePolicyDocument": _TRUST,
        "InstanceProfileList": [],
        "RolePolicyList": [{"PolicyName": "trailmin", "PolicyDocument": document}],
        "AttachedManagedPolicies": [],
        "Tags": [],
    }
