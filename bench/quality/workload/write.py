"""A world on disk: log objects as CloudTrail delivers them, and a snapshot of each account as the AWS CLI prints it."""

import gzip
import json
import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from bench.quality.workload.model import Call, DrawnAccount, DrawnRole, HeldPolicy, Json, World
from bench.quality.workload.operations import operation_named
from bench.quality.workload.places import START
from bench.quality.workload.records import management_record, record_of

_LONG_AGO = "2024-03-01T08:00:00+00:00"


def is_shown(call: Call, role: DrawnRole) -> bool:
    """Whether a call is in the log."""
    operation = operation_named(call.operation)
    arn = operation.data_arn.format_map(role.account.arguments(call.arguments))
    return operation.is_logged and role.account.logging.shows(
        call.moment.date(), operation.data_type, arn, read_only=operation.read_only
    )


def write_days(world: World, folder: Path, first: int, last: int) -> int:
    """Write the log objects of days `first` (from 0) to `last` (without it), one a day, account and region.

    Returns:
        How many records there are.
    """
    since, until = world.start + timedelta(days=first), world.start + timedelta(days=last)
    slots: dict[tuple[str, str, date], list[Json]] = defaultdict(list)
    for record, account in _records(world, since, until):
        slots[account, record["awsRegion"], date.fromisoformat(record["eventTime"][:10])].append(record)
    for (account, region, day), records in slots.items():
        path = folder / f"AWSLogs/{account}/CloudTrail/{region}/{day:%Y/%m/%d}"
        path.mkdir(parents=True, exist_ok=True)
        name = f"{account}_CloudTrail_{region}_{day:%Y%m%d}T2355Z_{world.seed:016x}.json.gz"
        text = json.dumps({"Records": records}, separators=(",", ":")).encode()
        (path / name).write_bytes(gzip.compress(text, compresslevel=1, mtime=0))
    return sum(map(len, slots.values()))


def _records(world: World, since: date, until: date) -> Iterator[tuple[Json, str]]:
    rng = random.Random(f"records-{world.seed}-{since}")
    for call in world.calls:
        role = world.roles[call.role]
        if since <= call.moment.date() < until and is_shown(call, role):
            yield record_of(call, role, rng), role.account.number
    for account in world.accounts:
        for record in _background(world, account, since, until, rng):
            yield record, account.number


def _background(world: World, account: DrawnAccount, since: date, until: date, rng: random.Random) -> Iterator[Json]:
    """What AWS Config and an administrator do in every account."""
    config = {"type": "AWSService", "invokedBy": "config.amazonaws.com"}
    for day in (since + timedelta(days=n) for n in range((until - since).days)):
        if day in account.logging.holes:
            continue
        moment = START + timedelta(days=(day - START.date()).days, hours=3)
        for source, name, region in (("iam", "ListRoles", "us-east-1"), ("ec2", "DescribeVpcs", account.region)):
            yield management_record(
                account.number,
                region,
                moment,
                rng,
                userIdentity=config,
                eventSource=f"{source}.amazonaws.com",
                eventName=name,
                requestParameters=None,
                readOnly=True,
            )
    yield from _puts(world, account, since, until, rng)


def _puts(world: World, account: DrawnAccount, since: date, until: date, rng: random.Random) -> Iterator[Json]:
    admin = {
        "type": "IAMUser",
        "arn": f"arn:aws:iam::{account.number}:user/admin",
        "accountId": account.number,
        "userName": "admin",
    }
    for role in world.roles:
        for policy in role.policies:
            if role.account is not account or not policy.put_in_log or policy.began is None:
                continue
            if since <= policy.began < until and policy.began not in account.logging.holes:
                moment = START + timedelta(days=(policy.began - START.date()).days, hours=9)
                parameters = {
                    "roleName": role.name,
                    "policyName": policy.name,
                    "policyDocument": json.dumps(policy.document),
                }
                yield management_record(
                    account.number,
                    "us-east-1",
                    moment,
                    rng,
                    userIdentity=admin,
                    eventSource="iam.amazonaws.com",
                    eventName="PutRolePolicy",
                    requestParameters=parameters,
                    readOnly=False,
                )


def write_snapshots(world: World, folder: Path) -> None:
    """Write a snapshot of each account, named by its number."""
    for account in world.accounts:
        target = folder / account.number
        target.mkdir(parents=True)
        for name, output in _snapshot(world, account).items():
            (target / f"{name}.json").write_text(json.dumps(output), encoding="utf-8")


def _snapshot(world: World, account: DrawnAccount) -> Json:
    roles = [role for role in world.roles if role.account is account]
    managed = {_arn(policy, account): policy for role in roles for policy in role.policies if policy.kind != "inline"}
    details = {
        "UserDetailList": [
            {"UserName": "admin", "Arn": f"arn:aws:iam::{account.number}:user/admin", "AttachedManagedPolicies": []}
        ],
        "GroupDetailList": [],
        "RoleDetailList": [_role_detail(role) for role in roles],
        "Policies": [_policy_detail(arn, policy) for arn, policy in sorted(managed.items())],
    }
    functions = [(role, name) for role in roles for name in role.workload.functions]
    outputs = {
        "authorization-details": details,
        "functions": {
            "Functions": [
                {"FunctionName": name, "FunctionArn": _function_arn(account, name), "Role": role.arn}
                for role, name in functions
            ]
        },
        "event-source-mappings": {
            "EventSourceMappings": [
                {"EventSourceArn": queue, "FunctionArn": _function_arn(account, name)}
                for role, name in functions
                for queue in role.workload.queues
            ]
        },
    }
    if account.logging.are_selectors_known:
        outputs["event-selectors"] = account.logging.selectors()
    return outputs


def _role_detail(role: DrawnRole) -> Json:
    return {
        "Path": "/",
        "RoleName": role.name,
        "RoleId": f"AROA{role.name.upper()[:12]}",
        "Arn": role.arn,
        "CreateDate": _LONG_AGO,
        "AssumeRolePolicyDocument": _trust(role),
        "RolePolicyList": [
            {"PolicyName": p.name, "PolicyDocument": p.document} for p in role.policies if p.kind == "inline"
        ],
        "AttachedManagedPolicies": [
            {"PolicyName": p.name, "PolicyArn": _arn(p, role.account)} for p in role.policies if p.kind != "inline"
        ],
    }


def _trust(role: DrawnRole) -> Json:
    service, account = role.workload.service, role.account.number
    principal = {
        "oidc": {"Federated": f"arn:aws:iam::{account}:oidc-provider/token.actions.githubusercontent.com"},
        "account": {"AWS": f"arn:aws:iam::{account}:root"},
    }.get(service, {"Service": f"{service}.amazonaws.com"})
    action = "sts:AssumeRoleWithWebIdentity" if service == "oidc" else "sts:AssumeRole"
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": principal, "Action": action}]}


def _policy_detail(arn: str, policy: HeldPolicy) -> Json:
    versions = [(policy.document, policy.began), *([(policy.earlier, None)] if policy.earlier else [])]
    return {
        "PolicyName": policy.name,
        "Arn": arn,
        "Path": "/",
        "DefaultVersionId": f"v{len(versions)}",
        "PolicyVersionList": [
            {
                "Document": text,
                "VersionId": f"v{len(versions) - n}",
                "IsDefaultVersion": n == 0,
                "CreateDate": f"{began}T09:00:00+00:00" if began else _LONG_AGO,
            }
            for n, (text, began) in enumerate(versions)
        ],
    }


def _arn(policy: HeldPolicy, account: DrawnAccount) -> str:
    owner = "aws" if policy.kind == "aws-managed" else account.number
    return f"arn:aws:iam::{owner}:policy/{policy.name}"


def _function_arn(account: DrawnAccount, name: str) -> str:
    return f"arn:aws:lambda:{account.region}:{account.number}:function:{name}"
