"""Role 6: an EC2 instance with the Systems Manager agent, some Describe calls and a bucket of dated access logs."""

from collections.abc import Iterator
from datetime import date

from sample_logs.accounts import SHOP, Json
from sample_logs.aws_managed import SSM_MANAGED_INSTANCE_CORE
from sample_logs.caller import JAVA_SDK, SSM_AGENT, instance_caller
from sample_logs.calls import ec2, s3, ssm
from sample_logs.calls.sts import service_assumes
from sample_logs.chance import Dice
from sample_logs.iam import Role, allow, document, trust_service
from sample_logs.record import to_record
from sample_logs.stories.story import Story

REGION = "us-east-1"
INSTANCE = "i-0f3a9c1d27e84b605"
ACCESS_LOGS = s3.Bucket(name="acme-web-access-logs", account=SHOP)

ROLE = Role(
    account=SHOP,
    name="web-instance",
    created="2025-01-22T11:08:47+00:00",
    trust=trust_service("ec2.amazonaws.com"),
    inline={
        "WebInstance": document(
            allow(["s3:ListBucket", "s3:GetObject", "s3:PutObject"], [ACCESS_LOGS.arn, f"{ACCESS_LOGS.arn}/*"]),
            allow("ec2:Describe*", "*"),
        )
    },
    managed=(SSM_MANAGED_INSTANCE_CORE,),
    instance_profile=True,
    region=REGION,
)


def records(day: date, dice: Dice) -> Iterator[Json]:
    """Yield the agent's calls and an access log every four hours, under credentials that are renewed every six."""
    for first_hour in (0, 6, 12, 18):
        started = dice.moment(day, first_hour, first_hour)
        yield service_assumes("ec2.amazonaws.com", ROLE, INSTANCE, started, dice)
        agent = instance_caller(ROLE, INSTANCE, started, dice, address="54.236.81.15", user_agent=SSM_AGENT)
        heartbeat = ssm.update_instance_information(REGION, INSTANCE)
        yield to_record(heartbeat, agent, dice.after(started, 300, 14400), dice)
        web = agent.agent(JAVA_SDK)
        key = f"access/{day:%Y/%m/%d}/{first_hour:02}-{INSTANCE}.log.gz"
        yield to_record(s3.put_object(ACCESS_LOGS, key, dice), web, dice.after(started, 60, 14400), dice)
        if first_hour == 6:
            look = ssm.list_instance_associations(REGION, SHOP, INSTANCE)
            yield to_record(look, agent, dice.after(started, 300, 14400), dice)
            yield to_record(ssm.put_inventory(REGION, SHOP, INSTANCE), agent, dice.after(started, 60, 900), dice)
            yield to_record(ec2.describe_instances(REGION, INSTANCE), web, dice.after(started, 60, 900), dice)
            yield to_record(ec2.describe_tags(REGION, INSTANCE), web, dice.after(started, 60, 900), dice)


STORY = Story(role=ROLE, day=records)
