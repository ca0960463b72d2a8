"""From sources of log objects to committed events, exactly once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from trailmin.engine import Engine, Task
from trailmin.lake.batches import Batch, plan_batches, split_by_size
from trailmin.lake.commit import commit_batch, record_plan, record_results
from trailmin.lake.decode_task import DecodeInput, DecodeResult, ObjectResult, decode_log_objects
from trailmin.lake.files import DataFile
from trailmin.lake.lake import Lake
from trailmin.lake.tables import lake_errors
from trailmin.trail.event import RejectedRecord
from trailmin.trail.sources import LogObject, Source

_TASK_BYTES: Final = (1 << 20, 64 << 20)
"""Stored bytes of one task: enough to outweigh a round trip, little enough to share a batch among workers."""

_TASK_OBJECTS: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestProgress:
    """How far an ingest is."""

    log_objects: int
    total_log_objects: int
    size: int
    """Stored bytes read."""
    total_size: int


@dataclass(slots=True, kw_only=True)
class IngestReport:
    """What an ingest did. `new`, `duplicate` and `set_aside` add up to the records seen."""

    listed: int = 0
    """Log objects that the sources hold, copies of one key included."""
    read: int = 0
    """Log objects, also those of which single records were set aside."""
    skipped: int = 0
    """Log objects that the lake had already, copies of one key, and files that are no logs."""
    failed: int = 0
    new: int = 0
    duplicate: int = 0
    """Events that the lake held when the ingest began, or that came more than once in it."""
    set_aside: int = 0
    """Records, and log objects that failed as a whole."""
    rejected: list[RejectedRecord] = field(default_factory=list)
    """What was set aside, by log object; of one with more than a thousand, the first thousand."""


def ingest(
    sources: Sequence[Source],
    lake: Lake,
    *,
    engine: Engine,
    progress: Callable[[IngestProgress], None] | None = None,
) -> IngestReport:
    """Bring everything that the sources hold and the lake does not into the lake.

    Broken log objects and records are set aside, in the `log_objects` table and in the report. Killed at any point, the
    next ingest of the same sources goes on where this one stopped.

    Raises:
        TrailError: a source cannot be listed.
        LakeError: the lake cannot be read or written.
        EngineError: a worker died.
    """
    report = IngestReport()
    try:
        holders = _list(sources, report)
        with lake_errors(lake.path):
            _ingest_listed(holders, lake, engine, report, progress)
    finally:
        for source in sources:
            source.close()
    report.rejected.sort(key=lambda rejected: (rejected.log_object, -1 if rejected.index is None else rejected.index))
    return report


def _list(sources: Sequence[Source], report: IngestReport) -> dict[str, tuple[LogObject, Source]]:
    """Log objects by key. Two of one key are copies, unless their sizes say otherwise: then the second is told of."""
    holders: dict[str, tuple[LogObject, Source]] = {}
    pages = ((listing, source) for source in sources for listing in source.list())
    for listing, source in pages:
        report.skipped += listing.skipped
        report.listed += len(listing.log_objects)
        for found in listing.log_objects:
            known, _ = holders.setdefault(found.key, (found, source))
            if known is found:
                continue
            if known.size == found.size:
                report.skipped += 1
                continue
            reason = f"another log object has the same key and another size: {known.location}"
            report.failed += 1
            report.set_aside += 1
            report.rejected.append(RejectedRecord(log_object=found.location, index=None, reason=reason))
    return holders


def _ingest_listed(
    holders: dict[str, tuple[LogObject, Source]],
    lake: Lake,
    engine: Engine,
    report: IngestReport,
    progress: Callable[[IngestProgress], None] | None,
) -> None:
    history = lake.history()
    batches = plan_batches([holders[key][0] for key in sorted(holders)], history)
    total = [found for batch in batches for found in batch.log_objects]
    report.skipped += len(holders) - len(total)
    if not batches:
        return
    record_plan(lake.log_objects_folder, (batch for batch in batches if not batch.is_planned))
    before = lake.event_files()
    done = IngestProgress(log_objects=0, total_log_objects=len(total), size=0, total_size=sum(o.size for o in total))
    written: list[DataFile] = []
    work = _BatchWork(batches, holders, lake, engine.workers)
    for task, result in engine.run(decode_log_objects, work.tasks()):
        done = _advance(done, task.input.log_objects)
        if progress:
            progress(done)
        if finished := work.finish(task, result):
            batch, results, files = finished
            if _commit(lake, batch, results, files, history.dates):
                written += files
            _count(report, results)
    events = sum(file.rows for file in written)
    report.new = lake.count_new([file.path for file in written], before)
    report.duplicate = report.duplicate + events - report.new


class _BatchWork:
    """Batches as tasks, and tasks' results as batches."""

    def __init__(
        self,
        batches: Sequence[Batch],
        holders: dict[str, tuple[LogObject, Source]],
        lake: Lake,
        workers: int,
    ) -> None:
        self._batches = batches
        self._holders = holders
        self._folder = lake.events_folder
        self._workers = workers
        self._open: dict[str, _OpenBatch] = {}

    def tasks(self) -> Iterator[Task[DecodeInput]]:
        """The tasks of one batch after the other, drawn as workers become free."""
        for batch in self._batches:
            size = sum(found.size for found in batch.log_objects) // (self._workers * 3)
            least, most = _TASK_BYTES
            groups = list(split_by_size(batch.log_objects, min(max(size, least), most), _TASK_OBJECTS))
            self._open[batch.batch_id] = _OpenBatch(batch=batch, left=len(groups))
            for number, group in enumerate(groups):
                pairs = tuple(self._holders[found.key] for found in group)
                yield Task(
                    name=f"{group[0].key} and {len(group) - 1} more" if len(group) > 1 else group[0].key,
                    key=(batch.batch_id, number),
                    input=DecodeInput(log_objects=pairs, events_folder=self._folder),
                )

    def finish(
        self, task: Task[DecodeInput], result: DecodeResult
    ) -> tuple[Batch, list[ObjectResult], list[DataFile]] | None:
        """Take a task's result; gives the batch with all its results when that was its last."""
        batch_id, number = task.key
        batch = self._open[batch_id]
        batch.results[number] = result
        if len(batch.results) < batch.left:
            return None
        del self._open[batch_id]
        ordered = [batch.results[number] for number in sorted(batch.results)]
        return (
            batch.batch,
            [one for result in ordered for one in result.results],
            [file for result in ordered for file in result.files],
        )


@dataclass(slots=True, kw_only=True)
class _OpenBatch:
    batch: Batch
    left: int
    results: dict[int, DecodeResult] = field(default_factory=dict)


def _commit(
    lake: Lake,
    batch: Batch,
    results: Sequence[ObjectResult],
    files: Sequence[DataFile],
    dates: dict[str, tuple[date, date]],
) -> bool:
    """Results first: they count only once the batch is in `events`, so no crash between the two loses any."""
    record_results(lake.log_objects_folder, batch, results)
    read = {result.log_object.key for result in results if result.state == "read"}
    return commit_batch(lake.events_folder, batch, files, {key: dates[key] for key in read & dates.keys()})


def _count(report: IngestReport, results: Iterable[ObjectResult]) -> None:
    for result in results:
        report.read += result.state == "read"
        report.failed += result.state != "read"
        report.set_aside += result.set_aside
        report.rejected += result.rejected


def _advance(done: IngestProgress, pairs: Sequence[tuple[LogObject, Source]]) -> IngestProgress:
    return IngestProgress(
        log_objects=done.log_objects + len(pairs),
        total_log_objects=done.total_log_objects,
        size=done.size + sum(found.size for found, _ in pairs),
        total_size=done.total_size,
    )
