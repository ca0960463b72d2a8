"""Snapshots and documents, written as a person would keep them."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app/worker"
SHARED = f"arn:aws:iam::{ACCOUNT}:policy/Shared"
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
WRITE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def version(number: int, document: object, created: str, *, default: bool = False) -> dict[str, Any]:
    return {"VersionId": f"v{number}", "IsDefaultVersion": default, "Document": document, "CreateDate": created}


def details(**changes: Any) -> dict[str, Any]:
    worker = {
        "Path": "/app/",
        "RoleName": "worker",
        "Arn": ROLE,
        "CreateDate": "2025-01-02T03:04:05+01:00",
        "AssumeRolePolicyDocument": TRUST,
        "RolePolicyList": [{"PolicyName": "Access", "PolicyDocument": quote(json.dumps(READ))}],
        "AttachedManagedPolicies": [
            {"PolicyName": "Shared", "PolicyArn": SHARED},
            {"PolicyName": "Gone", "PolicyArn": "arn:aws:iam::aws:policy/Gone"},
        ],
        "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": SHARED},
    }
    shared = {
        "PolicyName": "Shared",
        "Arn": SHARED,
        "PolicyVersionList": [
            version(3, WRITE, "2026-03-01T00:00:00Z", default=True),
            version(1, READ, "2026-01-01T00:00:00Z"),
            version(2, WRITE, "2026-02-01T00:00:00Z"),
            version(4, READ, "2026-04-01T00:00:00Z"),
        ],
    }
    user = {
        "UserName": "ann",
        "Arn": f"arn:aws:iam::{ACCOUNT}:user/ann",
        "AttachedManagedPolicies": [{"PolicyName": "Shared", "PolicyArn": SHARED}],
    }
    given = {"RoleDetailList": [worker], "UserDetailList": [user], "GroupDetailList": [], "Policies": [shared]}
    return given | changes


def write(path: Path, value: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value, indent=2), encoding="utf-8")
    return path


def snapshot(folder: Path, value: object = None, **beside: object) -> Path:
    write(folder / "authorization-details.json", details() if value is None else value)
    for name, output in beside.items():
        write(folder / f"{name.replace('_', '-')}.json", output)
    return folder
