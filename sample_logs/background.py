"""What goes on in every account besides the stories: CloudTrail looks after its own bucket."""

from collections.abc import Iterator
from datetime import date

from sample_logs.accounts import ACCOUNTS, REGIONS, SHOP, Json
from sample_logs.caller import service_caller
from sample_logs.calls import s3
from sample_logs.chance import Dice
from sample_logs.record import to_record


def records(day: date, dice: Dice) -> Iterator[Json]:
    """Yield one check of the trail's bucket an account."""
    for account in ACCOUNTS:
        bucket = s3.Bucket(name=f"acme-trail-{account}", account=account, region=REGIONS[account])
        service = service_caller(account, "cloudtrail.amazonaws.com")
        hour = 3 if account == SHOP else 13
        record = to_record(s3.get_bucket_acl(bucket, dice), service, dice.moment(day, hour, hour), dice)
        yield record | {"sharedEventID": dice.uuid()}
