"""A role under a permissions boundary, with a `Deny` and an `Allow` that bear conditions."""

from collections.abc import Iterator
from datetime import date

from sample_logs.accounts import MEDIA, Json
from sample_logs.aws_managed import LAMBDA_BASIC_EXECUTION
from sample_logs.calls import dynamodb, s3
from sample_logs.calls.lambda_ import Environment
from sample_logs.chance import Dice
from sample_logs.iam import ManagedPolicy, PolicyVersion, Role, allow, deny, document, trust_service
from sample_logs.stories.story import Function, Story

PAYMENTS = dynamodb.Table(name="Payments", account=MEDIA)
RECEIPTS = s3.Bucket(name="acme-payment-receipts", account=MEDIA)
_CREATED = "2025-02-03T09:00:00+00:00"

BOUNDARY = ManagedPolicy(
    account=MEDIA,
    name="workload-boundary",
    created=_CREATED,
    versions=(
        PolicyVersion(
            number="v1",
            created=_CREATED,
            document=document(
                allow(["dynamodb:*", "s3:*", "logs:*", "secretsmanager:GetSecretValue"], "*", sid="Workloads"),
                deny(["iam:*", "organizations:*"], "*", sid="NoIdentity"),
            ),
        ),
    ),
)

ROLE = Role(
    account=MEDIA,
    name="payments-worker",
    created="2025-02-10T14:16:32+00:00",
    trust=trust_service("lambda.amazonaws.com"),
    inline={
        "Payments": document(
            allow(["dynamodb:*"], [PAYMENTS.arn, f"{PAYMENTS.arn}/index/*"], sid="Payments"),
            allow(
                ["s3:PutObject", "s3:PutObjectTagging"],
                f"{RECEIPTS.arn}/*",
                sid="EncryptedReceipts",
                Condition={"StringEquals": {"s3:x-amz-server-side-encryption": "AES256"}},
            ),
            deny(
                ["dynamodb:*", "s3:*"],
                "*",
                sid="OnlyOverTls",
                Condition={"Bool": {"aws:SecureTransport": "false"}},
            ),
        )
    },
    managed=(LAMBDA_BASIC_EXECUTION,),
    boundary=BOUNDARY,
    region="us-east-1",
)


def records(day: date, dice: Dice) -> Iterator[Json]:
    """Yield one environment a day: read, update, and a receipt for every payment."""
    environment = Environment(ROLE, "payments-worker", day, dice, first_hour=9, address="54.88.140.22")
    yield from environment.start()
    calls = []
    for _ in range(dice.integer(2, 3)):
        payment = f"pay-{dice.hex(10)}"
        calls += [
            dynamodb.get_item(PAYMENTS, {"PaymentId": payment}),
            dynamodb.update_item(PAYMENTS, {"PaymentId": payment}, "State"),
            s3.put_object(RECEIPTS, f"receipts/{payment}.pdf", dice, encryption="AES256"),
        ]
    yield from environment.calls(calls, gap=1500)


STORY = Story(role=ROLE, day=records, functions=(Function(name="payments-worker", created="2025-02-10T14:30:05"),))
