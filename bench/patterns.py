"""Learned resources of one role with millions of distinct object keys: time and memory.

`python -m bench.patterns NAME KEYS` prints one line of JSON; each is measured in a process of its own.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from trailmin.synth.patterns import Summary, learn

_DAYS = [date(2026, 9, 1) + timedelta(days=n) for n in range(60)]
_SPREAD = 2_654_435_761  # Odd, so that n -> n * _SPREAD mod 2**32 takes no value twice.

Key = Callable[[int, date], str]


def _dated(n: int, day: date) -> str:
    return f"arn:aws:s3:::photos/incoming/{day:%Y/%m/%d}/{n * _SPREAD % (1 << 32):08x}.jpg"


def _flat(n: int, _day: date) -> str:
    return f"arn:aws:s3:::photos/IMG{n * _SPREAD % (1 << 32):010}.jpg"


def _tenants(n: int, _day: date) -> str:
    return f"arn:aws:s3:::photos/tenants/{n * _SPREAD % (1 << 32):08x}/profile-{n % 3}.json"


KEYS: dict[str, Key] = {"dated folders": _dated, "one folder": _flat, "a folder each": _tenants}


def main() -> None:
    """Learn the patterns of some shape of keys."""
    name, keys = sys.argv[1], int(sys.argv[2])
    start = _peak()
    generate = _seconds(lambda: sum(1 for _ in _seen(KEYS[name], keys)))
    before = time.process_time()
    patterns = learn(Summary.of_many(_seen(KEYS[name], keys)), level="pattern", within=("*",))
    cpu = time.process_time() - before - generate
    print(json.dumps({"cpu": cpu, "start_mb": start, "peak_mb": _peak(), "patterns": [p.pattern for p in patterns]}))


def _seen(key: Key, keys: int) -> Iterator[tuple[str, int, date]]:
    days = len(_DAYS)
    for n in range(keys):
        day = _DAYS[n * days // keys]
        yield key(n, day), 1, day


def _seconds(call: Callable[[], object]) -> float:
    before = time.process_time()
    call()
    return time.process_time() - before


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
