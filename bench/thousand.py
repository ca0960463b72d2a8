"""`trailmin run` for a thousand roles on a warm lake, report included. `python -m bench thousand`.

The lake holds sixty days of logs of one account. Most roles are workers with five services granted whole; of twenty,
one has the sweep of an AWS-managed policy (`NotAction`), two are narrow already, and two were never called. What is
measured, each as a process of its own: the first run on a lake that has the events and their roll-up, the run of the
night after, with a day of logs more, and one with nothing new.
"""

import json
import random
import resource
import subprocess
import sys
import time
import uuid
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from isal import igzip

_ROOT: Final = Path(__file__).resolve().parent.parent
_ACCOUNT, _REGION = "111122223333", "us-east-1"
FIRST, DAYS = date(2026, 8, 1), 60
_TYPES = ("AWS::S3::Object", "AWS::DynamoDB::Table", "AWS::SQS::Queue")
_WIDE: Final[dict[str, object]] = {
    "Effect": "Allow",
    "Action": ["s3:*", "dynamodb:*", "sqs:*", "logs:*", "kms:*"],
    "Resource": "*",
}
_SWEEP: Final[dict[str, object]] = {
    "Effect": "Allow",
    "NotAction": ["iam:*", "organizations:*", "account:*"],
    "Resource": "*",
}


def measure_thousand(scratch: Path, roles: int) -> None:
    """Print what the night's run takes, and the size of its report."""
    configuration = generate_account(scratch, roles)
    warm, warm_cpu = warm_lake(scratch)
    first, first_cpu, _ = run_job(configuration)
    generate_day(scratch / "logs", FIRST + timedelta(days=DAYS), roles)
    night, night_cpu, summary = run_job(configuration)
    again, again_cpu, _ = run_job(configuration)
    page = (scratch / "out" / "report.html").stat().st_size
    print(f"\n{roles:,} roles, {DAYS} days: {summary}; report.html {page / 1e6:.1f} MB\n")
    print(f"{'':36} {'wall s':>7} {'CPU s':>7}")
    rows = (
        ("ingest and roll-up", warm, warm_cpu),
        ("first run", first, first_cpu),
        ("a night more", night, night_cpu),
        ("nothing new", again, again_cpu),
    )
    for name, wall, cpu in rows:
        print(f"{name:36} {wall:7.1f} {cpu:7.1f}")


def run_job(configuration: Path) -> tuple[float, float, dict[str, int]]:
    """Wall and CPU seconds of `trailmin run`, and its roles by status."""
    wall, cpu = _run("run", "-c", str(configuration))
    summary = json.loads((configuration.parent / "out" / "summary.json").read_bytes())
    statuses = Counter(role["status"] for role in summary["roles"])
    return wall, cpu, dict(sorted(statuses.items()))


def warm_lake(scratch: Path) -> tuple[float, float]:
    """Wall and CPU seconds of reading the logs into the lake and rolling them up."""
    lake = str(scratch / "lake")
    steps = (("ingest", str(scratch / "logs"), "--lake", lake, "--workers", "2"), ("roles", "--lake", lake))
    walls, cpus = zip(*(_run(*step) for step in steps), strict=True)
    return sum(walls), sum(cpus)


def _run(*arguments: str) -> tuple[float, float]:
    cpu_before = _cpu_of_children()
    begin = time.perf_counter()
    command = [sys.executable, "-m", "trailmin", *arguments]
    ended = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
    if ended.returncode not in {0, 10}:
        raise SystemExit(ended.stderr)
    return time.perf_counter() - begin, _cpu_of_children() - cpu_before


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def generate_account(scratch: Path, roles: int) -> Path:
    """Write logs, a snapshot and the configuration, whose path is returned."""
    for number in range(DAYS):
        generate_day(scratch / "logs", FIRST + timedelta(days=number), roles)
    snapshot = scratch / "snapshots" / _ACCOUNT
    snapshot.mkdir(parents=True)
    for name, content in _snapshot(roles).items():
        (snapshot / name).write_text(json.dumps(content, indent=1))
    configuration = scratch / "trailmin.toml"
    configuration.write_text(
        '[trail]\nsources = ["logs"]\nworkers = 2\n[lake]\npath = "lake"\n'
        '[current]\npaths = ["snapshots"]\n[output]\npath = "out"\n'
    )
    return configuration


def generate_day(folder: Path, day: date, roles: int) -> None:
    """Write one log object with the calls of all roles on one day."""
    rng = random.Random(day.toordinal())
    records = [record for n in range(roles) if n % 10 != 9 for record in _calls(rng, n, day)]
    path = folder / f"AWSLogs/{_ACCOUNT}/CloudTrail/{_REGION}/{day:%Y/%m/%d}/a.json.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(igzip.compress(json.dumps({"Records": records}).encode(), compresslevel=1))


def _calls(rng: random.Random, n: int, day: date) -> list[dict[str, Any]]:
    bucket, table, queue = (
        f"jobs-{n:04}",
        f"state-{n:04}",
        f"https://sqs.{_REGION}.amazonaws.com/{_ACCOUNT}/jobs-{n:04}",
    )
    key = f"in/{day:%Y/%m/%d}/{rng.getrandbits(32):08x}.json"
    calls = [
        ("s3", "GetObject", {"bucketName": bucket, "key": key}, True),
        ("dynamodb", rng.choice(("GetItem", "PutItem", "Query")), {"tableName": table}, True),
    ]
    if n % 3 == 0:
        calls.append(("sqs", rng.choice(("ReceiveMessage", "DeleteMessage")), {"queueUrl": queue}, True))
    if day.day % 5 == 0:
        calls.append(("s3", "ListBucket", {"bucketName": bucket}, False))
        stream = {
            "logGroupName": f"/aws/lambda/w-{n:04}",
            "logStreamName": f"{day:%Y/%m/%d}/[1]{rng.getrandbits(64):x}",
        }
        calls.append(("logs", "CreateLogStream", stream, False))
    return [_record(rng, n, day, *call) for call in calls]


def _record(
    rng: random.Random, n: int, day: date, service: str, name: str, parameters: dict[str, str], is_data: bool
) -> dict[str, Any]:
    role = f"worker-{n:04}"
    issuer = {
        "type": "Role",
        "arn": f"arn:aws:iam::{_ACCOUNT}:role/{role}",
        "accountId": _ACCOUNT,
        "userName": role,
    }
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "arn": f"arn:aws:sts::{_ACCOUNT}:assumed-role/{role}/w-{n:04}",
            "accountId": _ACCOUNT,
            "sessionContext": {"sessionIssuer": issuer},
        },
        "eventTime": f"{day}T{rng.randrange(24):02}:{rng.randrange(60):02}:00Z",
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": _REGION,
        "readOnly": name.startswith(("Get", "List", "Query", "Receive")),
        "managementEvent": not is_data,
        "eventCategory": "Data" if is_data else "Management",
        "requestParameters": parameters,
        "eventID": str(uuid.UUID(int=rng.getrandbits(128))),
        "eventType": "AwsApiCall",
        "recipientAccountId": _ACCOUNT,
    }


def _snapshot(roles: int) -> dict[str, object]:
    data = [
        {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": [t]}]}
        for t in _TYPES
    ]
    management = {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}
    return {
        "authorization-details.json": {"RoleDetailList": [_role(n) for n in range(roles)]},
        "event-selectors.json": {"AdvancedEventSelectors": [management, *data]},
        "trails.json": {"trailList": [{"HomeRegion": _REGION, "IsMultiRegionTrail": True}]},
    }


def _role(n: int) -> dict[str, object]:
    name = f"worker-{n:04}"
    statements = [_statement(n), {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}]
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {
        "Arn": f"arn:aws:iam::{_ACCOUNT}:role/{name}",
        "RoleName": name,
        "Path": "/",
        "CreateDate": "2025-01-01T00:00:00Z",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "RolePolicyList": [
            {"PolicyName": "access", "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}
        ],
    }


def _statement(n: int) -> dict[str, object]:
    if n % 20 == 7:
        return _SWEEP
    if n % 10 == 8:
        local = f"{_REGION}:{_ACCOUNT}"
        resources = [f"arn:aws:s3:::jobs-{n:04}", f"arn:aws:s3:::jobs-{n:04}/*", f"arn:aws:dynamodb:{local}:table/*"]
        return {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*", "dynamodb:*"], "Resource": resources}
    return _WIDE


def main() -> None:
    """Generate the account of a profile: `python -m bench.thousand FOLDER ROLES`."""
    folder, roles = Path(sys.argv[1]), int(sys.argv[2])
    print(generate_account(folder, roles))


if __name__ == "__main__":
    main()
