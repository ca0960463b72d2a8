"""Role 1: a Lambda function that may do all of S3 and DynamoDB and needs one bucket and one table."""

from collections.abc import Iterator
from datetime import date

from sample_logs.accounts import SHOP, Json
from sample_logs.aws_managed import LAMBDA_BASIC_EXECUTION
from sample_logs.calls import dynamodb, s3
from sample_logs.calls.lambda_ import Environment
from sample_logs.chance import Dice
from sample_logs.iam import Role, allow, document, trust_service
from sample_logs.record import Call
from sample_logs.stories.story import Function, Story

UPLOADS = s3.Bucket(name="acme-image-uploads", account=SHOP)
METADATA = dynamodb.Table(name="ImageMetadata", account=SHOP)

ROLE = Role(
    account=SHOP,
    name="image-processor",
    created="2025-03-04T09:12:41+00:00",
    trust=trust_service("lambda.amazonaws.com"),
    inline={"ImageProcessing": document(allow(["s3:*", "dynamodb:*"], "*"))},
    managed=(LAMBDA_BASIC_EXECUTION,),
    region="us-east-1",
)


def _image(day: date, dice: Dice) -> list[Call]:
    image = dice.hex(8)
    key = f"incoming/{day:%Y-%m-%d}/{image}.jpg"
    if dice.happens(12):
        return [s3.get_missing_object(UPLOADS, key, dice)]
    put = dynamodb.put_item(METADATA, {"ImageId": image}, ["ImageId", "Width", "Height", "Camera", "Status"])
    done = dynamodb.update_item(METADATA, {"ImageId": image}, "Status")
    return [s3.get_object(UPLOADS, key, dice), put, done]


def records(day: date, dice: Dice) -> Iterator[Json]:
    """Yield two environments a day, each of which lists the bucket and then works through images."""
    for first_hour in (5, 14):
        environment = Environment(ROLE, "image-processor", day, dice, first_hour=first_hour, address="52.94.133.131")
        yield from environment.start()
        calls = [s3.list_objects(UPLOADS, f"incoming/{day:%Y-%m-%d}/", dice)]
        for _ in range(dice.integer(3, 5)):
            calls += _image(day, dice)
        yield from environment.calls(calls)


STORY = Story(role=ROLE, day=records, functions=(Function(name="image-processor", created="2025-03-04T09:20:11"),))
