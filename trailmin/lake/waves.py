"""From listings to planned batches, a wave at a time: however many log objects a source has, one wave is in memory."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from trailmin.errors import LakeError
from trailmin.lake.batches import Batch, KnownObject, make_batches
from trailmin.lake.ingest_report import IngestReport
from trailmin.lake.ledger import Knowledge, Ledger
from trailmin.lake.settled import SettledFolders
from trailmin.trail.event import RejectedRecord
from trailmin.trail.sources import LogObject, Source

Holder = tuple[LogObject, Source]

WAVE_OBJECTS: Final = 20_000
WAVE_BYTES: Final = 1 << 30
"""Stored bytes of a wave: some batches."""
WAVE_SECONDS: Final = 60.0
"""A source that lists slowly waits no longer than this for its first log objects to be read."""

_ATTEMPTS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedBatch:
    """A batch in the ledger, ready to be read."""

    batch: Batch
    sources: tuple[Source, ...]
    """Of its log objects, one by one."""
    known: Mapping[str, KnownObject]
    """What the lake has of them already."""


class WavePlanner:
    """Plans what the sources have and the lake has not, and at last what was planned before and never carried out."""

    def __init__(self, ledger: Ledger, report: IngestReport) -> None:
        self._ledger = ledger
        self._report = report
        self._found: dict[str, dict[str, Holder]] = {}
        """Pending batch → key → what the sources have of it."""
        self._known: dict[str, KnownObject] = {}
        """Of log objects of pending batches."""
        self._own: set[str] = set()
        """Batches of this run."""

    def batches(self, sources: Sequence[Source]) -> Iterator[PlannedBatch]:
        """The batches, each in the ledger before it is handed out.

        Raises:
            TrailError: a source cannot be listed.
            LakeError: others keep planning.
        """
        for wave in self._waves(sources):
            yield from self._plan(wave)
        yield from self._left_over()

    def _waves(self, sources: Sequence[Source]) -> Iterator[dict[str, Holder]]:
        wave: dict[str, Holder] = {}
        size, since = 0, time.monotonic()
        settled = SettledFolders(self._ledger)
        for source in sources:
            for listing in source.list(settled):
                self._report.skipped += listing.skipped
                self._report.listed += len(listing.log_objects)
                for found in listing.log_objects:
                    if (first := wave.get(found.key)) is not None:
                        self._count_copy(found, first[0].size, first[0].location)
                        continue
                    wave[found.key] = found, source
                    size += found.size
                    if len(wave) >= WAVE_OBJECTS or size >= WAVE_BYTES:
                        yield wave
                        wave, size, since = {}, 0, time.monotonic()
                if wave and time.monotonic() - since >= WAVE_SECONDS:
                    yield wave
                    wave, size, since = {}, 0, time.monotonic()
        if wave:
            yield wave

    def _plan(self, wave: dict[str, Holder]) -> list[PlannedBatch]:
        """Look the wave up and plan it, again where somebody else planned in between."""
        for _ in range(_ATTEMPTS):
            knowledge = self._ledger.look_up(list(wave))
            fresh = [found for found, _ in wave.values() if self._is_fresh(found, knowledge)]
            batches = make_batches(fresh, knowledge.known)
            if not batches or self._ledger.record_plan(batches, knowledge.version):
                break
        else:
            raise LakeError("others keep planning on this lake", hint="run it again when they are done")
        self._own.update(batch.batch_id for batch in batches)
        fresh_keys = {found.key for found in fresh}
        self._set_aside(((key, holder) for key, holder in wave.items() if key not in fresh_keys), knowledge)
        return [_planned(batch, wave, knowledge.known) for batch in batches]

    def _is_fresh(self, found: LogObject, knowledge: Knowledge) -> bool:
        if found.key in knowledge.claimed:
            return False
        known = knowledge.known.get(found.key)
        return known is None or not (known.batch_id in self._own or known.is_settled_as(found))

    def _set_aside(self, rest: Iterable[tuple[str, Holder]], knowledge: Knowledge) -> None:
        """What needs no plan: what is known, copies of what this run has, and what is in an older plan."""
        for key, (found, source) in rest:
            claim = knowledge.claimed.get(key)
            known = knowledge.known.get(key)
            if claim is not None and claim not in self._own:
                self._found.setdefault(claim, {}).setdefault(key, (found, source))
                if known is not None:
                    self._known[key] = known
            elif claim is None and known is not None and known.batch_id in self._own:
                self._count_copy(found, known.size, key)
            else:
                self._report.skipped += 1

    def _left_over(self) -> Iterator[PlannedBatch]:
        """Plans of others of which the sources have something, unless those others have carried them out by now."""
        pending = self._ledger.pending() if self._found else {}
        for batch_id, found in sorted(self._found.items()):
            if batch_id not in pending or self._ledger.is_done(batch_id):
                self._report.skipped += len(found)
                continue
            planned = pending[batch_id]
            same = {
                key: holder for key, holder in found.items() if key in planned and _is_same(holder[0], planned[key])
            }
            batch = Batch(
                batch_id=batch_id,
                log_objects=tuple(same[key][0] for key in planned if key in same),
                missing=tuple(one for key, one in planned.items() if key not in same),
            )
            yield _planned(batch, same, self._known)

    def _count_copy(self, found: LogObject, size: int, place: str) -> None:
        """Two log objects of one key are copies, unless their sizes say otherwise: then the second is told of."""
        if found.size == size:
            self._report.skipped += 1
        else:
            reason = f"another log object has the same key and another size: {place}"
            self._report.refuse(RejectedRecord(log_object=found.location, index=None, reason=reason))


def _planned(batch: Batch, holders: Mapping[str, Holder], known: Mapping[str, KnownObject]) -> PlannedBatch:
    return PlannedBatch(
        batch=batch,
        sources=tuple(holders[found.key][1] for found in batch.log_objects),
        known={found.key: known[found.key] for found in batch.log_objects if found.key in known},
    )


def _is_same(found: LogObject, planned: LogObject) -> bool:
    return (found.size, found.etag) == (planned.size, planned.etag)
