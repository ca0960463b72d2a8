"""Ingest of a trail with digests: what is evidence, what is set aside, and what is looked at again."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.trail.digests.chains import keys, log_key, make_chain, write_tree
from tests.trail.records import record
from trailmin.engine import open_engine
from trailmin.lake import IngestReport, Lake, ingest
from trailmin.trail.digests import Verification, VerifyMode
from trailmin.trail.sources import open_source

HOURS = 4
TEXTS = {log_key(n): json.dumps({"Records": [record(eventID=f"e-{n}")]}).encode() for n in range(HOURS)}
CHAIN = make_chain(HOURS, {n: {log_key(n): TEXTS[log_key(n)]} for n in range(HOURS)})
REQUIRE, WARN = VerifyMode.REQUIRE, VerifyMode.WARN


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    write_tree(tmp_path / "logs", CHAIN, TEXTS)
    return tmp_path / "logs"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.create(tmp_path / "lake")


def run(lake: Lake, logs: Path, mode: VerifyMode | None, workers: int = 1) -> IngestReport:
    verification = Verification(mode=mode, keys=keys()) if mode else None
    return ingest([open_source(str(logs))], lake, engine=open_engine(workers), verification=verification)


def events(lake: Lake) -> list[str]:
    return [str(one) for one in lake.query("SELECT event_id FROM events ORDER BY 1").column(0).to_pylist()]


def told(lake: Lake, key: str) -> dict[str, Any]:
    [row] = [row for row in lake.log_object_rows().to_pylist() if row["key"] == key]
    return {name: row[name] for name in ("state", "digest", "set_aside_reasons")}


def all_events() -> list[str]:
    return [f"e-{n}" for n in range(HOURS)]


@pytest.mark.parametrize("workers", [1, 2])
def test_verified_log_objects_are_evidence_and_the_lake_says_so(lake: Lake, logs: Path, workers: int) -> None:
    report = run(lake, logs, REQUIRE, workers)
    assert (report.read, report.set_aside, report.findings) == (HOURS, 0, {})
    assert report.verified == {"verified": HOURS}
    assert events(lake) == all_events()
    assert told(lake, log_key(0)) == {"state": "read", "digest": "verified", "set_aside_reasons": None}
    assert told(lake, CHAIN[0].key)["digest"] == "valid"
    again = run(lake, logs, REQUIRE)
    assert (again.read, again.new, again.verified) == (0, 0, {})


def test_an_altered_log_object_is_set_aside_where_verification_is_required(lake: Lake, logs: Path) -> None:
    (logs / log_key(1)).write_bytes(gzip.compress(json.dumps({"Records": [record(eventID="forged")]}).encode()))
    report = run(lake, logs, REQUIRE)
    assert (report.read, report.failed, report.set_aside) == (HOURS - 1, 1, 1)
    assert report.rejected[0].log_object == log_key(1)
    assert "its hash is not the one that was signed" in report.rejected[0].reason
    assert events(lake) == ["e-0", "e-2", "e-3"]
    assert told(lake, log_key(1))["digest"] == "altered"


def test_where_it_is_not_required_what_is_altered_is_read_and_told_of(lake: Lake, logs: Path) -> None:
    (logs / log_key(1)).write_bytes(gzip.compress(json.dumps({"Records": [record(eventID="changed")]}).encode()))
    (logs / log_key(3)).unlink()
    report = run(lake, logs, WARN)
    assert (report.read, report.set_aside) == (HOURS - 1, 0)
    assert report.verified == {"verified": HOURS - 2, "altered": 1}
    assert [(kind, key) for kind, key in report.findings] == [("deleted-log-object", log_key(3))]
    assert events(lake) == ["changed", "e-0", "e-2"]
    assert told(lake, log_key(3))["digest"] == "deleted"


def test_appended_data_is_not_read_where_verification_is_required(lake: Lake, logs: Path) -> None:
    with (logs / log_key(2)).open("ab") as file:
        file.write(gzip.compress(json.dumps({"Records": [record(eventID="appended")]}).encode()))
    report = run(lake, logs, REQUIRE)
    assert "data follows its gzip member" in report.rejected[0].reason
    assert events(lake) == ["e-0", "e-1", "e-3"]


def test_what_is_unverified_is_looked_at_again_when_its_digest_has_come(lake: Lake, logs: Path) -> None:
    newest = logs / CHAIN[-1].key
    kept = newest.read_bytes()
    newest.unlink()
    report = run(lake, logs, REQUIRE)
    # The digest before it has its signature in the one that has not come.
    assert (report.read, report.failed) == (2, 2)
    assert events(lake) == ["e-0", "e-1"]
    assert told(lake, CHAIN[-2].key)["digest"] == "unverified"
    newest.write_bytes(kept)
    report = run(lake, logs, REQUIRE)
    assert (report.read, report.set_aside) == (2, 0)
    assert events(lake) == all_events()
    assert told(lake, CHAIN[-2].key)["digest"] == "valid"


def test_what_was_read_unverified_is_verified_once_it_is_required(lake: Lake, logs: Path) -> None:
    (logs / log_key(1)).write_bytes(gzip.compress(json.dumps({"Records": [record(eventID="forged")]}).encode()))
    run(lake, logs, None)
    assert "forged" in events(lake)
    report = run(lake, logs, REQUIRE)
    assert (report.read, report.failed) == (HOURS - 1, 1)
    assert events(lake) == ["e-0", "e-2", "e-3"]
    again = run(lake, logs, REQUIRE)
    assert (again.read, again.failed) == (0, 0)


def test_a_log_object_that_expired_after_it_was_read_was_not_deleted(lake: Lake, logs: Path) -> None:
    run(lake, logs, REQUIRE)
    (logs / log_key(0)).unlink()
    (logs / log_key(1)).write_bytes(gzip.compress(TEXTS[log_key(1)] + b" "))
    run(lake, logs, REQUIRE)
    assert told(lake, log_key(0)) == {"state": "read", "digest": "verified", "set_aside_reasons": None}


def test_a_missing_digest_is_kept_until_it_comes(lake: Lake, logs: Path) -> None:
    missing = logs / CHAIN[1].key
    kept = missing.read_bytes()
    missing.unlink()
    report = run(lake, logs, REQUIRE)
    assert ("missing-digest", CHAIN[1].key) in report.findings
    assert told(lake, CHAIN[1].key)["digest"] == "missing"
    missing.write_bytes(kept)
    run(lake, logs, REQUIRE)
    assert told(lake, CHAIN[1].key)["digest"] == "valid"
    assert events(lake) == all_events()
