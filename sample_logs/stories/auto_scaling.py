"""A service-linked role: nobody but AWS can edit its policy."""

from collections.abc import Iterator
from datetime import date

from sample_logs.accounts import SHOP, Json
from sample_logs.aws_managed import AUTO_SCALING_SERVICE_ROLE
from sample_logs.caller import role_caller
from sample_logs.calls import ec2
from sample_logs.calls.sts import service_assumes
from sample_logs.chance import Dice
from sample_logs.iam import Role, trust_service
from sample_logs.record import to_record
from sample_logs.stories.story import Story
from sample_logs.stories.web_instance import INSTANCE

REGION = "us-east-1"
_SERVICE = "autoscaling.amazonaws.com"

ROLE = Role(
    account=SHOP,
    name="AWSServiceRoleForAutoScaling",
    path=f"/aws-service-role/{_SERVICE}/",
    created="2025-01-22T10:58:01+00:00",
    trust=trust_service(_SERVICE),
    managed=(AUTO_SCALING_SERVICE_ROLE,),
    region=REGION,
)


def records(day: date, dice: Dice) -> Iterator[Json]:
    """Yield the health checks of one group."""
    started = dice.moment(day, 2, 2)
    yield service_assumes(_SERVICE, ROLE, "AutoScaling", started, dice)
    caller = role_caller(ROLE, "AutoScaling", started, dice, address=_SERVICE, user_agent=_SERVICE).by(_SERVICE)
    calls = [ec2.describe_instances(REGION, INSTANCE), ec2.describe(REGION, "DescribeInstanceStatus")]
    for call in calls:
        yield to_record(call, caller, dice.after(started, 60, 30000), dice)


STORY = Story(role=ROLE, day=records)
