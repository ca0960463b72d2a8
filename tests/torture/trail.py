"""Log objects that come while the lake is being tortured: new ones, copies of events, and some that change."""

import gzip
import json
import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.trail.records import ROLE, record

_START = datetime(2026, 3, 1, tzinfo=UTC)
_DAYS = 4
_NAMES = ("GetObject", "PutObject", "ListBuckets", "DeleteObject")


class GrowingTrail:
    """A folder of log objects, of which this class knows what a lake of them must hold."""

    def __init__(self, folder: Path, rng: random.Random) -> None:
        self._folder = folder
        self._rng = rng
        self._serial = 0
        self.contents: dict[str, list[dict[str, Any]]] = {}
        """Key → records, as they are now."""

    def add(self, objects: int, events: int) -> None:
        """Deliver log objects; some of their events were delivered before."""
        for _ in range(objects):
            day = _START + timedelta(days=self._rng.randrange(_DAYS))
            account = f"{self._rng.randrange(3) + 1:012}"
            self._serial += 1
            key = f"AWSLogs/{account}/CloudTrail/us-east-1/{day:%Y/%m/%d}/{self._serial:06}.json.gz"
            self._write(key, [self._event(day, account) for _ in range(events)] + self._copies())

    def change(self, objects: int) -> None:
        """Give log objects another content."""
        for key in self._rng.sample(sorted(self.contents), min(objects, len(self.contents))):
            day = datetime.strptime(key.split("us-east-1/")[1][:10], "%Y/%m/%d").replace(tzinfo=UTC)
            self._write(key, [self._event(day, key.split("/")[1]) for _ in range(self._rng.randrange(1, 20))])

    def identities(self) -> Iterator[tuple[str, str]]:
        """The identity of each record, with the key of its log object."""
        for key, records in self.contents.items():
            for one in records:
                yield f"{one['eventID']}:{one['recipientAccountId']}", key

    def _event(self, day: datetime, account: str) -> dict[str, Any]:
        self._serial += 1
        return record(
            eventID=f"e-{self._serial}",
            eventTime=f"{day + timedelta(seconds=self._rng.randrange(86_400)):%Y-%m-%dT%H:%M:%SZ}",
            eventName=self._rng.choice(_NAMES),
            recipientAccountId=account,
            userIdentity=ROLE,
            requestParameters={"bucketName": f"b-{self._rng.randrange(5)}", "key": f"k-{self._rng.randrange(50)}"},
        )

    def _copies(self) -> list[dict[str, Any]]:
        if not self.contents:
            return []
        return self.contents[self._rng.choice(sorted(self.contents))][:2]

    def _write(self, key: str, records: list[dict[str, Any]]) -> None:
        path = self._folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}")
        partial.write_bytes(gzip.compress(json.dumps({"Records": records}).encode(), compresslevel=1))
        partial.replace(path)
        # The ETag of a file is its time of change, which a fast machine may not tell apart.
        self._serial += 1
        os.utime(path, ns=(self._serial * 1_000_000_000, self._serial * 1_000_000_000))
        self.contents[key] = records
