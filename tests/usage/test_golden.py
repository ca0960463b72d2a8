"""What the published trails' calls are checked for is as it was reviewed: `tests/golden/real_trails.json`."""

import json
from typing import Any

import pytest

from tests.usage.golden import PATH, TRAILS, summarise
from trailmin.catalog import load_catalog

GOLDEN: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))


def test_the_golden_file_has_many_pairs_and_existing_actions_only() -> None:
    assert len(GOLDEN) >= 300
    labels = {label for pair in GOLDEN.values() for label in pair["actions"]}
    assert all(load_catalog().action(label.split(" ", 1)[0]) for label in labels)


@pytest.mark.skipif(not TRAILS.is_dir(), reason="the real trails are not at hand")
def test_published_trails_are_explained_as_reviewed() -> None:
    now = summarise(TRAILS)
    changed = {pair: (GOLDEN.get(pair), now.get(pair)) for pair in GOLDEN.keys() | now.keys()
               if GOLDEN.get(pair) != now.get(pair)}  # fmt: skip
    assert not changed, "review them, then run 'python -m tests.usage.golden'"
