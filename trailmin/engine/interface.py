"""Where tasks run. A task is a pure function over explicit input; its result comes back to the process that asked."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

Input = TypeVar("Input")
Output = TypeVar("Output")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Generic[Input]):
    """One call of a function."""

    name: str
    """For people, when it fails."""
    input: Input
    key: Any = None
    """Whatever the asker knows it by; it stays with the asker."""


class Engine(Protocol):
    """Runs functions over tasks."""

    @property
    def workers(self) -> int:
        """How many tasks run at a time."""

    def run(
        self, function: Callable[[Input], Output], tasks: Iterable[Task[Input]]
    ) -> Iterator[tuple[Task[Input], Output]]:
        """Each task with its result, as they end. Tasks are drawn only as workers become free.

        Args:
            function: importable by its name, as another process may have to find it; so are inputs and outputs pickled.
            tasks: may be lazy and endless.

        Raises:
            EngineError: a worker died; the message names its task.
            Exception: whatever the function raised.
        """
