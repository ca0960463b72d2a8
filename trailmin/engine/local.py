"""Tasks in this process, one after the other."""

from collections.abc import Callable, Iterable, Iterator

from trailmin.engine.interface import Input, Output, Task


class LocalEngine:
    """Runs tasks here and now."""

    workers = 1

    def run(
        self, function: Callable[[Input], Output], tasks: Iterable[Task[Input]]
    ) -> Iterator[tuple[Task[Input], Output]]:
        """See `Engine.run`."""
        for task in tasks:
            yield task, function(task.input)
