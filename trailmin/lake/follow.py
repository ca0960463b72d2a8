"""From a queue of notifications into the lake: a message is deleted when the lake has what it tells of."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from trailmin.engine import Engine
from trailmin.lake.ingest import ingest
from trailmin.lake.ingest_report import IngestProgress, IngestReport
from trailmin.lake.lake import Lake
from trailmin.lake.ledger import Ledger
from trailmin.trail.digests import Verification
from trailmin.trail.event import RejectedRecord
from trailmin.trail.sources import LogObject
from trailmin.trail.sources.notifications import Notified
from trailmin.trail.sources.sqs import Limits, Message, Messages, Queue

_POISON_KEPT: Final = 10_000
"""Messages that are remembered, so that each is told of once however often it comes."""


@dataclass(slots=True, kw_only=True)
class _Poison:
    """Messages that are no notifications; they stay in the queue, whose redrive policy decides on them."""

    seen: dict[str, None] = field(default_factory=dict)

    def note(self, batch: Messages, report: IngestReport) -> None:
        for message, reason in batch.poison:
            if message in self.seen:
                continue
            self.seen[message] = None
            if len(self.seen) > _POISON_KEPT:
                del self.seen[next(iter(self.seen))]
            report.refuse(RejectedRecord(log_object=f"message {message}", index=None, reason=reason))


def ingest_queue(
    queue: Queue,
    lake: Lake,
    *,
    engine: Engine,
    verification: Verification | None = None,
    follow: bool,
    limits: Limits,
    is_stopped: Callable[[], bool],
    on_batch: Callable[[IngestReport], None] | None = None,
    progress: Callable[[IngestProgress], None] | None = None,
) -> IngestReport:
    """Bring what the queue's messages tell of into the lake.

    A message is deleted after the commit of all log objects that it tells of. Those of which one cannot be read stay
    in the queue and come again, and so do those that are no notifications: a redrive policy moves them to a dead-letter
    queue. Killed at any point, nothing is lost, and nothing is in twice.

    Args:
        queue: of notifications.
        lake: to bring them into.
        engine: that reads log objects.
        verification: how log objects are verified; a message of one that is not yet comes again.
        follow: go on when the queue is empty, until stopped.
        limits: of one batch, and so of one commit.
        is_stopped: asked between requests; a batch that is being read is finished first.
        on_batch: told what each batch did.
        progress: told how far a batch is.

    Returns:
        What all batches did.

    Raises:
        TrailError: the queue cannot be read.
        LakeError: the lake cannot be read or written.
        EngineError: a worker died.
    """
    poison, total = _Poison(), IngestReport()
    with queue.keep_hidden():
        while not is_stopped():
            batch = queue.collect(limits, is_stopped, wait=follow)
            if is_stopped():
                queue.give_back(batch.messages)
            elif batch.messages:
                report = _ingest_batch(queue, batch, lake, engine, verification, poison, progress)
                total.add(report)
                if on_batch:
                    on_batch(report)
            elif not follow:
                break
    return total


def _ingest_batch(
    queue: Queue,
    batch: Messages,
    lake: Lake,
    engine: Engine,
    verification: Verification | None,
    poison: _Poison,
    progress: Callable[[IngestProgress], None] | None,
) -> IngestReport:
    report = ingest([batch], lake, engine=engine, verification=verification, progress=progress)
    poison.note(batch, report)
    settled = _settled(lake, [one for listing in batch.list() for one in listing.log_objects])
    done = [message for message in batch.messages if _is_done(message, settled)]
    queue.delete(done)
    ids = {message.id for message in done}
    queue.leave(message for message in batch.messages if message.id not in ids)
    return report


def _settled(lake: Lake, log_objects: list[LogObject]) -> set[str]:
    """The keys that the lake has, as the messages tell of them."""
    if not log_objects:
        return set()
    known = Ledger(lake.log_objects_folder, lake.events_folder).look_up([one.key for one in log_objects]).known
    return {one.key for one in log_objects if one.key in known and known[one.key].is_settled_as(one)}


def _is_done(message: Message, settled: set[str]) -> bool:
    content = message.content
    return isinstance(content, Notified) and all(one.key in settled for one in content.log_objects)
