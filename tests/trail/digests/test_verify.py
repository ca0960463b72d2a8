import gzip
import io
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.http_server import QuietHandler, serving
from tests.trail.digests.chains import FINGERPRINT, keys, listed_keys, log_key, make_chain, write_tree
from trailmin.errors import TrailError
from trailmin.trail.digests import (
    DigestIndex,
    DigestStatus,
    Expectation,
    FindingKind,
    LogStatus,
    PublicKeys,
    check_log_object,
    index_nearby,
    read_public_keys,
)
from trailmin.trail.digests.nearby_s3 import region_keys
from trailmin.trail.sources import AwsAccess, FolderSource, LogObject, Source
from trailmin.trail.sources.s3 import S3Source

LOGS = {hour: {log_key(hour): json.dumps({"Records": [hour]}).encode()} for hour in range(5)}
TEXTS = {key: text for of_hour in LOGS.values() for key, text in of_hour.items()}
CHAIN = make_chain(6, LOGS)


def listed(source: Source) -> list[tuple[LogObject, Source]]:
    return [(found, source) for page in source.list() for found in page.log_objects]


def statuses(source: Source, index: DigestIndex) -> dict[str, str]:
    found = {}
    for log_object, _ in listed(source):
        with source.open(log_object) as stream:
            found[log_object.key] = check_log_object(stream, index.expectation(log_object.key))[0].status.value
    return found


def verify(source: Source, public: PublicKeys | None = None) -> tuple[dict[str, str], DigestIndex]:
    index = index_nearby(listed(source), public if public is not None else keys())
    return statuses(source, index), index


def valid_of(index: DigestIndex) -> int:
    return sum(one.status is DigestStatus.VALID for one in index.states)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    write_tree(tmp_path, CHAIN, TEXTS)
    return tmp_path


def test_what_cloudtrail_delivered_is_verified(tree: Path) -> None:
    found, index = verify(FolderSource(path=tree))
    assert found == dict.fromkeys(TEXTS, "verified")
    assert (index.findings, valid_of(index)) == ((), 6)


def test_part_of_a_tree_is_enough(tree: Path) -> None:
    found, index = verify(FolderSource(path=(tree / log_key(2)).parent))
    assert found == dict.fromkeys(TEXTS, "verified")
    assert index.findings == ()


def test_a_tampered_log_object_is_altered(tree: Path) -> None:
    (tree / log_key(2)).write_bytes(gzip.compress(b'{"Records":[]}'))
    found, _ = verify(FolderSource(path=tree))
    assert found == dict.fromkeys(TEXTS, "verified") | {log_key(2): "altered"}


def test_a_gzip_member_that_was_appended_is_tampering_though_the_hash_is_right(tree: Path) -> None:
    with (tree / log_key(3)).open("ab") as file:
        file.write(gzip.compress(b'{"Records":[{"forged":true}]}'))
    found, index = verify(FolderSource(path=tree))
    assert found == dict.fromkeys(TEXTS, "verified") | {log_key(3): "altered"}
    with (tree / log_key(3)).open("rb") as stream:
        assert "data follows its gzip member" in check_log_object(stream, index.expectation(log_key(3)))[0].reason


def test_a_deleted_log_object_is_named(tree: Path) -> None:
    (tree / log_key(1)).unlink()
    found, index = verify(FolderSource(path=tree))
    assert set(found.values()) == {"verified"}
    assert [(one.kind, one.key) for one in index.findings] == [(FindingKind.DELETED_LOG_OBJECT, log_key(1))]
    assert CHAIN[1].key in index.findings[0].reason


def test_a_log_object_that_was_put_beside_the_others_is_unverified(tree: Path) -> None:
    forged = log_key(2, "forged")
    (tree / forged).write_bytes(gzip.compress(b'{"Records":[]}'))
    found, index = verify(FolderSource(path=tree))
    assert found[forged] == "unverified"
    assert index.expectation(forged).reason == "no digest lists it"


def test_the_log_objects_of_a_digest_without_signature_are_unverified(tree: Path) -> None:
    (tree / (CHAIN[-1].key + ".signature")).unlink()
    (tree / CHAIN[-1].key).unlink()
    found, index = verify(FolderSource(path=tree))
    assert found[log_key(4)] == "unverified"
    assert "its signature is not at hand" in index.expectation(log_key(4)).reason
    assert {status for key, status in found.items() if key != log_key(4)} == {"verified"}


def test_the_signature_beside_a_digest_may_be_what_the_cli_prints(tree: Path) -> None:
    beside = tree / (CHAIN[-1].key + ".signature")
    beside.write_text(json.dumps({"Metadata": {"signature": CHAIN[-1].signature}}))
    assert valid_of(verify(FolderSource(path=tree))[1]) == 6
    for text in ("{}", "{", '{"Metadata": 1}'):
        beside.write_text(text)
        assert valid_of(verify(FolderSource(path=tree))[1]) == 5


def test_log_objects_outside_of_a_trails_layout_are_unverified(tmp_path: Path) -> None:
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(b"{}"))
    assert set(verify(FolderSource(path=tmp_path))[0].values()) == {"unverified"}


@pytest.mark.parametrize("content", [b"", b"{}", gzip.compress(b"abc", mtime=0)[:-5], b"\x1f\x8bxx"])
def test_what_is_no_gzip_is_altered(content: bytes) -> None:
    expectation = Expectation(hash_value="00", reason="r")
    check, _ = check_log_object(io.BytesIO(content), expectation)
    assert check.status is LogStatus.ALTERED


def test_the_verdict_is_about_the_bytes_that_are_read_afterwards(tree: Path) -> None:
    _, index = verify(FolderSource(path=tree))
    with (tree / log_key(0)).open("rb") as stream:
        _, checked = check_log_object(stream, index.expectation(log_key(0)))
        (tree / log_key(0)).write_bytes(b"changed meanwhile")
        assert gzip.decompress(checked.read()) == TEXTS[log_key(0)]


def test_public_keys_are_read_from_what_the_cli_prints(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text(listed_keys())
    assert read_public_keys([path]) == keys()
    path.write_text(listed_keys().replace("PublicKeyList", "publicKeyList"))
    assert read_public_keys([path]) == keys()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"PublicKeyList": [1]}', '{"PublicKeyList": [{"Value": "AAAA", "Fingerprint": "f"}]}']
)
def test_what_is_no_list_of_public_keys_is_refused_with_what_to_do(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(text)
    with pytest.raises(TrailError) as raised:
        read_public_keys([path])
    assert "list-public-keys" in (raised.value.hint or "")
    with pytest.raises(TrailError, match="cannot read"):
        read_public_keys([tmp_path / "none.json"])


@pytest.fixture
def bucket(aws_endpoint: str) -> tuple[Any, str]:
    """A bucket with an organization's prefix before the tree, and signatures where S3 has them."""
    client = boto3.client("s3", endpoint_url=aws_endpoint)
    name = f"trail-{uuid.uuid4()}"
    client.create_bucket(Bucket=name)
    for key, text in TEXTS.items():
        client.put_object(Bucket=name, Key=f"logs/{key}", Body=gzip.compress(text))
    return client, name


def put_digests(client: Any, name: str) -> None:
    chain = make_chain(6, LOGS, bucket=name, prefix="logs/")
    for made in chain:
        metadata = {"signature": made.signature, "signature-algorithm": "SHA256withRSA"}
        client.put_object(Bucket=name, Key=f"logs/{made.key}", Body=made.file().content, Metadata=metadata)


def test_in_a_bucket_signatures_are_metadata(bucket: tuple[Any, str], aws_endpoint: str) -> None:
    client, name = bucket
    put_digests(client, name)
    source = S3Source(bucket=name, prefix="logs", access=AwsAccess(endpoint_url=aws_endpoint))
    found, index = verify(source)
    assert found == dict.fromkeys(TEXTS, "verified")
    assert (index.findings, valid_of(index)) == ((), 6)
    client.delete_object(Bucket=name, Key=f"logs/{log_key(1)}")
    assert [one.kind for one in verify(source)[1].findings] == [FindingKind.DELETED_LOG_OBJECT]


@contextmanager
def cloudtrail() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An endpoint that answers `ListPublicKeys` page by page as the service does, and what it was asked."""
    asked: list[dict[str, Any]] = []

    class Handler(QuietHandler):
        def do_POST(self) -> None:  # noqa: N802 - as the base class finds it
            asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            assert self.headers["X-Amz-Target"].endswith(".ListPublicKeys")
            page = (
                {"PublicKeyList": [], "NextToken": "2"} if "NextToken" not in asked[-1] else json.loads(listed_keys())
            )
            body = json.dumps(page).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with serving(Handler) as address:
        yield address, asked


@pytest.mark.usefixtures("aws_endpoint")
def test_public_keys_of_the_region_come_from_list_public_keys() -> None:
    with cloudtrail() as (endpoint, asked):
        found = region_keys(AwsAccess(endpoint_url=endpoint), "eu-west-1", date(2026, 3, 1))
    assert found.by_fingerprint == {FINGERPRINT: keys().by_fingerprint[FINGERPRINT]}
    assert len(asked) == 2
    assert all("StartTime" in one and "EndTime" in one for one in asked)
