"""Role 3: a Lambda function of account A that writes into a bucket of account B: one call, a record in both logs."""

from collections.abc import Iterator
from datetime import date

from sample_logs.accounts import MEDIA, SHOP, Json
from sample_logs.aws_managed import LAMBDA_BASIC_EXECUTION
from sample_logs.calls import s3
from sample_logs.calls.lambda_ import Environment
from sample_logs.chance import Dice
from sample_logs.iam import Role, allow, document, trust_service
from sample_logs.stories.story import Function, Story

REPORTS = s3.Bucket(name="acme-shared-reports", account=MEDIA)

ROLE = Role(
    account=SHOP,
    name="report-exporter",
    created="2025-06-19T07:55:30+00:00",
    trust=trust_service("lambda.amazonaws.com"),
    inline={
        "ExportReports": document(
            allow(
                ["s3:GetObject*", "s3:PutObject*", "s3:DeleteObject*", "s3:List*"],
                [REPORTS.arn, f"{REPORTS.arn}/*", "arn:aws:s3:::acme-shop-archive", "arn:aws:s3:::acme-shop-archive/*"],
            )
        )
    },
    managed=(LAMBDA_BASIC_EXECUTION,),
    region="us-east-1",
)


def owners_copy(record: Json, dice: Dice) -> Json:
    """Return the copy of a cross-account call that the bucket's owner gets: its caller is an account and an id.

    Source: AWS CloudTrail User Guide, "CloudTrail userIdentity element", type AWSAccount.
    """
    caller = record["userIdentity"]
    identity = {"type": "AWSAccount", "principalId": caller["principalId"], "accountId": caller["accountId"]}
    return record | {"userIdentity": identity, "eventID": dice.uuid(), "recipientAccountId": REPORTS.account}


def records(day: date, dice: Dice) -> Iterator[Json]:
    """Yield one environment a day, and each of its writes twice."""
    environment = Environment(ROLE, "report-exporter", day, dice, first_hour=3, address="3.92.18.204")
    yield from environment.start()
    names = ("orders", "returns", "revenue", "stock")
    calls = [s3.put_object(REPORTS, f"sales/{day:%Y-%m-%d}/{name}.csv", dice) for name in names]
    for record in environment.calls(calls, gap=120):
        shared = record | {"sharedEventID": dice.uuid()}
        yield shared
        yield owners_copy(shared, dice)


STORY = Story(role=ROLE, day=records, functions=(Function(name="report-exporter", created="2025-06-19T08:03:14"),))
