import gzip
import json
from datetime import date, timedelta
from pathlib import Path

from tests.trail.digests.chains import ACCOUNT, REGION, START, keys, log_key, make_chain, write_tree
from tests.trail.records import record
from trailmin.catalog import load_catalog
from trailmin.engine import open_engine
from trailmin.lake import Lake, ingest
from trailmin.trail.digests import Verification, VerifyMode
from trailmin.trail.sources import open_source
from trailmin.usage import refresh_usage
from trailmin.usage.integrity import DigestGap, Integrity, measure_integrity
from trailmin.usage.measure import measure_coverage

DAY = date(2026, 3, 1)
TEXTS = {
    log_key(n): json.dumps({"Records": [record(eventID=f"e-{n}", recipientAccountId=ACCOUNT)]}).encode()
    for n in range(5)
}
CHAIN = make_chain(5, {n: {log_key(n): TEXTS[log_key(n)]} for n in range(5)})


def ingested(folder: Path, mode: VerifyMode | None) -> Lake:
    lake = Lake.create(folder / "lake")
    verification = Verification(mode=mode, keys=keys()) if mode else None
    ingest([open_source(str(folder / "logs"))], lake, engine=open_engine(1), verification=verification)
    return lake


def test_coverage_tells_what_digests_vouch_for(tmp_path: Path) -> None:
    write_tree(tmp_path / "logs", CHAIN, TEXTS)
    (tmp_path / "logs" / log_key(0)).write_bytes(gzip.compress(b'{"Records":[]}'))
    (tmp_path / "logs" / log_key(4)).unlink()
    (tmp_path / "logs" / CHAIN[2].key).unlink()
    lake = ingested(tmp_path, VerifyMode.REQUIRE)
    hour = timedelta(hours=1)
    # The signature of the digest before the missing one went with it.
    gap = DigestGap(region=REGION, since=START + hour, until=START + 3 * hour)
    expected = Integrity(log_objects={"altered": 1, "deleted": 1, "unverified": 2, "verified": 1}, gaps=(gap,))
    assert measure_integrity(lake, DAY, DAY) == {ACCOUNT: expected}
    assert measure_integrity(lake, DAY + timedelta(days=5), DAY + timedelta(days=9)) == {}
    catalog = load_catalog()
    refresh_usage(lake, catalog)
    assert measure_coverage(lake, catalog, {}, DAY, DAY).accounts[ACCOUNT].integrity == expected


def test_without_verification_coverage_says_nothing_of_it(tmp_path: Path) -> None:
    write_tree(tmp_path / "logs", CHAIN, TEXTS)
    assert measure_integrity(ingested(tmp_path, None), DAY, DAY) == {}
