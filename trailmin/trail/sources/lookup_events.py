"""CloudTrail's event history, for accounts whose log files cannot be reached: management events of 90 days alone.

Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html (two requests a second for
an account and region, 50 events each, newest first, the last 90 days).
"""

import gzip
import hashlib
import itertools
import queue
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Final, cast

from trailmin.errors import TrailError
from trailmin.trail.sources.access import AwsAccess
from trailmin.trail.sources.aws import AwsError, explain, open_client
from trailmin.trail.sources.interface import Listing, LogObject, SettledKeys
from trailmin.trail.sources.layout import Selection

ORIGIN: Final = "lookup-events"
DAYS: Final = 90

_INTERVAL: Final = 0.5
"""Seconds from one request to the next in a region."""
_LATE: Final = timedelta(days=1)
"""How long after its end a day is looked up again: events come up to some minutes late."""
_SECOND: Final = timedelta(seconds=1)

_Found = Listing | BaseException | None
"""A day of a region, what stopped a region, or the end of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupEventsSource:
    """The event history of the account whose credentials are used: a log object for each region and day.

    Days are looked up while they are listed, all regions at a time, and wait in a temporary folder to be read.
    """

    is_remote: ClassVar[bool] = False

    access: AwsAccess = field(default_factory=AwsAccess)
    selection: Selection = field(default_factory=Selection)
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    folder: str = field(default_factory=lambda: tempfile.mkdtemp(prefix="trailmin-"))

    def list(self, settled: SettledKeys | None = None) -> Iterator[Listing]:
        """See `Source.list`: each day of each region that is not known, and the last two again."""
        account = self._account()
        regions = sorted(self.selection.regions) or self._regions()
        clients = {region: open_client(self.access, "cloudtrail", region) for region in regions}
        found: queue.Queue[_Found] = queue.Queue(maxsize=len(regions))
        stopped = threading.Event()

        def look_up(region: str) -> None:
            end: _Found = None
            try:
                for day in self._days(account, region, None if self.selection.relist else settled):
                    found.put(self._look_up_day(clients[region], account, region, day, stopped))
                    if stopped.is_set():
                        break
            except BaseException as error:  # noqa: BLE001 - raised again where the listing is read
                end = error
            found.put(end)

        running = len(regions)
        with ThreadPoolExecutor(running, thread_name_prefix="lookup") as pool:
            for region in regions:
                pool.submit(look_up, region)
            try:
                while running:
                    item = found.get()
                    running -= not isinstance(item, Listing)
                    if isinstance(item, BaseException):
                        raise item
                    if item is not None:
                        yield item
            finally:
                # Each region ends with one thing that is no day; until then it may wait for room.
                stopped.set()
                while running:
                    running -= not isinstance(found.get(), Listing)

    def open(self, log_object: LogObject) -> BinaryIO:
        """See `Source.open`."""
        return Path(log_object.location).open("rb")

    def close(self) -> None:
        """Remove the temporary folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _account(self) -> str:
        task = "tell whose event history it is"
        try:
            account = str(open_client(self.access, "sts").get_caller_identity()["Account"])
        except AwsError as error:
            raise explain(error, "sts:GetCallerIdentity", "", task) from error
        if not self.selection.admits_account(account):
            raise TrailError(
                f"the credentials are of account {account}, which --account leaves out",
                hint="events can be looked up in the account of the credentials alone: --profile or --assume-role",
            )
        return account

    def _regions(self) -> Sequence[str]:
        try:
            answer = open_client(self.access, "ec2").describe_regions()
        except AwsError as error:
            raise explain(
                error, "ec2:DescribeRegions", "", "tell the account's regions (or name them: --region)"
            ) from error
        return sorted(region["RegionName"] for region in answer["Regions"])

    def _days(self, account: str, region: str, settled: SettledKeys | None) -> Iterator[date]:
        day = max(self.selection.since or date.min, self.today - timedelta(days=DAYS - 1))
        while day <= min(self.selection.until or date.max, self.today):
            folder = _key(account, region, day).rpartition("/")[0] + "/"
            if settled is None or day >= self.today - _LATE or settled.last_settled(folder) is None:
                yield day
            day += timedelta(days=1)

    def _look_up_day(self, client: Any, account: str, region: str, day: date, stopped: threading.Event) -> Listing:
        key = _key(account, region, day)
        path = Path(self.folder, key.replace("/", "_"))
        digest = hashlib.sha256()
        with gzip.GzipFile(path, "wb", compresslevel=1, mtime=0) as file:
            # A day without events is known as well, which an empty file would not say.
            for text in itertools.chain(['{"Records": []}'], _events(client, region, day, stopped)):
                line = text.replace("\n", " ").encode() + b"\n"
                digest.update(line)
                file.write(line)
        found = LogObject(
            key=key,
            location=str(path),
            size=path.stat().st_size,
            etag=digest.hexdigest()[:32],
            origin=ORIGIN,
        )
        return Listing(log_objects=(found,), skipped=0)


def _key(account: str, region: str, day: date) -> str:
    return f"{ORIGIN}/{account}/{region}/{day:%Y/%m/%d}/events.jsonl.gz"


def _events(client: Any, region: str, day: date, stopped: threading.Event) -> Iterator[str]:
    """The records of a day, newest first; at most two requests a second."""
    start = datetime.combine(day, time_of_day.min, UTC)
    parameters: dict[str, Any] = {
        "StartTime": start,
        "EndTime": start + timedelta(days=1) - _SECOND,
        "MaxResults": 50,
    }
    while not stopped.is_set():
        began = time.monotonic()
        try:
            answer = client.lookup_events(**parameters)
        except AwsError as error:
            raise explain(error, "cloudtrail:LookupEvents", "", f"look up events of {region}") from error
        yield from (cast("str", event["CloudTrailEvent"]) for event in answer.get("Events", ()))
        token = answer.get("NextToken")
        stopped.wait(max(0.0, began + _INTERVAL - time.monotonic()))
        if not token:
            return
        parameters["NextToken"] = token
