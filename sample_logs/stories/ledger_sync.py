"""Role 4: a Lambda function in an account without data events: what it does with S3, DynamoDB and SQS is not seen."""

from collections.abc import Iterator
from datetime import date

from sample_logs.accounts import LEDGER, Json
from sample_logs.aws_managed import LAMBDA_SQS_EXECUTION
from sample_logs.calls import kms, secretsmanager
from sample_logs.calls.lambda_ import Environment
from sample_logs.chance import Dice
from sample_logs.iam import Role, allow, document, trust_service
from sample_logs.record import to_record
from sample_logs.stories.story import Function, Story

REGION = "eu-central-1"
KEY = "5c1f7f3e-0d2b-4c59-9a36-3f7d1f0a9b21"
SECRET = f"arn:aws:secretsmanager:{REGION}:{LEDGER}:secret:ledger/database-Wp3nTz"
QUEUE = f"arn:aws:sqs:{REGION}:{LEDGER}:ledger-entries"

ROLE = Role(
    account=LEDGER,
    name="ledger-sync",
    created="2025-02-17T10:31:55+00:00",
    trust=trust_service("lambda.amazonaws.com"),
    inline={
        "LedgerSync": document(
            allow(["dynamodb:*"], f"arn:aws:dynamodb:{REGION}:{LEDGER}:table/Ledger*", sid="Books"),
            allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::acme-ledger-exports/*", sid="Exports"),
            allow(["secretsmanager:*"], "*", sid="Secrets"),
            allow(["kms:Decrypt", "kms:GenerateDataKey", "kms:ListKeys"], "*", sid="Keys"),
        )
    },
    managed=(LAMBDA_SQS_EXECUTION,),
    region=REGION,
)


def records(day: date, dice: Dice) -> Iterator[Json]:
    """Yield two environments a day: each reads the secret, decrypted with the role's permission."""
    for first_hour in (2, 13):
        environment = Environment(ROLE, "ledger-sync", day, dice, first_hour=first_hour, address="18.184.77.9")
        yield from environment.start()
        read = dice.after(environment.started, 3, 8)
        yield to_record(secretsmanager.get_secret_value(REGION, "ledger/database"), environment.caller, read, dice)
        context = {"SecretARN": SECRET, "SecretVersionId": "8d6e4a60-52a1-4c07-a0a3-7d1a6f3a5b10"}
        through = environment.caller.by("secretsmanager.amazonaws.com")
        yield to_record(kms.decrypt(REGION, LEDGER, KEY, context), through, read, dice)
        entries = [kms.decrypt(REGION, LEDGER, KEY, {"purpose": "ledger-entry"}) for _ in range(dice.integer(1, 2))]
        yield from environment.calls(entries)


STORY = Story(
    role=ROLE,
    day=records,
    functions=(Function(name="ledger-sync", created="2025-02-17T10:44:20", queue_arn=QUEUE),),
)
