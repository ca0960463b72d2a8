"""From sources of log objects to committed events, exactly once."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from trailmin.engine import Engine, Task
from trailmin.lake.batches import split_by_size
from trailmin.lake.commit import commit_batch
from trailmin.lake.decode_task import DecodeInput, DecodeResult, decode_log_objects
from trailmin.lake.files import DataFile
from trailmin.lake.ingest_report import IngestProgress, IngestReport
from trailmin.lake.lake import Lake
from trailmin.lake.ledger import Ledger
from trailmin.lake.tables import lake_errors
from trailmin.lake.verified import digest_results, keys_told_of
from trailmin.lake.waves import PlannedBatch, WavePlanner
from trailmin.trail.digests import Verification
from trailmin.trail.sources import LogObject, Source

_TASK_BYTES: Final = (1 << 20, 64 << 20)
"""Stored bytes of one task: enough to outweigh a round trip, little enough to share a batch among workers."""

_TASK_OBJECTS: Final = 2000

_SMALLEST_SHARE: Final = 12
"""Of a worker's part of a batch: each task leaves a file for each date, so tasks must not be too small."""


def ingest(
    sources: Sequence[Source],
    lake: Lake,
    *,
    engine: Engine,
    verification: Verification | None = None,
    progress: Callable[[IngestProgress], None] | None = None,
) -> IngestReport:
    """Bring everything that the sources hold and the lake does not into the lake.

    Broken log objects and records are set aside, in the `log_objects` table and in the report. Killed at any point, the
    next ingest of the same sources goes on where this one stopped. Any number may run on one lake at a time.

    Raises:
        TrailError: a source cannot be listed.
        LakeError: the lake cannot be read or written.
        EngineError: a worker died.
    """
    report = IngestReport(verify=verification.mode if verification is not None else None)
    try:
        with lake_errors(lake.name):
            _ingest(sources, lake, engine, verification, report, progress)
    finally:
        for source in sources:
            source.close()
    report.sort()
    return report


def _ingest(
    sources: Sequence[Source],
    lake: Lake,
    engine: Engine,
    verification: Verification | None,
    report: IngestReport,
    progress: Callable[[IngestProgress], None] | None,
) -> None:
    ledger = Ledger(lake.log_objects_folder, lake.events_folder, report.verify)
    before = lake.event_files()
    work = _BatchWork(WavePlanner(ledger, report).batches(sources), lake, engine.workers, verification)
    written: list[DataFile] = []
    for task, result in engine.run(decode_log_objects, work.tasks()):
        batch = work.take(task, result)
        if progress:
            progress(work.progress)
        if batch is not None:
            written += _commit(lake, ledger, batch)
            report.count(one for result in batch.results.values() for one in result.results)
            report.note_findings(one for result in batch.ordered() for one in result.digests.findings)
    events = sum(file.rows for file in written)
    report.new = lake.count_new([file.path for file in written], before)
    report.duplicate = report.duplicate + events - report.new


@dataclass(slots=True, kw_only=True)
class _OpenBatch:
    """A batch on its way through the workers."""

    planned: PlannedBatch
    tasks: int
    results: dict[int, DecodeResult] = field(default_factory=dict)

    def ordered(self) -> list[DecodeResult]:
        return [self.results[number] for number in sorted(self.results)]


class _BatchWork:
    """Batches as tasks, and tasks' results as batches."""

    def __init__(
        self, batches: Iterator[PlannedBatch], lake: Lake, workers: int, verification: Verification | None
    ) -> None:
        self._batches = batches
        self._folder = lake.events_folder
        self._workers = workers
        self._verification = verification
        self._open: dict[str, _OpenBatch] = {}
        self.progress = IngestProgress(log_objects=0, total_log_objects=0, size=0, total_size=0)

    def tasks(self) -> Iterator[Task[DecodeInput]]:
        """The tasks of one batch after the other, drawn as workers become free."""
        for planned in self._batches:
            batch = planned.batch
            sources = dict(zip((found.key for found in batch.log_objects), planned.sources, strict=True))
            groups = self._groups(batch.log_objects)
            self._open[batch.batch_id] = _OpenBatch(planned=planned, tasks=len(groups))
            self._count(total=batch.log_objects)
            for number, group in enumerate(groups):
                yield Task(
                    name=_name(group),
                    key=(batch.batch_id, number),
                    input=DecodeInput(
                        log_objects=tuple((found, sources[found.key]) for found in group),
                        events_folder=self._folder,
                        verification=self._verification,
                    ),
                )

    def take(self, task: Task[DecodeInput], result: DecodeResult) -> _OpenBatch | None:
        """Take a task's result; gives the batch with all its results when that was its last."""
        batch_id, number = task.key
        batch = self._open[batch_id]
        batch.results[number] = result
        self._count(done=[found for found, _ in task.input.log_objects])
        return self._open.pop(batch_id) if len(batch.results) == batch.tasks else None

    def _groups(self, log_objects: Sequence[LogObject]) -> list[tuple[LogObject, ...]]:
        """By size, the largest groups first: small ones at the end let the workers have done at the same time.

        A large log object is a task of its own.
        """
        rest = sum(found.size for found in log_objects)
        least, most = max(_TASK_BYTES[0], rest // (self._workers * _SMALLEST_SHARE)), _TASK_BYTES[1]
        groups: list[tuple[LogObject, ...]] = []
        while log_objects:
            size = min(max(rest // (self._workers * 2), least), most)
            group = next(split_by_size(log_objects, size, _TASK_OBJECTS))
            groups.append(group)
            rest -= sum(found.size for found in group)
            log_objects = log_objects[len(group) :]
        return groups or [()]

    def _count(self, *, total: Sequence[LogObject] = (), done: Sequence[LogObject] = ()) -> None:
        before = self.progress
        self.progress = IngestProgress(
            log_objects=before.log_objects + len(done),
            total_log_objects=before.total_log_objects + len(total),
            size=before.size + sum(found.size for found in done),
            total_size=before.total_size + sum(found.size for found in total),
        )


def _name(group: Sequence[LogObject]) -> str:
    match len(group):
        case 0:
            return "a plan of which nothing is left"
        case 1:
            return group[0].key
        case count:
            return f"{group[0].key} and {count - 1} more"


def _commit(lake: Lake, ledger: Ledger, batch: _OpenBatch) -> list[DataFile]:
    """Results first: they count only once the batch is in `events`, so no crash between the two loses any.

    Returns:
        The files that were committed; none when another process committed the batch first.
    """
    attempt = 2 + secrets.randbelow(1 << 62)
    results = [one for result in batch.ordered() for one in result.results]
    files = [file for result in batch.ordered() for file in result.files]
    planned = batch.planned
    facts = [result.digests for result in batch.ordered()]
    told = keys_told_of(facts)
    rows = digest_results(facts, ledger.look_up(told).known) if told else []
    ledger.record_results(planned.batch, attempt, [*results, *rows])
    # What was read before and is set aside now, for its digest, leaves nothing behind.
    read = {result.log_object.key for result in results if result.state == "read" or result.digest is not None}
    replaced = {key: known.dates for key, known in planned.known.items() if key in read and known.dates is not None}
    if not commit_batch(lake.events_folder, planned.batch, attempt, files, replaced):
        return []
    ledger.note_done(planned.batch.batch_id, attempt)
    return files
