"""Tasks in processes of this machine.

Each worker has a pipe of its own and one task at a time: so a worker's death names the task that killed it, no queue
grows, and workers whose parent was killed see the end of their pipe and leave.
"""

import multiprocessing as mp
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess
from typing import Any

from trailmin.engine.exchange import exchange_by_files
from trailmin.engine.interface import Gather, Input, Output, Split, Task
from trailmin.errors import EngineError


class PoolEngine:
    """Runs tasks in `workers` processes, each started when there is a task for it.

    They are forked from a server that has imported the function and done nothing else: however many there are, the
    import is paid once. Never from this process, whose libraries run threads of their own.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def run(
        self, function: Callable[[Input], Output], tasks: Iterable[Task[Input]]
    ) -> Iterator[tuple[Task[Input], Output]]:
        """See `Engine.run`. The server imports what it has to while the first task is made."""
        _start_server(function)
        waiting = iter(tasks)
        busy: dict[Connection, tuple[_Worker, Task[Input]]] = {}
        workers: list[_Worker] = []
        try:
            while len(workers) < self.workers and (task := next(waiting, None)) is not None:
                workers.append(_Worker(function))
                busy[workers[-1].give(task)] = workers[-1], task
            while busy:
                for pipe in wait(list(busy)):
                    worker, done = busy.pop(pipe)  # type: ignore[call-overload]  # of what it was given
                    result = worker.take(done)
                    if (task := next(waiting, None)) is not None:
                        busy[worker.give(task)] = worker, task
                    yield done, result
        finally:
            for worker in workers:
                worker.stop()

    def exchange(
        self, split: Split[Input], gathers: Sequence[Gather], tasks: Sequence[Task[Input]], parts: int
    ) -> list[bytes]:
        """See `Engine.exchange`."""
        return exchange_by_files(self, split, gathers, tasks, parts)


class _Worker:
    """One process that calls one function."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        context = mp.get_context("forkserver")
        self._pipe, theirs = context.Pipe()
        # The server has the environment of when it was started.
        self._process: ForkServerProcess = context.Process(
            target=_serve, args=(theirs, function, dict(os.environ)), daemon=True
        )
        try:
            with _uninterrupted():
                self._process.start()
        finally:
            theirs.close()

    def give(self, task: Task[Any]) -> Connection:
        """Send a task; the connection becomes readable when the task has ended."""
        try:
            self._pipe.send(task.input)
        except BrokenPipeError as error:
            raise self._death(task) from error
        return self._pipe

    def take(self, task: Task[Any]) -> Any:
        """The task's result; raises what the task raised."""
        try:
            is_error, result = self._pipe.recv()
        except (EOFError, ConnectionResetError) as error:
            raise self._death(task) from error
        if is_error:
            raise result
        return result

    def stop(self) -> None:
        self._pipe.close()
        self._process.join(timeout=1)
        if self._process.is_alive():
            self._process.terminate()
            self._process.join()
        self._process.close()

    def _death(self, task: Task[Any]) -> EngineError:
        self._process.join(timeout=5)
        return EngineError(
            f"a worker process died (exit code {self._process.exitcode}) while working on {task.name}",
            hint="if memory ran out, use fewer workers; what was committed is safe, run the same command again",
        )


def _start_server(function: Callable[[Any], Any]) -> None:
    """Start the server that workers are forked from, if it does not run yet."""
    modules = ["trailmin.without_pandas", "__main__", function.__module__]
    mp.get_context("forkserver").set_forkserver_preload(modules)
    with _uninterrupted():
        forkserver.ensure_running()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach, though it does all of a terminal: their parent closes their pipes."""
    # Starting multiprocessing's tracker unblocks the signal again, so that one is started before.
    resource_tracker.ensure_running()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _serve(pipe: Connection, function: Callable[[Any], Any], environment: dict[str, str]) -> None:
    """Answer tasks until the other end of the pipe is gone."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    os.environ.clear()
    os.environ.update(environment)
    while True:
        try:
            task_input = pipe.recv()
        except (EOFError, KeyboardInterrupt):
            return
        try:
            answer = (False, function(task_input))
        except KeyboardInterrupt:
            return
        except Exception as error:  # noqa: BLE001 - raised again where the task was given
            answer = (True, error)
        try:
            pipe.send(answer)
        except BrokenPipeError:
            return
