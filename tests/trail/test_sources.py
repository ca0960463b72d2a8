import io
import os
import sys
from pathlib import Path

import pytest

from trailmin.errors import TrailError
from trailmin.trail.sources import Listing, StdinSource, open_source

LOG = "AWSLogs/1/CloudTrail/us-east-1/2026/03/01/a.json.gz"


def put(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"{}")


def listing_of(path: Path) -> Listing:
    (listing,) = open_source(str(path)).list()
    return listing


def keys(path: Path) -> list[str]:
    return [found.key for found in listing_of(path).log_objects]


def test_keys_are_the_same_from_a_folder_above_or_below(tmp_path: Path) -> None:
    put(tmp_path, f"bucket/{LOG}")
    for start in (tmp_path, tmp_path / "bucket", tmp_path / "bucket/AWSLogs/1", tmp_path / f"bucket/{LOG}"):
        assert keys(start) == [LOG]


def test_elsewhere_the_whole_path_is_the_key(tmp_path: Path) -> None:
    put(tmp_path, "x/events.json", "y/events.json")
    assert keys(tmp_path) == [f"{tmp_path}/x/events.json", f"{tmp_path}/y/events.json"]


def test_what_is_no_log_is_skipped_and_counted(tmp_path: Path) -> None:
    put(
        tmp_path,
        LOG,
        LOG.replace("CloudTrail/", "CloudTrail-Digest/"),
        LOG.replace("CloudTrail/", "CloudTrail-Insight/"),
    )
    put(tmp_path, "readme.txt", "b.json", "c.jsonl", "d.jsonl.gz", ".hidden.json")
    listing = listing_of(tmp_path)
    assert len(listing.log_objects) == 4
    assert listing.skipped == 3
    assert [o.key for o in listing.log_objects] == sorted(o.key for o in listing.log_objects)


def test_a_file_named_by_the_user_needs_no_suffix(tmp_path: Path) -> None:
    put(tmp_path, "trail.log")
    assert len(keys(tmp_path / "trail.log")) == 1


def test_a_changed_file_has_another_etag(tmp_path: Path) -> None:
    put(tmp_path, LOG)
    (before,) = listing_of(tmp_path).log_objects
    os.utime(tmp_path / LOG, ns=(0, 1))
    (after,) = listing_of(tmp_path).log_objects
    assert (before.key, before.size) == (after.key, after.size)
    assert before.etag != after.etag


def test_a_missing_source_is_an_error_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(TrailError, match="does not exist") as caught:
        listing_of(tmp_path / "no")
    assert caught.value.hint


def test_standard_input_is_keyed_by_its_content(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for content in (b"one", b"one", b"two", b""):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        source = open_source("-")
        assert isinstance(source, StdinSource)
        (log_objects,) = (listing.log_objects for listing in source.list())
        found.append(log_objects[0].key if log_objects else None)
        if log_objects:
            with source.open(log_objects[0]) as stream:
                assert stream.read() == content
        source.close()
        assert not Path(source.folder).exists()
    assert found[0] == found[1] != found[2]
    assert found[3] is None
