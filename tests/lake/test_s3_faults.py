"""A lake on S3 behind a network that fails: what is done is right, what is not done says so."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faulty_server import faulty_server
from tests.lake.test_upkeep import deliver, read, rows
from tests.torture.s3_server import BUCKET, s3_server
from trailmin.catalog import load_catalog
from trailmin.errors import LakeError
from trailmin.lake import Lake
from trailmin.lake.compact import compact
from trailmin.lake.storage import s3_file_system
from trailmin.usage.rollup import refresh_usage


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with s3_server() as endpoint:
        yield endpoint


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    for name in "abc":
        deliver(folder, name, "2026-03-01", "2026-03-02")
    return folder


@pytest.fixture(autouse=True)
def _own_connection() -> Iterator[None]:
    """The connection of a process is made once: not the one of a proxy that is gone."""
    s3_file_system.cache_clear()
    yield
    s3_file_system.cache_clear()


def test_requests_that_fail_now_and_then_are_asked_again(
    server: str, logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = Lake.create(tmp_path / "lake")
    read(local, logs)
    with faulty_server(server, ["503", "reset", "503", "hang", "reset", "503", "reset", "503"], every=13) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", proxy)
        remote = Lake.create(f"s3://{BUCKET}/now-and-then")
        assert read(remote, logs).new == 18
        refresh_usage(remote, load_catalog())
        compact(remote)
        assert rows(remote) == rows(local)
        assert read(remote, logs).read == 0


def attempt(place: str, logs: Path) -> LakeError | None:
    try:
        read(Lake.create(place), logs)
    except LakeError as error:
        return error
    return None


def test_answers_that_break_off_end_a_run_with_a_sentence_and_the_next_one_goes_on(
    server: str, logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = Lake.create(tmp_path / "lake")
    read(local, logs)
    place = f"s3://{BUCKET}/broken-off"
    with faulty_server(server, ["truncate"], every=13) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", proxy)
        failed = [error for error in (attempt(place, logs) for _ in range(6)) if error is not None]
    assert failed
    assert all(place in error.message and error.hint for error in failed)
    s3_file_system.cache_clear()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server)
    lake = Lake.create(place)
    read(lake, logs)
    assert rows(lake) == rows(local)
    assert read(lake, logs).read == 0


def test_a_store_that_answers_nothing_but_errors_is_given_up(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with faulty_server(server, ["503"], every=1) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", proxy)
        start = time.monotonic()
        with pytest.raises(LakeError, match="503"):
            Lake.create(f"s3://{BUCKET}/never")
        assert time.monotonic() - start < 90
