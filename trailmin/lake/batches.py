"""Batches: fixed lists of log objects, each committed as one. Planned before anything is read."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from trailmin.lake.history import History
from trailmin.trail.sources import LogObject

BATCH_BYTES: Final = 256 << 20
"""Stored bytes of a batch. Commits cost some milliseconds each, and each leaves at least one file a date."""

_BATCH_OBJECTS: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Log objects that are committed together, once."""

    batch_id: str
    log_objects: tuple[LogObject, ...]
    is_planned: bool
    """Whether the lake holds the plan already."""
    missing: tuple[str, ...] = ()
    """Keys of the plan that their source no longer has."""


def plan_batches(log_objects: Sequence[LogObject], history: History) -> list[Batch]:
    """What is to be read: unfinished plans first, with their own lists, then everything new or changed.

    An unfinished plan none of whose log objects is at hand waits until their source is named again.

    Args:
        log_objects: all that the sources hold, unique by key.
        history: what the lake knows.
    """
    at_hand = {found.key: found for found in log_objects}
    batches = [
        Batch(
            batch_id=batch_id,
            log_objects=tuple(at_hand[key] for key in keys if key in at_hand),
            is_planned=True,
            missing=tuple(key for key in keys if key not in at_hand),
        )
        for batch_id, keys in sorted(history.pending.items())
        if not at_hand.keys().isdisjoint(keys)
    ]
    planned = {found.key for batch in batches for found in batch.log_objects}
    fresh = (found for found in log_objects if found.key not in planned and _is_fresh(found, history))
    return batches + [
        Batch(batch_id=_batch_id(group, history), log_objects=group, is_planned=False)
        for group in split_by_size(fresh, BATCH_BYTES, _BATCH_OBJECTS)
    ]


def split_by_size(log_objects: Iterable[LogObject], size: int, count: int) -> Iterator[tuple[LogObject, ...]]:
    """Neighbours in groups of about `size` stored bytes and at most `count` log objects."""
    group: list[LogObject] = []
    room = size
    for found in log_objects:
        if group and (found.size > room or len(group) >= count):
            yield tuple(group)
            group, room = [], size
        group.append(found)
        room -= found.size
    if group:
        yield tuple(group)


def _is_fresh(found: LogObject, history: History) -> bool:
    known = history.known.get(found.key)
    return known is None or not known.is_settled() or (known.size, known.etag) != (found.size, found.etag)


def _batch_id(group: Sequence[LogObject], history: History) -> str:
    """The same for whoever plans the same list on the same lake; another one when an object changes back."""
    digest = hashlib.sha256()
    for found in group:
        known = history.known.get(found.key)
        parts = (found.key, str(found.size), found.etag, known.batch_id if known else "")
        digest.update("\0".join(parts).encode() + b"\n")
    return digest.hexdigest()[:32]
