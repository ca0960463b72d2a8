"""A role of IAM Identity Center (`AWSReservedSSO_…`): people who sign in to the console."""

from collections.abc import Iterator
from datetime import date, datetime

from sample_logs.accounts import SHOP, Json, is_workday
from sample_logs.aws_managed import POWER_USER_ACCESS
from sample_logs.caller import Caller, role_caller
from sample_logs.calls import ec2, lambda_, s3
from sample_logs.calls.sts import assume_role_with_saml
from sample_logs.chance import Dice
from sample_logs.iam import Role, trust
from sample_logs.record import Call, to_record
from sample_logs.stories.story import Story

REGION = "us-east-1"
_BROWSER = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"

ROLE = Role(
    account=SHOP,
    name="AWSReservedSSO_PowerUserAccess_0123456789abcdef",
    path="/aws-reserved/sso.amazonaws.com/",
    created="2025-01-15T09:33:12+00:00",
    trust=trust(
        {"Federated": f"arn:aws:iam::{SHOP}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE"},
        "sts:AssumeRoleWithSAML",
        {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
    ),
    managed=(POWER_USER_ACCESS,),
    region=REGION,
)


def _sign_in(caller: Caller, moment: datetime, dice: Dice) -> Json:
    """Return the sign-in, which is no API call and needs no permission."""
    call = Call(
        source="signin",
        name="ConsoleLogin",
        region=REGION,
        read_only=False,
        response={"ConsoleLogin": "Success"},
        additional={"MobileVersion": "No", "MFAUsed": "No"},
        host="signin.aws.amazon.com",
    )
    return to_record(call, caller, moment, dice) | {"eventType": "AwsConsoleSignIn"}


def records(day: date, dice: Dice) -> Iterator[Json]:
    """Yield one developer's look around on workdays, and on some weekends."""
    if not is_workday(day) and dice.happens(60):
        return
    person = dice.pick(["ada@example.com", "grace@example.com"])
    started = dice.moment(day, 11, 11)
    yield assume_role_with_saml(ROLE, person, started, dice)
    caller = role_caller(ROLE, person, started, dice, address="198.51.100.24", user_agent=_BROWSER)
    yield _sign_in(caller, dice.after(started, 2, 6), dice)
    calls = [ec2.describe_instances(REGION), s3.list_buckets(REGION, dice), lambda_.list_functions(REGION)]
    calls.append(ec2.describe(REGION, dice.pick(["DescribeVpcs", "DescribeSubnets", "DescribeSecurityGroups"])))
    for call in calls:
        yield to_record(call, caller, dice.after(started, 10, 5000), dice)


STORY = Story(role=ROLE, day=records)
