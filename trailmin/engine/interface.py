"""Where tasks run. A task is a pure function over explicit input; its result comes back to the process that asked.

An engine may run a task again, on another machine or twice at the same time; one of its results counts. So a task may
write files under names of its own, and nothing but the commit by the asker makes them part of anything.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

Input = TypeVar("Input")
Output = TypeVar("Output")

Piece = tuple[int, bytes]
"""Something for a part, by the part's number."""

Split = Callable[[Input], Iterable[Piece]]
"""Deals a task's data out to parts."""

Gather = Callable[[int, Iterator[bytes]], Iterable[Piece]]
"""Makes pieces for the next parts of all pieces of a part, which come in no particular order."""


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

    def exchange(
        self, split: Split[Input], gathers: Sequence[Gather], tasks: Sequence[Task[Input]], parts: int
    ) -> list[bytes]:
        """What the last gather makes, after every task's pieces went to their parts and on through each gather.

        No process holds more than a part at a time, so that what is too much for one task is work for many.

        Args:
            split: of a task's input; importable by its name, and so are gathers.
            gathers: at least one; each part of the one before hands its pieces on.
            tasks: all of them.
            parts: their number; pieces are numbered from 0.

        Raises:
            EngineError: as `run`; on a cluster also in place of what a function raised, which it quotes.
            Exception: as `run`.
        """
