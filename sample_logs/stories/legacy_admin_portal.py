"""Role 8: an old portal whose instance was broken into: hundreds of denied calls, and the few that are its own."""

from collections.abc import Iterator
from datetime import date, datetime

from sample_logs.accounts import MEDIA, Json
from sample_logs.caller import CLI, JAVA_SDK, Caller, instance_caller
from sample_logs.calls import dynamodb, ec2, iam, lambda_, s3, secretsmanager
from sample_logs.calls.sts import service_assumes
from sample_logs.chance import Dice
from sample_logs.iam import Role, allow, document, trust_service
from sample_logs.record import Call, to_record
from sample_logs.stories.story import Story

REGION = "us-east-1"
INSTANCE = "i-09d41c7be20f5a386"
PORTAL = s3.Bucket(name="acme-admin-portal", account=MEDIA)
_RECEIPTS = s3.Bucket(name="acme-payment-receipts", account=MEDIA)
_PAYMENTS = dynamodb.Table(name="Payments", account=MEDIA)
_SECRET = f"arn:aws:secretsmanager:{REGION}:{MEDIA}:secret:payments/provider-h4TzQe"

ROLE = Role(
    account=MEDIA,
    name="legacy-admin-portal",
    created="2025-01-03T12:00:09+00:00",
    trust=trust_service("ec2.amazonaws.com"),
    inline={
        "Portal": document(
            allow(["s3:GetObject", "s3:PutObject", "s3:ListBucket"], [PORTAL.arn, f"{PORTAL.arn}/*"]),
            allow(["ssm:GetParameter", "ssm:GetParametersByPath"], f"arn:aws:ssm:{REGION}:{MEDIA}:parameter/portal/*"),
        )
    },
    instance_profile=True,
    region=REGION,
)


def _probes(dice: Dice) -> list[tuple[Call, str, str | None]]:
    """Return what an intruder tries: the call, the action it needs, and the resource that the message names."""
    everything = "*"
    user = f"arn:aws:iam::{MEDIA}:user/platform-admin"
    return [
        (s3.list_buckets(REGION, dice), "s3:ListAllMyBuckets", None),
        (s3.list_objects(_RECEIPTS, "", dice), "s3:ListBucket", f'"{_RECEIPTS.arn}"'),
        (s3.get_object(_RECEIPTS, "2026/index.json", dice), "s3:GetObject", f'"{_RECEIPTS.arn}/2026/index.json"'),
        (dynamodb.scan(_PAYMENTS), "dynamodb:Scan", _PAYMENTS.arn),
        (secretsmanager.get_secret_value(REGION, _SECRET), "secretsmanager:GetSecretValue", _SECRET),
        (secretsmanager.list_secrets(REGION), "secretsmanager:ListSecrets", None),
        (lambda_.list_functions(REGION), "lambda:ListFunctions", everything),
        (iam.read("ListUsers"), "iam:ListUsers", f"arn:aws:iam::{MEDIA}:user/"),
        (iam.read("ListAttachedUserPolicies", {"userName": "platform-admin"}), "iam:ListAttachedUserPolicies", user),
        (iam.read("GetAccountAuthorizationDetails"), "iam:GetAccountAuthorizationDetails", everything),
        (ec2.describe_instances(REGION), "ec2:DescribeInstances", None),
        (ec2.describe(REGION, "DescribeSecurityGroups"), "ec2:DescribeSecurityGroups", None),
    ]


def denied(call: Call, action: str, resource: str | None, caller: Caller) -> Call:
    """Return the call as IAM denied it, in the words of each service.

    Source: IAM User Guide, "Troubleshoot access denied error messages".
    """
    on = f" on resource: {resource}" if resource else ""
    why = f"because no identity-based policy allows the {action} action"
    message = f"User: {caller.identity['arn']} is not authorized to perform: {action}{on} {why}"
    if call.source == "ec2":
        return call.failed(
            "Client.UnauthorizedOperation", f"You are not authorized to perform this operation. {message}"
        )
    return call.failed("AccessDenied", message)


def _session(day: date, hour: int, dice: Dice) -> tuple[datetime, Json, Caller]:
    """Return when the instance got credentials, the record of it, and the session."""
    started = dice.moment(day, hour, hour)
    record = service_assumes("ec2.amazonaws.com", ROLE, INSTANCE, started, dice)
    return started, record, instance_caller(ROLE, INSTANCE, started, dice, address="35.171.20.88", user_agent=JAVA_SDK)


def records(day: date, dice: Dice) -> Iterator[Json]:
    """Yield the portal's reads and, more of them from mid-September, what an intruder tries with its credentials."""
    started, record, caller = _session(day, 1, dice)
    yield record
    yield to_record(s3.list_objects(PORTAL, "pages/", dice), caller, dice.after(started, 60, 600), dice)
    page = s3.get_object(PORTAL, f"pages/{dice.pick(['index', 'users', 'reports'])}.html", dice)
    yield to_record(page, caller, dice.after(started, 600, 6000), dice)
    moment, record, caller = _session(day, 20, dice)
    yield record
    intruder = caller.agent(CLI, address="203.0.113.200")
    for _ in range(dice.integer(8, 11) if day >= date(2026, 9, 12) else dice.integer(1, 3)):
        call, action, resource = dice.pick(_probes(dice))
        moment = dice.after(moment, 2, 90)
        yield to_record(denied(call, action, resource, intruder), intruder, moment, dice)


STORY = Story(role=ROLE, day=records)
