"""The role that ci-deploy passes to ECS: task role and execution role of one service in one."""

from collections.abc import Iterator
from datetime import date

from sample_logs.accounts import SHOP, Json
from sample_logs.aws_managed import ECS_TASK_EXECUTION
from sample_logs.caller import JAVA_SDK, role_caller
from sample_logs.calls import dynamodb, ecs, logs
from sample_logs.calls.sts import service_assumes
from sample_logs.chance import Dice
from sample_logs.iam import Role, allow, document, trust_service
from sample_logs.record import to_record
from sample_logs.stories.story import Story

ORDERS = dynamodb.Table(name="Orders", account=SHOP)

ROLE = Role(
    account=SHOP,
    name="orders-task",
    created="2025-07-01T08:47:26+00:00",
    trust=trust_service("ecs-tasks.amazonaws.com"),
    inline={
        "Orders": document(allow(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:Scan"], "*"))
    },
    managed=(ECS_TASK_EXECUTION,),
    region="us-east-1",
)


def records(day: date, dice: Dice) -> Iterator[Json]:
    """Yield one task a day: its image, its log stream, its queries."""
    started, task = dice.moment(day, 4, 4), dice.hex(32)
    yield service_assumes("ecs-tasks.amazonaws.com", ROLE, task, started, dice)
    caller = role_caller(ROLE, task, started, dice, address="34.229.101.66", user_agent=JAVA_SDK)
    stream = logs.create_log_stream("us-east-1", "/ecs/orders", f"orders/orders/{task}")
    for call in (*ecs.pull_image("us-east-1", SHOP, "orders", dice), stream):
        yield to_record(call, caller, dice.after(started, 1, 40), dice)
    for _ in range(dice.integer(3, 5)):
        customer = dice.integer(1000, 9999)
        call = dice.pick(
            [dynamodb.query(ORDERS, "CustomerId = :c"), dynamodb.get_item(ORDERS, {"CustomerId": customer})]
        )
        yield to_record(call, caller, dice.after(started, 600, 20000), dice)


STORY = Story(role=ROLE, day=records)
