"""A night's run over the small files of many accounts, into a young lake and into an old one.

`python -m bench.nightly DAY LAKE` is one measured night.
"""

import json
import random
import shutil
import sys
import uuid
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from isal import igzip

from bench.process import Stopwatch, run_measured
from trailmin.catalog import load_catalog
from trailmin.engine import open_engine
from trailmin.lake import Lake
from trailmin.lake import ingest as run_ingest
from trailmin.trail.sources import open_source
from trailmin.usage.rollup import refresh_usage

SIZES: Final = {"small": (50, 20), "full": (1_000, 90)}
"""Accounts, days."""

_YOUNG: Final = 5
_FIRST: Final = date(2026, 1, 1)
_EVENTS: Final = 3
"""Of an account and a day."""


def measure_nightly(scratch: Path, accounts: int, days: int) -> None:
    """Print what a night costs when the lake has few days, and when it has many."""
    place = scratch / "nightly"
    print(f"\na night of {accounts:,} accounts, one log object each\n")
    print(f"{'':26} {'CPU s':>7} {'wall s':>7} {'peak MB':>8} {'days rolled up':>15}")
    for number in range(days):
        source = scratch / f"night-{number}"
        generate_night(source, _FIRST + timedelta(days=number), accounts)
        if number in (_YOUNG, days - 1):
            kept = scratch / f"kept-{number}"
            runs = []
            for _ in range(3):
                shutil.copytree(place, kept)
                runs.append(run_measured("bench.nightly", str(source), str(kept)))
                shutil.rmtree(kept)
            found = min(runs, key=lambda one: one.cpu)
            rolled = found.output["days"]
            print(f"lake of {number} days{'':12} {found.cpu:7.2f} {found.wall:7.2f} {found.peak_mb:8.0f} {rolled:15}")
        run_night(source, place)
        shutil.rmtree(source)


def generate_night(folder: Path, day: date, accounts: int) -> None:
    """Write a log object for each account."""
    rng = random.Random(day.toordinal())
    for number in range(accounts):
        account = f"{number + 1:012}"
        path = folder / f"AWSLogs/{account}/CloudTrail/us-east-1/{day:%Y/%m/%d}/{account}.json.gz"
        path.parent.mkdir(parents=True)
        records = [_record(rng, day, account) for _ in range(_EVENTS)]
        path.write_bytes(igzip.compress(json.dumps({"Records": records}).encode(), compresslevel=1))


def run_night(source: Path, place: Path) -> int:
    """Bring the night's log objects in and roll up; how many days were rolled up."""
    lake = Lake.create(place)
    run_ingest([open_source(str(source))], lake, engine=open_engine(1))
    return len(refresh_usage(lake, load_catalog()).dates)


def _record(rng: random.Random, day: date, account: str) -> dict[str, object]:
    role = f"role-{rng.randrange(5)}"
    issuer = {"type": "Role", "arn": f"arn:aws:iam::{account}:role/{role}", "accountId": account, "userName": role}
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "arn": f"arn:aws:sts::{account}:assumed-role/{role}/s",
            "accountId": account,
            "sessionContext": {"sessionIssuer": issuer},
        },
        "eventTime": f"{day}T{rng.randrange(24):02}:00:00Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": rng.choice(("GetObject", "PutObject")),
        "awsRegion": "us-east-1",
        "requestParameters": {"bucketName": f"b-{rng.randrange(3)}", "key": f"k-{rng.randrange(99)}"},
        "eventID": str(uuid.UUID(int=rng.getrandbits(128))),
        "eventType": "AwsApiCall",
        "recipientAccountId": account,
    }


def main() -> None:
    """Run one night."""
    source, place = sys.argv[1:]
    watch = Stopwatch()
    watch.report(days=run_night(Path(source), Path(place)))


if __name__ == "__main__":
    main()
