import os
import signal
import sys
from collections.abc import Iterator

import pyarrow
import pytest

from trailmin.engine import Task, open_engine
from trailmin.errors import EngineError


def square(number: int) -> tuple[int, int]:
    return number * number, os.getpid()


def die_on_three(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def fail(number: int) -> int:
    raise ValueError(f"bad {number}")


def make_array(number: int) -> bool:
    pyarrow.array([number])
    return "pandas" in sys.modules


def tasks(count: int) -> list[Task[int]]:
    return [Task(name=f"task {n}", input=n) for n in range(count)]


@pytest.mark.parametrize("workers", [1, 2])
def test_every_task_comes_back_with_its_result(workers: int) -> None:
    results = {task.input: result for task, result in open_engine(workers).run(square, tasks(7))}
    assert {n: r for n, (r, _) in results.items()} == {n: n * n for n in range(7)}
    processes = {process for _, process in results.values()}
    assert (os.getpid() in processes) == (workers == 1)


def test_a_dying_worker_is_an_error_that_names_its_task() -> None:
    with pytest.raises(EngineError, match=r"exit code -9\) while working on task 3"):
        list(open_engine(2).run(die_on_three, tasks(9)))


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_task_raises_is_raised(workers: int) -> None:
    with pytest.raises(ValueError, match="bad 0"):
        list(open_engine(workers).run(fail, tasks(1)))


def test_tasks_are_drawn_only_as_workers_become_free() -> None:
    drawn = 0

    def endless() -> Iterator[Task[int]]:
        nonlocal drawn
        while True:
            drawn += 1
            yield Task(name="t", input=1)

    running = open_engine(2).run(square, endless())
    for _ in range(5):
        next(running)
    assert drawn <= 8
    running.close()  # type: ignore[attr-defined]


def test_no_tasks_start_no_process() -> None:
    assert list(open_engine(4).run(square, [])) == []


def test_workers_do_without_pandas() -> None:
    assert [result for _, result in open_engine(2).run(make_array, tasks(1))] == [False]
