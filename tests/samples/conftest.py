"""The committed samples, read once."""

import gzip
import json
from pathlib import Path

import pytest

from sample_logs.accounts import Json
from sample_logs.generate import HERE


@pytest.fixture(scope="session")
def log_objects() -> list[Path]:
    return sorted((HERE / "AWSLogs").rglob("*.json.gz"))


@pytest.fixture(scope="session")
def records(log_objects: list[Path]) -> list[Json]:
    return [record for path in log_objects for record in json.loads(gzip.decompress(path.read_bytes()))["Records"]]
