"""The resolver and the catalog: CPU time an event, and what the first answer costs.

Two mixes of the same calls: as in accounts, where agents and pipelines repeat their requests (drawn from a fiftieth as
many, a few of them most of the time), and the worst case, where nearly every request is new.
"""

import gzip
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from itertools import accumulate
from pathlib import Path
from typing import Any

from trailmin.catalog import load_catalog
from trailmin.trail import Event, events_of
from trailmin.usage.resolver import Resolver

_EVENTS = 120_000
_REPEAT = 3
_FIRST_ANSWER = (
    "import time; start = time.process_time(); from trailmin.catalog import load_catalog; "
    "load_catalog().operation('s3.amazonaws.com', 'GetObject'); print(time.process_time() - start)"
)


def measure_resolver(source: Path) -> None:
    """Print the section, for the records of a folder of log objects."""
    records = _records(source)
    print(f"\n{'resolver, one core':34} {'µs/event':>9} {'distinct':>9}")
    for name, mix in (("requests repeat", repeated(records)), ("nearly every request new", records)):
        events = list(_events(mix))
        spent = min(_resolve(events) for _ in range(_REPEAT))
        distinct = len({(event.source, event.name, event.request_parameters, event.resources) for event in events})
        print(f"{name:34} {spent / len(events) * 1e6:9.2f} {distinct / len(events):9.1%}")
    times = [_first_answer() for _ in range(5)]
    print(f"{'catalog: import and first answer':34} {statistics.median(times) * 1e3:6.0f} ms")


def _resolve(events: list[Event]) -> float:
    """CPU seconds of a resolver that has met nothing yet, what it learns on the way included."""
    resolver = Resolver(load_catalog())
    start = time.process_time()
    for event in events:
        resolver.resolve(event)
    return time.process_time() - start


def repeated(records: list[dict[str, Any]], seed: int = 7) -> list[dict[str, Any]]:
    """As many records, whose requests are drawn from a fiftieth of them, the first far more often than the last."""
    rng = random.Random(seed)
    pool = records[: max(1, len(records) // 50)]
    weights = list(accumulate(1 / rank for rank in range(1, len(pool) + 1)))
    drawn = rng.choices(pool, cum_weights=weights, k=len(records))
    keys = ("eventSource", "eventName", "requestParameters", "resources", "recipientAccountId", "userIdentity")
    return [{**record, **{key: one.get(key) for key in keys}} for record, one in zip(records, drawn, strict=True)]


def _records(source: Path) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = []
    for path in sorted(source.rglob("*.json.gz")):
        records += json.loads(gzip.decompress(path.read_bytes()))["Records"]
        if len(records) >= _EVENTS:
            break
    return records[:_EVENTS]


def _events(records: list[dict[str, Any]]) -> Iterable[Event]:
    for start in range(0, len(records), 1000):
        raw = json.dumps({"Records": records[start : start + 1000]}).encode()
        yield from (event for event in events_of(raw, "bench") if isinstance(event, Event))


def _first_answer() -> float:
    output = subprocess.run([sys.executable, "-c", _FIRST_ANSWER], check=True, capture_output=True, text=True)
    return float(output.stdout)
