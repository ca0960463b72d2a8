"""What a worker does: decode log objects and write their rows as Parquet files, which nobody sees before the commit."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

import pyarrow as pa

from trailmin.lake.columns import build_rows
from trailmin.lake.files import DataFile, write_partitions
from trailmin.lake.storage import Folder
from trailmin.lake.verifier import DigestFacts, Verifier
from trailmin.trail.decode import RecordChunk, decode_log_object
from trailmin.trail.digests import Verification
from trailmin.trail.event import RejectedRecord
from trailmin.trail.gunzip import BrokenLogObjectError
from trailmin.trail.record_columns import RecordColumns
from trailmin.trail.sources import LogObject, Source
from trailmin.trail.sources.ahead import Opener, open_ahead

_CHUNK_BYTES: Final = 8 << 20
"""JSON that waits to become columns; the records keep it alive."""

_FILE_BYTES: Final = 96 << 20
"""Rows that wait to be written, as Arrow has them."""

_LARGEST_BLOCK: Final = 31 << 20
"""Below the size up to which glibc's allocator learns: see `_keep_freed_memory`."""

REASONS_KEPT: Final = 1000
"""Rejected records of one log object that are named one by one; the rest are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodeInput:
    """Log objects of one source."""

    log_objects: tuple[tuple[LogObject, Source], ...]
    events_folder: Folder
    verification: Verification | None = None
    """How they are verified; None where digests are not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectResult:
    """What became of one log object."""

    log_object: LogObject
    state: str
    """`read`, `failed` or `unreadable`."""
    events: int = 0
    set_aside: int = 0
    """Records set aside; 1 for a log object that failed as a whole."""
    rejected: tuple[RejectedRecord, ...] = ()
    """The first `REASONS_KEPT` of them."""
    first_event: int | None = None
    """Milliseconds since 1970 UTC."""
    last_event: int | None = None
    digest: str | None = None
    """What the trail's digests say of it: `schema.LOG_OBJECTS`; None when they were not asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodeResult:
    """What became of a task's log objects, in their order."""

    results: tuple[ObjectResult, ...]
    files: tuple[DataFile, ...]
    digests: DigestFacts = field(default_factory=DigestFacts)


def decode_log_objects(task: DecodeInput) -> DecodeResult:
    """Decode each log object; broken ones are told of in the result, never raised.

    Raises:
        OSError: the lake cannot be written.
        TrailError: the digests cannot be had that log objects are to be verified by.
    """
    _keep_freed_memory()
    buffer = _RowBuffer(task.events_folder)
    verifier = Verifier(task.log_objects, task.verification) if task.verification is not None else None
    with _garbage_collection_paused():
        results = [_decode_one(found, opener, buffer, verifier) for found, opener in open_ahead(task.log_objects)]
        digests = verifier.facts if verifier is not None else DigestFacts()
        return DecodeResult(results=tuple(results), files=tuple(buffer.finish()), digests=digests)


def _keep_freed_memory() -> None:
    """Let the texts of log objects take each other's place in memory.

    glibc gives what is freed back to the system unless it has seen larger blocks come and go, so each text's pages
    would be new ones, cleared by the kernel: a tenth of the time. Here it sees one, of which no page is touched.
    """
    bytes(_LARGEST_BLOCK)


@contextmanager
def _garbage_collection_paused() -> Iterator[None]:
    """Records make millions of objects and no cycles: looking for cycles among them takes a tenth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class _RowBuffer:
    """Rows on their way to files, bounded in bytes."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._parts: list[tuple[str, RecordColumns]] = []
        self._part_bytes = 0
        self._batches: list[pa.RecordBatch] = []
        self._batch_bytes = 0
        self._files: list[DataFile] = []

    def add(self, key: str, chunk: RecordChunk) -> None:
        self._parts.append((key, chunk.columns))
        self._part_bytes += chunk.size
        if self._part_bytes >= _CHUNK_BYTES:
            self._build()

    def finish(self) -> list[DataFile]:
        self._build()
        self._write()
        return self._files

    def _build(self) -> None:
        if any(len(columns) for _, columns in self._parts):
            batch = build_rows(self._parts)
            self._batches.append(batch)
            self._batch_bytes += batch.nbytes
        self._parts, self._part_bytes = [], 0
        if self._batch_bytes >= _FILE_BYTES:
            self._write()

    def _write(self) -> None:
        if self._batches:
            self._files += write_partitions(pa.Table.from_batches(self._batches), self._folder)
        self._batches, self._batch_bytes = [], 0


def _decode_one(found: LogObject, opener: Opener, buffer: _RowBuffer, verifier: Verifier | None) -> ObjectResult:
    result = ObjectResult(log_object=found, state="read")
    try:
        stream = opener()
    except OSError as error:
        return _fail(result, "unreadable", error.strerror or type(error).__name__)
    with stream:
        content = stream
        if verifier is not None:
            try:
                check, content = verifier.check(found, stream)
            except OSError as error:
                return _fail(result, "unreadable", error.strerror or type(error).__name__)
            result = replace(result, digest=check.status.value)
            if (state := verifier.refusal(check)) is not None:
                return _fail(result, state, check.reason)
        chunks = decode_log_object(content, found.key)
        while True:
            try:
                chunk = next(chunks, None)
            except BrokenLogObjectError as error:
                return _fail(result, "failed", error.message)
            except OSError as error:
                return _fail(result, "unreadable", error.strerror or type(error).__name__)
            if chunk is None:
                return result
            buffer.add(found.key, chunk)
            result = _add(result, chunk)


def _add(result: ObjectResult, chunk: RecordChunk) -> ObjectResult:
    times = chunk.columns.times
    seen = {time for time in (result.first_event, result.last_event) if time is not None}
    if len(times):
        seen |= {int(times.min()), int(times.max())}
    return replace(
        result,
        events=result.events + len(times),
        set_aside=result.set_aside + len(chunk.rejected),
        rejected=(result.rejected + chunk.rejected)[:REASONS_KEPT],
        first_event=min(seen, default=None),
        last_event=max(seen, default=None),
    )


def _fail(result: ObjectResult, state: str, reason: str) -> ObjectResult:
    """A log object of which nothing was taken fails; what was taken from one that breaks off later stays."""
    rejected = RejectedRecord(log_object=result.log_object.key, index=None, reason=reason)
    was_taken = result.events or result.set_aside
    return replace(
        result,
        state="read" if was_taken else state,
        set_aside=result.set_aside + 1,
        rejected=(*result.rejected, rejected),
    )
