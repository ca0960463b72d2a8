"""The order, the bounds and the number of requests of a listing, against a bucket that is a sorted list of keys."""

import bisect
import threading
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trailmin.errors import TrailError
from trailmin.trail.sources.interface import Listing
from trailmin.trail.sources.layout import Selection
from trailmin.trail.sources.s3_walk import AHEAD, BucketLayout, walk

TODAY = date(2026, 3, 31)


class Bucket:
    """Answers `ListObjectsV2` as S3 documents it."""

    def __init__(self, keys: Sequence[str], page: int = 1000, seconds: float = 0) -> None:
        self.keys = keys
        self.page = page
        self.seconds = seconds
        self.requests = 0
        self.under_way = 0
        self.most_under_way = 0
        self._lock = threading.Lock()

    def __call__(self, **asked: str) -> dict[str, Any]:
        with self._lock:
            self.requests += 1
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
        time.sleep(self.seconds)
        answer = self._answer(asked)
        with self._lock:
            self.under_way -= 1
        return answer

    def _answer(self, asked: dict[str, str]) -> dict[str, Any]:
        prefix, after = asked.get("Prefix", ""), asked.get("ContinuationToken") or asked.get("StartAfter", "")
        at = max(bisect.bisect_left(self.keys, prefix), bisect.bisect_right(self.keys, after))
        contents: list[dict[str, Any]] = []
        folders: list[dict[str, str]] = []
        while at < len(self.keys) and self.keys[at].startswith(prefix) and len(contents) + len(folders) < self.page:
            key, end = self.keys[at], -1
            if "Delimiter" in asked:
                end = key.find("/", len(prefix))
            if end >= 0:
                folders.append({"Prefix": key[: end + 1]})
                at = bisect.bisect_left(self.keys, key[:end] + "0")
            else:
                contents.append({"Key": key, "Size": 1, "ETag": '"e"'})
                at += 1
        answer: dict[str, Any] = {"Contents": contents, "CommonPrefixes": folders}
        if at < len(self.keys) and self.keys[at].startswith(prefix):
            answer |= {"IsTruncated": True, "NextContinuationToken": self.keys[at - 1]}
        return answer


def pages(bucket: Bucket, prefix: str = "", **chosen: Any) -> Iterator[Listing]:
    layout = BucketLayout(bucket="b", selection=Selection(**chosen), today=TODAY, request=bucket, settled=None)
    return walk((layout.root(prefix),), layout.expand)


def listed(bucket: Bucket, prefix: str = "", **chosen: Any) -> list[str]:
    return [found.key for page in pages(bucket, prefix, **chosen) for found in page.log_objects]


def trail(accounts: int, regions: Sequence[str], days: int, each: int) -> list[str]:
    return sorted(
        f"AWSLogs/o-a1b2c3d4e5/{account:012}/CloudTrail/{region}/{TODAY - timedelta(days=day):%Y/%m/%d}/{n:06}.json.gz"
        for account in range(accounts)
        for region in regions
        for day in range(days)
        for n in range(each)
    )


def test_a_small_region_is_one_request_whatever_the_window() -> None:
    bucket = Bucket(trail(10, ("eu-west-1", "us-east-1"), 30, 30))
    assert listed(bucket, since=TODAY - timedelta(days=400)) == list(bucket.keys)
    assert bucket.requests == 1 + 1 + 1 + 10 * 2 + 10 * 2


def test_days_that_fill_pages_are_listed_side_by_side() -> None:
    bucket = Bucket(trail(1, ("us-east-1",), 20, 300), page=100, seconds=0.005)
    assert listed(bucket) == list(bucket.keys)
    assert bucket.most_under_way > 10
    assert bucket.requests <= 5 + 1 + 20 * 3 + 21


def test_memory_is_that_of_a_few_pages_however_many_keys_there_are() -> None:
    """Above what the bucket itself takes; all log objects at once would be three times as much."""
    bucket = Bucket(trail(1, ("us-east-1",), 20, 3000), page=100)
    tracemalloc.start()
    try:
        assert sum(len(page.log_objects) for page in pages(bucket)) == 60_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < AHEAD * 100 * 1500


def test_what_goes_wrong_in_one_request_ends_the_listing() -> None:
    bucket = Bucket(trail(20, ("us-east-1",), 2, 2))

    def refuse(**asked: str) -> dict[str, Any]:
        if "000000000007" in asked.get("Prefix", ""):
            raise TrailError("no")
        return bucket(**asked)

    layout = BucketLayout(bucket="b", selection=Selection(), today=TODAY, request=refuse, settled=None)
    with pytest.raises(TrailError, match="no"):
        list(walk((layout.root(""),), layout.expand))


_NAMES = st.sampled_from(
    ["AWSLogs", "o-a1b2c3d4e5", "111122223333", "444455556666", "CloudTrail", "us-east-1", "x", "Config"]
)
_DAYS = st.dates(date(2025, 12, 1), date(2026, 4, 5)).map(lambda day: f"{day:%Y/%m/%d}")
_KEYS = st.one_of(
    st.builds(
        lambda before, account, region, day, name: (
            f"{before}AWSLogs/{account}/CloudTrail/{region}/{day}/{name}.json.gz"
        ),
        st.sampled_from(["", "x/", "AWSLogs/", "o-a1b2c3d4e5/"]),
        st.sampled_from(["111122223333", "o-a1b2c3d4e5/111122223333", "444455556666"]),
        st.sampled_from(["us-east-1", "eu-west-1"]),
        _DAYS,
        st.text("abc", min_size=1, max_size=3),
    ),
    st.builds(
        lambda parts, name: "/".join([*parts, f"{name}.json"]), st.lists(_NAMES, max_size=3), st.text("ab", min_size=1)
    ),
)


def is_expected(key: str, selection: Selection) -> bool:
    """Everything but what is below a folder of an account, or beside it, that CloudTrail does not deliver logs to."""
    parts = key.split("/")
    for at, part in enumerate(parts[:-1]):
        below = parts[at + 1 : -1]
        if part == "AWSLogs" and below[:1] == ["o-a1b2c3d4e5"]:
            below = below[1:]
        if part == "AWSLogs" and "AWSLogs" not in below and len(below) > 1 and below[1] != "CloudTrail":
            return False
    return "Config" not in parts and selection.admits(key)


@settings(max_examples=150)
@given(
    st.sets(_KEYS, max_size=60),
    st.integers(1, 4),
    st.none() | st.dates(date(2026, 1, 1), date(2026, 4, 1)),
    st.booleans(),
)
def test_every_log_object_that_is_asked_for_is_listed_once_and_in_order(
    keys: set[str], page: int, day: date | None, is_until: bool
) -> None:
    selection = Selection(until=day) if is_until else Selection(since=day)
    layout = BucketLayout(
        bucket="b", selection=selection, today=TODAY, request=Bucket(sorted(keys), page), settled=None
    )
    found = [
        one.location.removeprefix("s3://b/")
        for page in walk((layout.root(""),), layout.expand)
        for one in page.log_objects
    ]
    assert len(found) == len(set(found))
    assert set(found) == {key for key in keys if is_expected(key, selection)}
    folders: dict[str, str] = {}
    for key in found:
        folder = key.rpartition("/")[0]
        assert folders.get(folder, "") < key
        folders[folder] = key
