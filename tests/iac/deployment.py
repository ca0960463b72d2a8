"""A small account for tests from end to end: its snapshot, and forty days of logs of one role."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.cli.records import record, write_log

ACCOUNT = "111122223333"
FIRST = date(2026, 8, 1)
DAYS = 40

Call = tuple[str, str, Mapping[str, Any]]
"""Event source, event name, request parameters."""

_DATA = {"GetObject", "PutObject", "GetItem", "PutItem", "Query", "UpdateItem", "Invoke"}
_READS = ("Get", "List", "Describe", "Query", "Head")


def write_logs(folder: Path, role: str, calls: Sequence[Call]) -> Path:
    """Write one log object a day, in which the role makes every call."""
    for day in range(DAYS):
        on = FIRST + timedelta(days=day)
        records = [_event(role, on, number, call) for number, call in enumerate(calls)]
        write_log(folder / f"{on:%Y/%m/%d}" / f"{ACCOUNT}_CloudTrail_eu-west-1_{on:%Y%m%d}.json.gz", *records)
    return folder


def write_snapshot(
    folder: Path,
    role: str,
    policies: Mapping[str, Any],
    *,
    aws_managed: Mapping[str, Any] | None = None,
) -> Path:
    """Write the outputs of the AWS CLI for one role, in an account that logs all data events."""
    managed = aws_managed or {}
    old = datetime(2025, 1, 1, tzinfo=UTC).isoformat()
    entry = {
        "RoleName": role,
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/{role}",
        "Path": "/",
        "CreateDate": old,
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        },
        "RolePolicyList": [{"PolicyName": name, "PolicyDocument": text} for name, text in policies.items()],
        "AttachedManagedPolicies": [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in managed],
    }
    texts = [
        {
            "PolicyName": arn.rpartition("/")[2],
            "Arn": arn,
            "AttachmentCount": 1,
            "PolicyVersionList": [{"Document": text, "VersionId": "v1", "IsDefaultVersion": True, "CreateDate": old}],
        }
        for arn, text in managed.items()
    ]
    trail = {
        "Name": "all",
        "TrailARN": f"arn:aws:cloudtrail:eu-west-1:{ACCOUNT}:trail/all",
        "HomeRegion": "eu-west-1",
        "IsMultiRegionTrail": True,
        "IncludeGlobalServiceEvents": True,
        "IsOrganizationTrail": False,
    }
    kinds = ("AWS::S3::Object", "AWS::S3::AccessPoint", "AWS::DynamoDB::Table", "AWS::Lambda::Function")
    files = {
        "authorization-details.json": {"RoleDetailList": [entry], "Policies": texts},
        "event-selectors.json": {
            "TrailARN": trail["TrailARN"],
            "AdvancedEventSelectors": [_selector("Management"), *(_selector("Data", kind) for kind in kinds)],
        },
        "trails.json": {"trailList": [trail]},
    }
    folder.mkdir(parents=True)
    for name, value in files.items():
        (folder / name).write_text(json.dumps(value, indent=1), encoding="utf-8")
    return folder


def _event(role: str, on: date, number: int, call: Call) -> dict[str, Any]:
    source, name, parameters = call
    is_data, key = name in _DATA, str(parameters.get("key", ""))
    return record(
        role,
        eventTime=f"{on.isoformat()}T10:{number % 60:02}:00Z",
        eventSource=source,
        eventName=name,
        eventCategory="Data" if is_data else "Management",
        managementEvent=not is_data,
        readOnly=name.startswith(_READS),
        eventID=f"{on.isoformat()}-{number}",
        requestParameters=dict(parameters) | ({"key": key.format(day=on.isoformat())} if key else {}),
    )


def _selector(category: str, kind: str | None = None) -> dict[str, Any]:
    fields = [{"Field": "eventCategory", "Equals": [category]}]
    if kind is not None:
        fields.append({"Field": "resources.type", "Equals": [kind]})
    return {"Name": kind or category, "FieldSelectors": fields}
