"""Tasks in this process, one after the other."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from trailmin.engine.exchange import exchange_by_files
from trailmin.engine.interface import Gather, Input, Output, Split, Task


class LocalEngine:
    """Runs tasks here and now."""

    workers = 1

    def run(
        self, function: Callable[[Input], Output], tasks: Iterable[Task[Input]]
    ) -> Iterator[tuple[Task[Input], Output]]:
        """See `Engine.run`."""
        for task in tasks:
            yield task, function(task.input)

    def exchange(
        self, split: Split[Input], gathers: Sequence[Gather], tasks: Sequence[Task[Input]], parts: int
    ) -> list[bytes]:
        """See `Engine.exchange`."""
        return exchange_by_files(self, split, gathers, tasks, parts)
