"""Tasks on Apache Spark: in this process's own Spark (`local[*]`), a standalone cluster, EMR Serverless or Glue.

Which one is Spark's own business: what `spark-submit` was told, or `PYSPARK_SUBMIT_ARGS`. Tasks are Python functions on
Python workers; nothing but Spark's own jars is needed.
"""

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import Any, Final
from uuid import uuid4

from py4j.protocol import Py4JJavaError
from pyspark import SparkContext, TaskContext
from pyspark.errors import PySparkException, PySparkRuntimeError
from pyspark.sql import SparkSession

from trailmin.engine.interface import Gather, Input, Output, Piece, Split, Task
from trailmin.errors import EngineError, TrailminError

_JOBS: Final = 2
"""Jobs at a time: while the last tasks of one run, the next one's fill the free cores."""

_TASKS_A_CORE: Final = 2


class SparkEngine:
    """Runs tasks as Spark's. Spark retries and may speculate; each task's result counts once."""

    def __init__(self) -> None:
        # Workers in this machine's `python3` would not have this program's packages.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        try:
            # Bars are drawn on a terminal only, and by the command.
            builder = SparkSession.builder.appName("trailmin").config("spark.ui.showConsoleProgress", "false")
            self._context: SparkContext = builder.getOrCreate().sparkContext
        except PySparkRuntimeError as error:
            raise EngineError(
                f"Spark does not start: {error.getMessage()}",
                hint="Spark needs a Java runtime, version 17 or newer; see what it printed",
            ) from error
        self._attempts = _attempts(self._context)

    @property
    def workers(self) -> int:
        """The cores that Spark has now."""
        return int(self._context.defaultParallelism)

    def run(
        self, function: Callable[[Input], Output], tasks: Iterable[Task[Input]]
    ) -> Iterator[tuple[Task[Input], Output]]:
        """See `Engine.run`. Tasks are drawn in groups of two for each core, two groups at a time."""
        waiting = iter(tasks)
        group = f"trailmin-{uuid4()}"
        jobs: deque[tuple[list[Task[Input]], Future[list[Any]]]] = deque()
        pool = ThreadPoolExecutor(_JOBS)
        try:
            while True:
                while len(jobs) < _JOBS and (drawn := list(islice(waiting, self.workers * _TASKS_A_CORE))):
                    jobs.append((drawn, pool.submit(self._job, function, drawn, group)))
                if not jobs:
                    return
                drawn, job = jobs.popleft()
                for task, answer in zip(drawn, job.result(), strict=True):
                    yield task, _result(answer)
        finally:
            self._context.cancelJobGroup(group)
            pool.shutdown(cancel_futures=True)

    def exchange(
        self, split: Split[Input], gathers: Sequence[Gather], tasks: Sequence[Task[Input]], parts: int
    ) -> list[bytes]:
        """See `Engine.exchange`; the pieces go through Spark's own shuffle."""
        inputs = [task.input for task in tasks]
        pieces = self._context.parallelize(inputs, len(inputs)).flatMap(split)
        for gather in gathers:
            pieces = pieces.partitionBy(parts, _same).mapPartitionsWithIndex(_Gathering(gather))
        with _errors(f"{tasks[0].name} and {len(tasks) - 1} more"):
            return [piece for _, piece in pieces.collect()]

    def _job(self, function: Callable[[Input], Output], tasks: Sequence[Task[Input]], group: str) -> list[Any]:
        self._context.setJobGroup(group, tasks[0].name)
        call = _Call(function, self._attempts)
        with _errors(f"{tasks[0].name} and {len(tasks) - 1} more"):
            return list(self._context.parallelize([t.input for t in tasks], len(tasks)).map(call).collect())


class _Call:
    """A call on a worker. What another attempt cannot help comes back as a value, and is raised by the asker."""

    def __init__(self, function: Callable[[Any], Any], attempts: int) -> None:
        self._function = function
        self._attempts = attempts

    def __call__(self, task_input: Any) -> tuple[bool, Any]:
        try:
            return False, self._function(task_input)
        except TrailminError as error:
            return True, error
        except Exception as error:
            context = TaskContext.get()
            if context is not None and context.attemptNumber() + 1 < self._attempts:
                raise
            return True, error


class _Gathering:
    """A gather over the pieces of a partition, whose index is the part's number."""

    def __init__(self, function: Gather) -> None:
        self._function = function

    def __call__(self, part: int, pieces: Iterable[Piece]) -> Iterable[Piece]:
        return self._function(part, (piece for _, piece in pieces))


def _same(part: int) -> int:
    return part


def _result(answer: tuple[bool, Any]) -> Any:
    is_error, result = answer
    if is_error:
        raise result
    return result


def _attempts(context: SparkContext) -> int:
    """How often Spark runs a task before it gives up: once in this process unless told otherwise."""
    configured = context.getConf().get("spark.task.maxFailures", "4") or "4"
    return 1 if context.master.startswith("local") else int(configured)


@contextmanager
def _errors(name: str) -> Iterator[None]:
    """Turn what Spark raises for a failed job into `EngineError`."""
    try:
        yield
    except (Py4JJavaError, PySparkException) as error:
        lines = [line for line in str(error).splitlines() if line.strip()]
        raise EngineError(
            f"Spark gave up on {name}: {' '.join(lines[-1:])}",
            hint="see what Spark printed; what was committed is safe, run the same command again",
        ) from error
