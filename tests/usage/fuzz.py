"""`python -m tests.usage.fuzz --seconds N`: hostile log objects through the decoder and the resolver.

Starts from whole records in the shape of real ones, and breaks them: values swapped for others of any kind, keys
dropped, doubled and renamed, bytes flipped and cut. Whatever comes out has to be an event or a record set aside, and
what is resolved has to be legal. Prints the seed of what it finds and ends with exit code 1.
"""

import argparse
import gzip
import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.usage.reading import is_legal
from trailmin.catalog import Catalog, load_catalog
from trailmin.errors import TrailminError
from trailmin.trail import Event, RejectedRecord, events_of
from trailmin.usage.explain import explain
from trailmin.usage.resolver import Resolver

CASES = Path(__file__).parent / "cases"

STRANGE: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**70, 1e308, "", " ", "null", "*", "${*}", "?", "\x00", "\ud83d\ude00", "\u202e",
    "a" * 5000, [], {}, [[]], [None], {"": None}, {"items": [{}]}, {"items": {"items": []}}, "arn:aws:iam::1:role/",
    "arn:::::", "arn:aws:s3:::b/*", "arn:aws:lambda:us-east-1:111122223333:function:f:1:2", "arn%3Aaws%3As3%3A%3A%3Ab",
    "HIDDEN_DUE_TO_SECURITY_REASONS", "****", "https://sqs.us-east-1.amazonaws.com/1/q",
    "User: x is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k because",
)  # fmt: skip


def main() -> int:
    """Fuzz for the given time; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.usage.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="the first seed (default: %(default)s)")
    options = parser.parse_args()
    end, seed = time.monotonic() + options.seconds, options.seed
    fuzz = Fuzzer()
    while time.monotonic() < end:
        try:
            fuzz.one(seed)
        except Exception as error:  # noqa: BLE001 (a finding, of whatever kind)
            sys.stderr.write(f"seed {seed}: {type(error).__name__}: {error}\n")
            return 1
        seed += 1
    sys.stdout.write(
        f"{fuzz.objects:,} log objects, {fuzz.records:,} records, {fuzz.resolved:,} authorizations: fine\n"
    )
    return 0


class Fuzzer:
    """Makes log objects from seeds and checks what becomes of them."""

    def __init__(self) -> None:
        self._records = [case["record"] for path in sorted(CASES.glob("*.json")) for case in _cases(path)]
        self._catalog: Catalog = load_catalog()
        self._resolver = Resolver(self._catalog)
        self._operations = [
            (f"{prefix}.amazonaws.com", name)
            for prefix in self._catalog.services()
            for name in self._catalog.operations(prefix)
        ]
        self._legal: dict[tuple[str, str], bool] = {}
        self.objects = self.records = self.resolved = 0

    def one(self, seed: int) -> None:
        """Make one log object and check it.

        Raises:
            AssertionError: Something illegal came out.
        """
        rng = random.Random(seed)
        records = [self._record(rng) for _ in range(rng.randrange(1, 8))]
        raw = json.dumps({"Records": records}).encode()
        for damage in rng.sample(_DAMAGES, k=rng.choice((0, 0, 0, 1, 2))):
            raw = damage(raw, rng)
        self.objects += 1
        try:
            explained = list(explain(events_of(raw, "fuzz.json"), self._resolver))
        except TrailminError:
            return
        for explanation in explained:
            self.records += 1
            assert isinstance(explanation.record, Event | RejectedRecord)
            json.dumps(explanation.to_json())
            for one in explanation.resolution.authorizations if explanation.resolution else ():
                self.resolved += 1
                assert one.resources, one
                assert all(self._is_legal(one.action, arn) for arn in one.resources), one

    def _is_legal(self, action: str, arn: str) -> bool:
        if len(arn) > 200:
            return is_legal(self._catalog, action, arn)
        if (action, arn) not in self._legal:
            self._legal = self._legal if len(self._legal) < 100_000 else {}
            self._legal[action, arn] = is_legal(self._catalog, action, arn)
        return self._legal[action, arn]

    def _record(self, rng: random.Random) -> Any:
        record = json.loads(json.dumps(rng.choice(self._records)))
        if rng.random() < 0.5:
            record["eventSource"], record["eventName"] = rng.choice(self._operations)
        for _ in range(rng.choice((0, 1, 1, 2, 5))):
            record = _broken(record, rng)
        return record


def _cases(path: Path) -> Iterator[dict[str, Any]]:
    yield from json.loads(path.read_text(encoding="utf-8"))


def _broken(value: Any, rng: random.Random) -> Any:
    """The value with one place in it changed."""
    if isinstance(value, dict) and value and rng.random() < 0.85:
        key = rng.choice(sorted(value))
        inner, draw = value[key], rng.random()
        if draw < 0.1:
            return {name: other for name, other in value.items() if name != key}
        if draw < 0.2:
            return {**value, key.swapcase(): rng.choice(STRANGE)}
        if draw < 0.3:
            return {**value, rng.choice(("items", "arn", "ARN", "name", "resourceArn", "\u0130", "")): inner}
        return {**value, key: _broken(inner, rng)}
    if isinstance(value, list) and value and rng.random() < 0.85:
        place = rng.randrange(len(value))
        return [*value[:place], _broken(value[place], rng), *value[place + rng.randrange(2) :]]
    if isinstance(value, str) and rng.random() < 0.4:
        place = rng.randrange(len(value) + 1)
        return value[:place] + str(rng.choice(("*", "${", ":", "/", "\x00", "é", "\U0001f600", "%3A"))) + value[place:]
    return rng.choice(STRANGE)


def _flip(raw: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(raw))
    return raw[:place] + bytes([rng.randrange(256)]) + raw[place + 1 :]


def _cut(raw: bytes, rng: random.Random) -> bytes:
    return raw[: rng.randrange(1, len(raw) + 1)]


def _double(raw: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(raw))
    return raw[: start + rng.randrange(200)] + raw[start:]


def _zip(raw: bytes, rng: random.Random) -> bytes:
    return gzip.compress(raw, compresslevel=1) + (b"" if rng.random() < 0.5 else gzip.compress(raw[:100]))


_DAMAGES: list[Callable[[bytes, random.Random], bytes]] = [_flip, _cut, _double, _zip]

if __name__ == "__main__":
    sys.exit(main())
