"""A role whose policy was widened in the last week of the window: too new to judge."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

from sample_logs.accounts import MEDIA, Json
from sample_logs.aws_managed import LAMBDA_BASIC_EXECUTION
from sample_logs.caller import user_caller
from sample_logs.calls import s3
from sample_logs.calls.iam import create_policy_version
from sample_logs.calls.lambda_ import Environment
from sample_logs.chance import Dice
from sample_logs.iam import ManagedPolicy, PolicyVersion, Role, allow, document, trust_service
from sample_logs.record import to_record
from sample_logs.stories.story import Function, Story
from sample_logs.users import PLATFORM_ADMIN

FEED = s3.Bucket(name="acme-partner-feed", account=MEDIA)
WIDENED = datetime(2026, 10, 9, 14, 3, 27, tzinfo=UTC)
_CREATED = "2025-08-14T12:25:40+00:00"

POLICY = ManagedPolicy(
    account=MEDIA,
    name="partner-sync-access",
    created=_CREATED,
    versions=(
        PolicyVersion(
            number="v2",
            created=WIDENED.isoformat(),
            document=document(
                allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], f"{FEED.arn}/*", sid="Feed"),
                allow("s3:ListBucket", FEED.arn, sid="List"),
            ),
        ),
        PolicyVersion(
            number="v1", created=_CREATED, document=document(allow("s3:GetObject", f"{FEED.arn}/*", sid="Feed"))
        ),
    ),
)

ROLE = Role(
    account=MEDIA,
    name="partner-sync",
    created="2025-08-14T12:20:11+00:00",
    trust=trust_service("lambda.amazonaws.com"),
    managed=(POLICY, LAMBDA_BASIC_EXECUTION),
    region="us-east-1",
)


def records(day: date, dice: Dice) -> Iterator[Json]:
    """Yield one environment a day, which writes too once it may, and the change itself on its day."""
    if day == WIDENED.date():
        admin = user_caller(PLATFORM_ADMIN, "198.51.100.60")
        yield to_record(create_policy_version(POLICY, WIDENED), admin, WIDENED, dice)
    environment = Environment(ROLE, "partner-sync", day, dice, first_hour=10, address="3.218.45.90")
    yield from environment.start()
    inbox = f"inbox/{day:%Y-%m-%d}"
    calls = [s3.get_object(FEED, f"{inbox}/{n:03}.xml", dice) for n in range(dice.integer(2, 5))]
    if day > WIDENED.date():
        calls.append(s3.put_object(FEED, f"outbox/{day:%Y-%m-%d}/ack.xml", dice))
    yield from environment.calls(calls)


STORY = Story(role=ROLE, day=records, functions=(Function(name="partner-sync", created="2025-08-14T12:31:59"),))
