import json
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from tests.engine.exchanges import PARTS, count_words, deal_words, refuse, sum_by_letter
from trailmin.engine import Task, open_engine

TEXTS = ["one two three four", "two three four five", "", "fig one"]
TASKS = [Task(name=text, input=text) for text in TEXTS]


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_part_is_given_comes_from_every_task(workers: int) -> None:
    pieces = open_engine(workers).exchange(deal_words, [count_words], TASKS, PARTS)
    counts = Counter(word for text in TEXTS for word in text.split())
    assert dict(map(json.loads, pieces)) == counts
    assert len(pieces) == len(counts)


@pytest.mark.parametrize("workers", [1, 2])
def test_parts_hand_on_to_parts(workers: int) -> None:
    pieces = open_engine(workers).exchange(deal_words, [count_words, sum_by_letter], TASKS, PARTS)
    sums = Counter(word[0] for text in TEXTS for word in text.split())
    assert {letter: n for piece in pieces for letter, n in json.loads(piece).items()} == sums


def test_what_a_gather_raises_is_raised_and_nothing_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(ValueError, match="bad "):
        open_engine(1).exchange(deal_words, [refuse], TASKS, PARTS)
    assert list(tmp_path.iterdir()) == []
