"""The fuzzer, for a few seconds; `make fuzz` runs it for as long as one likes."""

import time

from tests.usage.fuzz import Fuzzer


def test_hostile_log_objects_give_events_or_records_set_aside_and_legal_resources() -> None:
    fuzz, end, seed = Fuzzer(), time.monotonic() + 4, 0
    while time.monotonic() < end and seed < 1_500:
        fuzz.one(seed)
        seed += 1
    assert fuzz.records > 100
    assert fuzz.resolved > 100
