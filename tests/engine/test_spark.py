"""The engine on Spark in this machine, in one process of its own."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine import exchanges
from tests.engine.exchanges import PARTS, count_words, deal_words, fail, refuse, square, sum_by_letter
from tests.engine.test_exchange import TASKS, TEXTS
from trailmin.engine import Engine, Task, open_engine
from trailmin.errors import EngineError, LakeError

pytestmark = pytest.mark.spark
ROOT = Path(__file__).resolve().parents[2]


def answers() -> dict[str, Any]:
    """What the engine does, found out in a process with a Spark of its own."""
    engine = open_engine(1, "spark")
    return {
        "workers": engine.workers,
        "squares": [(t.input, r) for t, (r, _) in engine.run(square, [Task(name=f"t{n}", input=n) for n in range(9)])],
        "words": dict(map(json.loads, engine.exchange(deal_words, [count_words], TASKS, PARTS))),
        "letters": list(map(json.loads, engine.exchange(deal_words, [count_words, sum_by_letter], TASKS, PARTS))),
        "raised": _raised(engine, fail),
        "refused": _raised(engine, exchanges.refuse_lake),
        "exchange": _refusal(engine),
        "drawn": _drawn(engine),
    }


def _raised(engine: Engine, function: Any) -> str:
    try:
        list(engine.run(function, [Task(name="t", input=0)]))
    except (ValueError, LakeError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _refusal(engine: Engine) -> str:
    try:
        engine.exchange(deal_words, [refuse], TASKS, PARTS)
    except EngineError as error:
        return error.message
    return ""


def _drawn(engine: Engine) -> int:
    drawn = 0

    def endless() -> Iterator[Task[int]]:
        nonlocal drawn
        while True:
            drawn += 1
            yield Task(name="t", input=drawn)

    running = engine.run(square, endless())
    next(running)
    running.close()  # type: ignore[attr-defined]
    return drawn


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.engine.test_spark"]
    arguments = "--master local[2] --conf spark.ui.enabled=false pyspark-shell"
    environment = {**os.environ, "PYSPARK_SUBMIT_ARGS": arguments, "SPARK_LOCAL_IP": "127.0.0.1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_every_task_comes_back_with_its_result(found: dict[str, Any]) -> None:
    assert found["workers"] == 2
    assert found["squares"] == [[n, n * n] for n in range(9)]


def test_pieces_go_through_sparks_shuffle(found: dict[str, Any]) -> None:
    words = Counter(word for text in TEXTS for word in text.split())
    assert found["words"] == words
    letters = Counter(word[0] for text in TEXTS for word in text.split())
    assert {letter: n for sums in found["letters"] for letter, n in sums.items()} == letters


def test_what_a_task_raises_is_raised_where_it_was_asked_for(found: dict[str, Any]) -> None:
    assert found["raised"] == "ValueError: bad 0"
    assert found["refused"] == "LakeError: no lake"
    assert "bad" in found["exchange"]


def test_tasks_are_drawn_only_as_workers_become_free(found: dict[str, Any]) -> None:
    assert found["drawn"] <= 12


if __name__ == "__main__":
    print(json.dumps(answers()))  # noqa: T201 - read by the test
