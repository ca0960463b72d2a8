"""Opening log objects before they are asked for, where each takes a while to come."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import BinaryIO, Final

from trailmin.trail.sources.interface import LogObject, Source

_AT_ONCE: Final = 8
_SIZE: Final = 64 << 20
"""Stored bytes on their way or waiting."""

Opener = Callable[[], BinaryIO]
"""Gives a log object's stream once; raises OSError where it cannot be read."""


def open_ahead(pairs: Iterable[tuple[LogObject, Source]]) -> Iterator[tuple[LogObject, Opener]]:
    """Each log object, in order, with what opens it; those of remote sources are fetched while others are worked on.

    A stream must be taken before the next pair is.
    """
    pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="fetch")
    waiting: deque[tuple[LogObject, Opener]] = deque()
    fetched: deque[tuple[int, Future[BinaryIO]]] = deque()
    try:
        for found, source in pairs:
            if not source.is_remote:
                waiting.append((found, partial(source.open, found)))
            else:
                future = pool.submit(source.open, found)
                fetched.append((found.size, future))
                waiting.append((found, future.result))
            while len(waiting) >= _AT_ONCE or sum(size for size, _ in fetched) > _SIZE:
                yield _next(waiting, fetched)
        while waiting:
            yield _next(waiting, fetched)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        for _, future in fetched:
            if not future.cancelled() and future.exception() is None:
                future.result().close()


def _next(
    waiting: deque[tuple[LogObject, Opener]], fetched: deque[tuple[int, Future[BinaryIO]]]
) -> tuple[LogObject, Opener]:
    found, opener = waiting.popleft()
    if fetched and opener == fetched[0][1].result:
        fetched.popleft()
    return found, opener
