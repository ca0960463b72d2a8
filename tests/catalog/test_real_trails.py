"""Published trails hold no API call whose actions the catalog does not know, but for a few known ones."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from trailmin.catalog import OperationRule, Unmapped, load_catalog

REAL_TRAILS = Path(__file__).resolve().parents[3] / "shared" / "real_trails"
CATALOG = load_catalog()

KNOWN_GAPS = {
    ("cloudhsm.amazonaws.com", "ListLunaClients"),  # CloudHSM Classic, gone from the reference
}

pytestmark = pytest.mark.skipif(not REAL_TRAILS.is_dir(), reason="../shared/real_trails is not there")


def api_calls() -> Iterator[dict[str, Any]]:
    for path in sorted(REAL_TRAILS.glob("*.json.gz")):
        for record in json.loads(gzip.decompress(path.read_bytes()))["Records"]:
            if (
                isinstance(record, dict)
                and record.get("eventType", "AwsApiCall") == "AwsApiCall"
                and "eventName" in record
            ):
                yield record


def test_every_operation_is_mapped() -> None:
    names = {(str(record["eventSource"]), str(record["eventName"]).strip()) for record in api_calls()}
    unmapped = {pair for pair in names if isinstance(CATALOG.operation(*pair), Unmapped)}
    assert len(names) > 300
    assert unmapped <= KNOWN_GAPS


def test_read_only_is_as_the_records_have_it() -> None:
    compared = differing = 0
    for record in api_calls():
        rule = CATALOG.operation(str(record["eventSource"]), str(record["eventName"]))
        if isinstance(rule, OperationRule) and isinstance(record.get("readOnly"), bool):
            expected = CATALOG.observability(rule.actions[0].action).read_only
            if expected is not None:
                compared += 1
                differing += expected != record["readOnly"]
    assert compared > 3_500
    assert differing / compared < 0.005
