"""Policies that grant more than is needed, in the styles in which people write them."""

import random
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date

from bench.quality.workload.model import HeldPolicy, Json, Need

Style = Callable[[random.Random, frozenset[Need], str], list[HeldPolicy]]

WORLD_SERVICES = (
    "s3",
    "dynamodb",
    "sqs",
    "sns",
    "lambda",
    "logs",
    "cloudwatch",
    "kms",
    "secretsmanager",
    "ssm",
    "ecr",
    "ecs",
    "rds",
    "cloudformation",
)
"""Services of the grid on which grants are counted."""

_MANAGED = {
    "s3": ("AmazonS3FullAccess", ["s3:*", "s3-object-lambda:*"]),
    "dynamodb": (
        "AmazonDynamoDBFullAccess",
        ["dynamodb:*", "cloudwatch:DescribeAlarms", "sns:ListTopics", "kms:DescribeKey"],
    ),
    "sqs": ("AmazonSQSFullAccess", ["sqs:*"]),
    "sns": ("AmazonSNSFullAccess", ["sns:*"]),
    "ecr": ("AmazonEC2ContainerRegistryFullAccess", ["ecr:*", "cloudtrail:LookupEvents"]),
    "rds": ("AmazonRDSFullAccess", ["rds:*", "cloudwatch:GetMetricStatistics", "sns:ListSubscriptions", "sns:Publish"]),
    "ssm": ("AmazonSSMFullAccess", ["ssm:*", "cloudwatch:PutMetricData", "ec2:DescribeInstanceStatus"]),
    "secretsmanager": (
        "SecretsManagerReadWrite",
        ["secretsmanager:*", "kms:DescribeKey", "lambda:ListFunctions", "rds:DescribeDBInstances"],
    ),
    "cloudformation": ("AWSCloudFormationFullAccess", ["cloudformation:*"]),
    "lambda": (
        "AWSLambda_FullAccess",
        ["lambda:*", "cloudformation:DescribeStacks", "logs:DescribeLogGroups", "kms:ListAliases"],
    ),
    "logs": ("CloudWatchLogsFullAccess", ["logs:*", "cloudwatch:GenerateQuery"]),
}
"""After AWS-managed policies of these names, shortened."""

_WIDE = {
    "s3": ["arn:aws:s3:::acme-*"],
    "dynamodb": ["arn:aws:dynamodb:*:{account}:table/*"],
    "sqs": ["arn:aws:sqs:*:{account}:*"],
    "sns": ["arn:aws:sns:*:{account}:*"],
    "lambda": ["arn:aws:lambda:*:{account}:function:*"],
    "logs": ["arn:aws:logs:*:{account}:log-group:*"],
    "kms": ["arn:aws:kms:*:{account}:key/*"],
    "secretsmanager": ["arn:aws:secretsmanager:*:{account}:secret:*"],
    "ssm": ["arn:aws:ssm:*:{account}:parameter/*"],
    "rds": ["arn:aws:rds:*:{account}:*"],
}

_NEIGHBOURS = {
    "s3": [
        "s3:GetBucketPolicy",
        "s3:PutBucketPolicy",
        "s3:DeleteObject",
        "s3:GetObjectVersion",
        "s3:PutObjectAcl",
        "s3:ListAllMyBuckets",
    ],
    "dynamodb": [
        "dynamodb:DeleteTable",
        "dynamodb:Scan",
        "dynamodb:BatchWriteItem",
        "dynamodb:DeleteItem",
        "dynamodb:DescribeTable",
    ],
    "sqs": ["sqs:PurgeQueue", "sqs:SendMessage", "sqs:SetQueueAttributes"],
    "sns": ["sns:Subscribe", "sns:SetTopicAttributes", "sns:Publish"],
    "kms": ["kms:Encrypt", "kms:Decrypt", "kms:ScheduleKeyDeletion", "kms:DescribeKey"],
    "secretsmanager": ["secretsmanager:PutSecretValue", "secretsmanager:ListSecrets", "secretsmanager:DescribeSecret"],
    "lambda": ["lambda:DeleteFunction", "lambda:CreateFunction", "lambda:InvokeFunction", "lambda:AddPermission"],
    "logs": ["logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy"],
    "ssm": ["ssm:GetParameters", "ssm:PutParameter", "ssm:SendCommand", "ssm:StartSession"],
    "rds": ["rds:DeleteDBInstance", "rds:ModifyDBInstance", "rds:RestoreDBInstanceFromDBSnapshot"],
    "ecs": ["ecs:DeleteService", "ecs:RunTask", "ecs:StopTask"],
    "ecr": ["ecr:DeleteRepository", "ecr:BatchDeleteImage", "ecr:SetRepositoryPolicy"],
    "cloudformation": ["cloudformation:DeleteStack", "cloudformation:CreateStack", "cloudformation:SetStackPolicy"],
}

_INSECURE = {
    "Sid": "RequireTls",
    "Effect": "Deny",
    "Action": "s3:*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def document(*statements: Json) -> Json:
    """Return a policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions: Iterable[str], resources: Iterable[str] = ("*",), sid: str | None = None) -> Json:
    """Return an Allow."""
    head: Json = {"Sid": sid} if sid else {}
    return {**head, "Effect": "Allow", "Action": sorted(set(actions)), "Resource": sorted(set(resources))}


def hold(rng: random.Random, needs: frozenset[Need], account: str, widened: date) -> tuple[str, list[HeldPolicy]]:
    """Return a style and the policies of a role: all it needs and much else.

    Args:
        rng: chooses.
        needs: what the role needs.
        account: its number.
        widened: the day on which some roles' policies were widened.
    """
    [style] = rng.choices(list(STYLES), weights=list(STYLES.values()))
    policies = style(rng, needs, account)
    if rng.random() < 0.2:
        policies[0].document["Statement"].append(_INSECURE)
    if rng.random() < 0.15:
        policies.append(_widened(rng, widened))
    return style.__name__.replace("_", " "), policies


def service_star(rng: random.Random, needs: frozenset[Need], account: str) -> list[HeldPolicy]:
    """`service:*` on `*`, one statement."""
    return [_inline("Access", allow(_stars(needs)), *_passing(needs))]


def wildcard_groups(rng: random.Random, needs: frozenset[Need], account: str) -> list[HeldPolicy]:
    """`service:Get*` and the like, a statement for each service, on `*`."""
    statements = []
    for service, actions in _by_service(needs).items():
        verbs = {f"{service}:{re.match('[A-Z][a-z]+', a.partition(':')[2])[0]}*" for a in actions}  # type: ignore[index]
        statements.append(allow(verbs, sid=service.capitalize().replace("-", "")))
    return [_inline("Access", *statements, *_passing(needs))]


def named_actions(rng: random.Random, needs: frozenset[Need], account: str) -> list[HeldPolicy]:
    """The actions that are needed, and those that somebody once tried, by name on `*`."""
    statements = [
        allow({*actions, *_NEIGHBOURS.get(service, ())}, sid=f"Use{service.capitalize().replace('-', '')}")
        for service, actions in _by_service(needs).items()
    ]
    return [_inline("Access", *statements, *_passing(needs))]


def wide_resources(rng: random.Random, needs: frozenset[Need], account: str) -> list[HeldPolicy]:
    """`service:*` on everything of the service in the account; what takes no resource, on `*`."""
    statements, rest = [], set()
    for service, actions in _by_service(needs).items():
        if service in _WIDE:
            resources = [text.replace("{account}", account) for text in _WIDE[service]]
            statements.append(allow([f"{service}:*"], resources))
            rest |= {n.action for n in needs if n.action in actions and n.resource == "*"}
        else:
            statements.append(allow([f"{service}:*"]))
    if rest:
        statements.append(allow(rest))
    return [_inline("Access", *statements, *_passing(needs))]


def aws_managed(rng: random.Random, needs: frozenset[Need], account: str) -> list[HeldPolicy]:
    """AWS-managed policies where there are some, the rest inline."""
    services = _by_service(needs)
    rest = [f"{service}:*" for service in services if service not in _MANAGED]
    own = [s for s in (allow(rest) if rest else None, *_passing(needs)) if s is not None]
    managed = [
        HeldPolicy(kind="aws-managed", name=_MANAGED[service][0], document=document(allow(_MANAGED[service][1])))
        for service in services
        if service in _MANAGED
    ]
    return [*managed, *([_inline("Access", *own)] if own else [])]


def power_user(rng: random.Random, needs: frozenset[Need], account: str) -> list[HeldPolicy]:
    """Everything but IAM and Organizations."""
    everything = {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"}
    return [_inline("PowerUser", everything, *_passing(needs))]


STYLES: Mapping[Style, int] = {
    service_star: 26,
    wildcard_groups: 20,
    named_actions: 14,
    wide_resources: 16,
    aws_managed: 18,
    power_user: 6,
}
"""How many in a hundred roles are of each style."""


def _by_service(needs: frozenset[Need]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for need in sorted(needs):
        if need.action != "iam:PassRole":
            found.setdefault(need.action.partition(":")[0], set()).add(need.action)
    return found


def _stars(needs: frozenset[Need]) -> list[str]:
    return [f"{service}:*" for service in _by_service(needs)]


def _passing(needs: frozenset[Need]) -> list[Json]:
    return [allow(["iam:PassRole"])] if any(n.action == "iam:PassRole" for n in needs) else []


def _inline(name: str, *statements: Json) -> HeldPolicy:
    return HeldPolicy(kind="inline", name=name, document=document(*statements))


def _widened(rng: random.Random, day: date) -> HeldPolicy:
    """A policy that grants more since a few weeks: a new version of a managed one, or an inline one put."""
    service = rng.choice(("sns", "sqs", "ssm", "ecr"))
    if rng.random() < 0.5:
        return HeldPolicy(
            kind="inline", name="Extra", document=document(allow([f"{service}:*"])), began=day, put_in_log=True
        )
    narrow = document(allow(_NEIGHBOURS.get(service, [f"{service}:Describe*"])))
    return HeldPolicy(
        kind="customer-managed",
        name=f"extra-{rng.getrandbits(32):08x}",
        document=document(allow([f"{service}:*"])),
        began=day,
        earlier=narrow,
    )
