import uuid
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import boto3
import pytest

from tests.aws_server import faulty_proxy
from trailmin.errors import TrailError
from trailmin.trail.sources import AwsAccess, Listing, Selection, open_source
from trailmin.trail.sources.s3 import S3Source

TODAY = date(2026, 3, 10)
Bucket = Callable[..., str]


@pytest.fixture(scope="module")
def s3(aws_endpoint: str) -> Any:
    return boto3.client("s3", endpoint_url=aws_endpoint)


@pytest.fixture
def bucket(s3: Any) -> Bucket:
    """Makes a bucket with objects of the given keys."""

    def make(*keys: str, body: bytes = b"{}") -> str:
        name = f"trail-{uuid.uuid4()}"
        s3.create_bucket(Bucket=name)
        for key in keys:
            s3.put_object(Bucket=name, Key=key, Body=body)
        return name

    return make


@pytest.fixture
def access(aws_endpoint: str) -> AwsAccess:
    return AwsAccess(endpoint_url=aws_endpoint, read_timeout=1)


def log(
    account: str, region: str, day: str, name: str = "a", before: str = "AWSLogs/", folder: str = "CloudTrail"
) -> str:
    return f"{before}{account}/{folder}/{region}/{day.replace('-', '/')}/{name}.json.gz"


def source(access: AwsAccess, name: str, prefix: str = "", **selection: Any) -> S3Source:
    return S3Source(bucket=name, prefix=prefix, access=access, selection=Selection(**selection), today=TODAY)


def keys(pages: Iterator[Listing]) -> list[str]:
    return [found.key for page in pages for found in page.log_objects]


ONE, TWO, ORG = "111122223333", "444455556666", "o-a1b2c3d4e5"


@pytest.mark.parametrize(
    "before",
    ["AWSLogs/", f"AWSLogs/{ORG}/", f"{ORG}/AWSLogs/{ORG}/", "team/logs/AWSLogs/", "AWSLogs/copy/AWSLogs/"],
)
def test_every_layout_of_keys_is_listed_in_order(bucket: Bucket, access: AwsAccess, before: str) -> None:
    expected = [
        log(account, region, day, before=before)
        for account in (ONE, TWO)
        for region in ("eu-west-1", "us-east-1")
        for day in ("2026-03-01", "2026-03-02")
    ]
    others = [
        log(ONE, "us-east-1", "2026-03-01", before=before, folder=folder)
        for folder in ("CloudTrail-Digest", "CloudTrail-Insight", "Config", "vpcflowlogs")
    ]
    name = bucket(*expected, *others)
    from_root = [key[key.rindex("AWSLogs/") :] for key in expected]
    assert keys(source(access, name).list()) == from_root
    assert keys(source(access, name, before.rstrip("/")).list()) == from_root
    assert keys(source(access, name, f"{before}{ONE}/CloudTrail/us-east-1/").list()) == from_root[2:4]
    assert keys(source(access, name, f"{before}{ONE}/CloudTrail/us-east-1/2026/03/01").list()) == from_root[2:3]


def test_an_organizations_accounts_stand_beside_the_management_accounts_own_trail(
    bucket: Bucket, access: AwsAccess
) -> None:
    own, of_org = log(ONE, "us-east-1", "2026-03-01"), log(TWO, "us-east-1", "2026-03-01", before=f"AWSLogs/{ORG}/")
    assert keys(source(access, bucket(own, of_org)).list()) == [own, of_org]


def test_network_activity_events_are_logs_too(bucket: Bucket, access: AwsAccess) -> None:
    key = log(ONE, "us-east-1", "2026-03-01", folder="CloudTrail-NetworkActivity")
    assert keys(source(access, bucket(key)).list()) == [key]


def test_accounts_regions_and_days_are_chosen(bucket: Bucket, access: AwsAccess) -> None:
    every = [
        log(account, region, f"2026-03-0{day}")
        for account in (ONE, TWO)
        for region in ("eu-west-1", "us-east-1")
        for day in (1, 2, 3)
    ]
    name = bucket(*every)
    chosen = source(
        access,
        name,
        since=date(2026, 3, 2),
        until=date(2026, 3, 2),
        accounts=frozenset({TWO}),
        regions=frozenset({"us-east-1"}),
    )
    assert keys(chosen.list()) == [log(TWO, "us-east-1", "2026-03-02")]
    assert keys(source(access, name, since=date(2026, 3, 3)).list()) == [key for key in every if "/03/03/" in key]


def test_only_what_is_asked_for_is_listed(bucket: Bucket, access: AwsAccess) -> None:
    name = bucket(*(log(account, "us-east-1", "2026-03-01") for account in (ONE, TWO)))
    asked: list[str] = []

    def note(_: str, path: str) -> None:
        asked.append(path)

    with faulty_proxy(access.endpoint_url or "", note) as endpoint:
        chosen = source(AwsAccess(endpoint_url=endpoint), name, accounts=frozenset({TWO}))
        assert len(keys(chosen.list())) == 1
    assert not [path for path in asked if ONE in path]


def test_exports_below_any_prefix_are_listed_by_name(bucket: Bucket, access: AwsAccess) -> None:
    name = bucket("x/a.jsonl", "x/2026/03/b.json.gz", "x/notes.txt", "x/y/result_1.csv.gz", "x/y/result_sign.json")
    pages = list(source(access, name, "x").list())
    assert keys(iter(pages)) == [
        f"s3://{name}/x/a.jsonl",
        f"s3://{name}/x/2026/03/b.json.gz",
        f"s3://{name}/x/y/result_1.csv.gz",
    ]
    assert sum(page.skipped for page in pages) == 2


def test_one_object_can_be_named(bucket: Bucket, access: AwsAccess) -> None:
    name = bucket("x/trail", "x/trail.json", body=b"words")
    named = source(access, name, "x/trail")
    ((found,),) = [page.log_objects for page in named.list()]
    with named.open(found) as stream:
        assert stream.read() == b"words"
        stream.seek(0)
        assert stream.read(2) == b"wo"


class Settled:
    """Days and the last keys up to which they are done with."""

    def __init__(self, *known: str) -> None:
        self.folders = {key.rpartition("/")[0] + "/": key for key in known}
        self.asked: list[str] = []

    def last_settled(self, folder: str) -> str | None:
        self.asked.append(folder)
        return self.folders.get(folder)


def test_long_days_are_split_and_go_on_behind_what_is_settled(
    bucket: Bucket, s3: Any, access: AwsAccess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages of 5 keys: a region of 4 days with 8 each."""
    days = ["2026-03-05", "2026-03-06", "2026-03-07", "2026-03-09"]
    every = [log(ONE, "us-east-1", day, f"{n}", before=f"x/AWSLogs/{ORG}/") for day in days for n in range(8)]
    name = bucket(*every)
    expected = [key.removeprefix("x/") for key in every]
    monkeypatch.setattr("trailmin.trail.sources.s3._PAGE", {"MaxKeys": 5})
    assert keys(source(access, name).list()) == expected
    assert keys(source(access, name, until=date(2026, 3, 6)).list()) == expected[:16]
    settled = Settled(expected[12], expected[23], expected[31])
    behind = source(access, name).list(settled)
    # All of the first page; then the 6th and 7th behind what is settled; the 9th whole, being of late.
    assert keys(behind) == [*expected[:8], *expected[13:16], *expected[24:]]
    assert all(folder.startswith(f"AWSLogs/{ORG}/{ONE}/CloudTrail/us-east-1/2026/03/") for folder in settled.asked)


def test_a_bucket_that_is_not_there_is_an_error_with_a_hint(access: AwsAccess) -> None:
    with pytest.raises(TrailError, match="NoSuchBucket") as caught:
        list(source(access, "no-such-bucket-of-ours").list())
    assert caught.value.hint


def test_a_missing_permission_is_named(bucket: Bucket, access: AwsAccess) -> None:
    name = bucket(log(ONE, "us-east-1", "2026-03-01"))
    (page,) = source(access, name).list()
    with faulty_proxy(access.endpoint_url or "", lambda *_: "403") as endpoint:
        refused = source(AwsAccess(endpoint_url=endpoint), name)
        with pytest.raises(TrailError, match=f"s3:ListBucket on arn:aws:s3:::{name}") as caught:
            list(refused.list())
        assert "docs/ingest.md" in (caught.value.hint or "")
        with pytest.raises(PermissionError, match=f"s3:GetObject on arn:aws:s3:::{name}/AWSLogs"):
            refused.open(page.log_objects[0])


def test_an_object_that_changed_or_went_after_the_listing_is_noticed(
    bucket: Bucket, s3: Any, access: AwsAccess
) -> None:
    key = log(ONE, "us-east-1", "2026-03-01")
    name = bucket(key)
    opened = source(access, name)
    ((found,),) = [page.log_objects for page in opened.list()]
    s3.put_object(Bucket=name, Key=key, Body=b"[]")
    with pytest.raises(OSError, match="changed since it was listed"):
        opened.open(found)
    s3.delete_object(Bucket=name, Key=key)
    with pytest.raises(FileNotFoundError, match="gone since it was listed"):
        opened.open(found)


@pytest.mark.parametrize("kind", ["503", "reset", "truncate", "hang"])
def test_faults_are_tried_again(bucket: Bucket, access: AwsAccess, kind: str) -> None:
    body = bytes(range(256)) * 1000
    name = bucket(log(ONE, "us-east-1", "2026-03-01"), body=body)
    faults = {"GET": 3 if kind != "hang" else 1}

    def fault(method: str, path: str) -> str | None:
        if "list-type" in path and kind == "truncate":
            return None
        faults[method] = faults.get(method, 0) - 1
        return kind if faults[method] >= 0 else None

    with faulty_proxy(access.endpoint_url or "", fault) as endpoint:
        opened = source(AwsAccess(endpoint_url=endpoint, read_timeout=1), name)
        ((found,),) = [page.log_objects for page in opened.list()]
        faults["GET"] = 2 if kind != "hang" else 1
        with opened.open(found) as stream:
            assert stream.read() == body


def test_the_requester_pays_when_told_to(bucket: Bucket, access: AwsAccess) -> None:
    name = bucket(log(ONE, "us-east-1", "2026-03-01"))
    paying = AwsAccess(endpoint_url=access.endpoint_url, requester_pays=True)
    opened = source(paying, name)
    ((found,),) = [page.log_objects for page in opened.list()]
    opened.open(found).close()


def test_a_role_is_assumed_with_its_external_id(bucket: Bucket, access: AwsAccess) -> None:
    name = bucket(log(ONE, "us-east-1", "2026-03-01"))
    asked: list[str] = []

    def note(method: str, path: str) -> None:
        asked.append(f"{method} {path}")

    with faulty_proxy(access.endpoint_url or "", note) as endpoint:
        in_role = AwsAccess(endpoint_url=endpoint, role_arn=f"arn:aws:iam::{ONE}:role/reader", external_id="x-1")
        assert len(keys(source(in_role, name).list())) == 1
    assert asked[0] == "POST /"


def test_a_source_that_names_no_bucket_is_refused() -> None:
    with pytest.raises(TrailError, match="names no bucket"):
        open_source("s3:///x")


def test_an_unknown_profile_is_an_error() -> None:
    with pytest.raises(TrailError, match="ProfileNotFound"):
        list(S3Source(bucket="b", access=AwsAccess(profile="nobody")).list())
