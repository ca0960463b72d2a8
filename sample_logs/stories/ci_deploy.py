"""Role 7: a deployment role: CloudFormation, and two roles passed, one to Lambda and one to ECS."""

from collections.abc import Iterator
from datetime import date, datetime

from sample_logs.accounts import SHOP, Json, is_workday
from sample_logs.aws_managed import S3_FULL_ACCESS
from sample_logs.caller import CLI, Caller, federated_caller
from sample_logs.calls import cloudformation as cfn
from sample_logs.calls import ecs, lambda_, s3, sts
from sample_logs.chance import Dice
from sample_logs.iam import Role, allow, document, trust
from sample_logs.record import to_record
from sample_logs.stories import image_processor, orders_task
from sample_logs.stories.story import Story

REGION = "us-east-1"
ARTIFACTS = s3.Bucket(name="acme-build-artifacts", account=SHOP)
REPOSITORY = "repo:acme/shop:ref:refs/heads/main"
_ISSUER = "token.actions.githubusercontent.com"
PROVIDER = f"arn:aws:iam::{SHOP}:oidc-provider/{_ISSUER}"

FUNCTIONS = [
    "lambda:AddPermission",
    "lambda:CreateFunction",
    "lambda:DeleteFunction",
    "lambda:GetFunction",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
]
TASKS = ["ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition", "ecs:RunTask", "ecs:UpdateService"]

ROLE = Role(
    account=SHOP,
    name="ci-deploy",
    created="2025-01-09T16:21:03+00:00",
    trust=trust(
        {"Federated": PROVIDER},
        "sts:AssumeRoleWithWebIdentity",
        {"StringEquals": {f"{_ISSUER}:aud": "sts.amazonaws.com", f"{_ISSUER}:sub": REPOSITORY}},
    ),
    inline={
        "Deploy": document(
            allow(["cloudformation:*Stack*", *FUNCTIONS, *TASKS], "*", sid="Deploy"),
            allow("iam:PassRole", "*", sid="PassRoles"),
        )
    },
    managed=(S3_FULL_ACCESS,),
    region=REGION,
)


def _preview(caller: Caller, moment: datetime, artifact: Json, dice: Dice) -> Iterator[Json]:
    """Yield a preview stack that CloudFormation builds with the caller's permissions, and takes down again."""
    name = dice.pick(["image-preview-a", "image-preview-b"])
    url = f"https://{ARTIFACTS.host}/templates/preview.yaml"
    through = caller.by("cloudformation.amazonaws.com")
    function = lambda_.create_function(name, image_processor.ROLE, artifact, moment, dice, region=REGION, account=SHOP)
    steps = [
        (cfn.stack_call("CreateStack", name, url, dice, region=REGION, account=SHOP), caller),
        (function, through),
        (lambda_.get_function(REGION, name), through),
        (cfn.describe_stack("DescribeStackEvents", REGION, name), caller),
        (cfn.stack_call("DeleteStack", name, None, dice, region=REGION, account=SHOP), caller),
        (lambda_.delete_function(REGION, name), through),
        (cfn.describe_stack("DescribeStacks", REGION, name), caller),
    ]
    for call, who in steps:
        moment = dice.after(moment, 5, 60)
        yield to_record(call, who, moment, dice)


def _release(caller: Caller, moment: datetime, artifact: Json, day: date, dice: Dice) -> Iterator[Json]:
    """Yield the update of the shop's stack and a new revision of the orders service."""
    url = f"https://{ARTIFACTS.host}/templates/shop.yaml"
    steps = [
        (cfn.stack_call("UpdateStack", "shop", url, dice, region=REGION, account=SHOP), caller),
        (
            lambda_.update_function_code(REGION, SHOP, "image-processor", artifact, dice),
            caller.by("cloudformation.amazonaws.com"),
        ),
        (cfn.describe_stack("DescribeStacks", REGION, "shop"), caller),
        (ecs.register_task_definition(REGION, SHOP, "orders", day.toordinal() - 739000, orders_task.ROLE), caller),
    ]
    for call, who in steps:
        moment = dice.after(moment, 5, 90)
        yield to_record(call, who, moment, dice)


def records(day: date, dice: Dice) -> Iterator[Json]:
    """Yield one or two deployments on workdays; at the weekend only a look at the stack."""
    for run in range(dice.integer(1, 2) if is_workday(day) else 1):
        started = dice.moment(day, 8 + 5 * run, 10 + 5 * run)
        session = f"deploy-{dice.integer(17000000000, 17999999999)}"
        yield sts.assume_role_with_web_identity(ROLE, session, REPOSITORY, started, dice)
        caller = federated_caller(
            ROLE, session, started, dice, provider=PROVIDER, address="20.55.14.73", user_agent=CLI
        )
        yield to_record(sts.get_caller_identity(REGION), caller, dice.after(started, 1, 4), dice)
        if not is_workday(day):
            yield to_record(
                cfn.describe_stack("DescribeStacks", REGION, "shop"), caller, dice.after(started, 5, 9), dice
            )
            continue
        key = f"build/{dice.hex(12)}/image-processor.zip"
        put, get = s3.put_object(ARTIFACTS, key, dice), s3.get_object(ARTIFACTS, key, dice)
        yield to_record(put, caller, dice.after(started, 5, 20), dice)
        yield to_record(get, caller, dice.after(started, 21, 40), dice)
        artifact = {"s3Bucket": ARTIFACTS.name, "s3Key": key}
        yield from _preview(caller, dice.after(started, 60, 90), artifact, dice)
        yield from _release(caller, dice.after(started, 600, 700), artifact, day, dice)


STORY = Story(role=ROLE, day=records)
