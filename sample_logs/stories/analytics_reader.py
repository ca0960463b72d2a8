"""A role whose policy says what it must not do (`NotAction`); its Athena queries read with its permissions."""

from collections.abc import Iterator
from datetime import date

from sample_logs.accounts import MEDIA, Json, is_workday
from sample_logs.caller import JAVA_SDK, role_caller, user_caller
from sample_logs.calls import analytics, s3
from sample_logs.calls.sts import assume_role
from sample_logs.chance import Dice
from sample_logs.iam import Role, allow, document, trust
from sample_logs.record import to_record
from sample_logs.stories.story import Story
from sample_logs.users import METABASE

REGION = "us-east-1"
LAKE = s3.Bucket(name="acme-data-lake", account=MEDIA)
RESULTS = s3.Bucket(name="acme-athena-results", account=MEDIA)

ROLE = Role(
    account=MEDIA,
    name="analytics-reader",
    created="2025-03-18T17:44:51+00:00",
    trust=trust({"AWS": METABASE.arn}),
    inline={
        "Analytics": document(
            {
                "Sid": "LakeButForDeletion",
                "Effect": "Allow",
                "NotAction": ["s3:Delete*", "s3:PutBucket*", "s3:PutLifecycle*"],
                "Resource": [arn for bucket in (LAKE, RESULTS) for arn in (bucket.arn, f"{bucket.arn}/*")],
            },
            allow(["athena:*Query*", "glue:Get*"], "*", sid="Queries"),
        )
    },
    region=REGION,
)


def records(day: date, dice: Dice) -> Iterator[Json]:
    """Yield one session a day; Athena looks the table up, reads the lake and writes the result for it."""
    started = dice.moment(day, 6, 6)
    login = assume_role(ROLE, "metabase", REGION, started, dice)
    yield to_record(login, user_caller(METABASE, "203.0.113.77"), started, dice)
    caller = role_caller(ROLE, "metabase", started, dice, address="203.0.113.77", user_agent=JAVA_SDK)
    athena, moment = caller.by("athena.amazonaws.com"), started
    for _ in range(dice.integer(1, 2) if is_workday(day) else 1):
        table = dice.pick(["orders", "photos"])
        query = dice.uuid()
        start = analytics.start_query(REGION, "shop", f"s3://{RESULTS.name}/dashboards/", query, dice)
        part = f"shop/{table}/dt={day:%Y-%m-%d}/part-0000.parquet"
        steps = [
            (start, caller),
            (analytics.get_table(REGION, "shop", table), athena),
            (s3.get_object(LAKE, part, dice), athena),
            (s3.put_object(RESULTS, f"dashboards/{query}.csv", dice), athena),
            (analytics.get_query_execution(REGION, query), caller),
            (s3.get_object(RESULTS, f"dashboards/{query}.csv", dice), caller),
        ]
        moment = dice.after(moment, 900, 3600)
        for call, who in steps:
            moment = dice.after(moment, 1, 4)
            yield to_record(call, who, moment, dice)


STORY = Story(role=ROLE, day=records)
