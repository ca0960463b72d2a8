"""Role 2: a Lambda function in a VPC that publishes to one topic and reads one secret, through one VPC endpoint.

The function's own calls go through the endpoint. Its log stream is opened by the Lambda service from outside the VPC.
"""

from collections.abc import Iterator
from datetime import date

from sample_logs.accounts import SHOP, Json
from sample_logs.aws_managed import LAMBDA_BASIC_EXECUTION
from sample_logs.calls import secretsmanager, sns
from sample_logs.calls.lambda_ import Environment
from sample_logs.chance import Dice
from sample_logs.iam import Role, allow, document, trust_service
from sample_logs.stories.story import Function, Story

ENDPOINT = "vpce-0a1b2c3d4e5f67890"
TOPIC = f"arn:aws:sns:us-east-1:{SHOP}:order-events"
SECRET = f"arn:aws:secretsmanager:us-east-1:{SHOP}:secret:shop/notifier-Qx7kLm"

ROLE = Role(
    account=SHOP,
    name="order-notifier",
    created="2025-04-11T13:40:02+00:00",
    trust=trust_service("lambda.amazonaws.com"),
    inline={
        "Notify": document(
            allow(["sns:Publish", "sns:Subscribe", "sns:ListTopics"], "*", sid="Topics"),
            allow(["secretsmanager:GetSecretValue", "secretsmanager:ListSecrets"], "*", sid="Secrets"),
        )
    },
    managed=(LAMBDA_BASIC_EXECUTION,),
    region="us-east-1",
)


def records(day: date, dice: Dice) -> Iterator[Json]:
    """Yield one environment a day: the secret once, then one message an order."""
    environment = Environment(ROLE, "order-notifier", day, dice, first_hour=6, address="10.20.3.47")
    yield from environment.start()
    orders = [sns.publish(TOPIC, dice) for _ in range(dice.integer(5, 9))]
    secret = secretsmanager.get_secret_value("us-east-1", SECRET)
    yield from environment.calls([call.through(ENDPOINT) for call in (secret, *orders)], gap=3600)


STORY = Story(role=ROLE, day=records, functions=(Function(name="order-notifier", created="2025-04-11T13:52:37"),))
