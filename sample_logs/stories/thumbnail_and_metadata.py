"""Role 5: two Lambda functions that share one execution role and need different things."""

from collections.abc import Iterator
from datetime import date

from sample_logs.accounts import MEDIA, Json
from sample_logs.aws_managed import LAMBDA_BASIC_EXECUTION
from sample_logs.calls import dynamodb, s3
from sample_logs.calls.lambda_ import Environment
from sample_logs.chance import Dice
from sample_logs.iam import Role, allow, document, trust_service
from sample_logs.record import Call
from sample_logs.stories.story import Function, Story

PHOTOS = s3.Bucket(name="acme-media-photos", account=MEDIA)
THUMBNAILS = s3.Bucket(name="acme-media-thumbnails", account=MEDIA)
TABLE = dynamodb.Table(name="PhotoMetadata", account=MEDIA)

ROLE = Role(
    account=MEDIA,
    name="thumbnail-and-metadata",
    created="2025-05-06T15:02:18+00:00",
    trust=trust_service("lambda.amazonaws.com"),
    inline={
        "Media": document(
            allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], "arn:aws:s3:::acme-media-*/*", sid="Objects"),
            allow("dynamodb:*Item", TABLE.arn, sid="Metadata"),
        )
    },
    managed=(LAMBDA_BASIC_EXECUTION,),
    region="us-east-1",
)


def _thumbnails(dice: Dice) -> list[Call]:
    photo = f"photos/{dice.hex(6)}"
    return [s3.get_object(PHOTOS, f"{photo}.jpg", dice), s3.put_object(THUMBNAILS, f"{photo}_256.webp", dice)]


def _metadata(dice: Dice) -> list[Call]:
    photo = dice.hex(6)
    put = dynamodb.put_item(TABLE, {"PhotoId": photo}, ["PhotoId", "TakenAt", "Place"])
    return [s3.get_object(PHOTOS, f"photos/{photo}.jpg", dice), put]


def records(day: date, dice: Dice) -> Iterator[Json]:
    """Yield one environment of each function."""
    for function, work, first_hour in (("make-thumbnail", _thumbnails, 7), ("extract-metadata", _metadata, 8)):
        environment = Environment(ROLE, function, day, dice, first_hour=first_hour, address="44.201.6.118")
        yield from environment.start()
        calls = [call for _ in range(dice.integer(2, 4)) for call in work(dice)]
        yield from environment.calls(calls, gap=1800)


STORY = Story(
    role=ROLE,
    day=records,
    functions=(
        Function(name="extract-metadata", created="2025-05-06T15:20:44"),
        Function(name="make-thumbnail", created="2025-05-06T15:11:09"),
    ),
)
