"""`trailmin ingest sqs://…`: log objects that a queue tells of, until it is empty or the process is asked to stop."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from trailmin.cli.output import say

if TYPE_CHECKING:
    from trailmin.engine import Engine
    from trailmin.lake import IngestProgress, IngestReport, Lake
    from trailmin.trail.digests import Verification
    from trailmin.trail.sources import AwsAccess

SCHEME = "sqs://"


def ingest_messages(
    spec: str,
    lake: "Lake",
    access: "AwsAccess",
    engine: "Engine",
    verification: "Verification | None",
    *,
    follow: bool,
    seconds: float,
    progress: "Callable[[IngestProgress], None] | None",
) -> "IngestReport":
    """Return what was brought into the lake; with `follow`, each batch is told of on standard error as well.

    Raises:
        TrailError: The queue cannot be read.
        LakeError: The lake cannot be read or written.
    """
    from trailmin.lake.follow import ingest_queue
    from trailmin.trail.sources.sqs import Limits, Queue, queue_url

    queue = Queue(queue_url(spec, access), access)
    with stopped_by_signals() as is_stopped:
        return ingest_queue(
            queue,
            lake,
            engine=engine,
            verification=verification,
            follow=follow,
            limits=Limits(seconds=seconds),
            is_stopped=is_stopped,
            on_batch=_tell if follow else None,
            progress=progress,
        )


@contextmanager
def stopped_by_signals() -> Iterator[Callable[[], bool]]:
    """Take SIGTERM and Ctrl-C as a wish to stop at the next good moment; a second one ends the process at once."""
    stopped = threading.Event()

    def stop(*_: object) -> None:
        stopped.set()
        put_back()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}

    def put_back() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    try:
        yield stopped.is_set
    finally:
        put_back()


def _tell(report: "IngestReport") -> None:
    say(
        f"committed {report.read:,} log objects: {report.new:,} events new, {report.duplicate:,} duplicate; "
        f"{report.set_aside:,} set aside"
    )
