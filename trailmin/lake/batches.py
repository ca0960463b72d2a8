"""Batches: fixed lists of log objects, each committed as one. Planned before anything is read."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from trailmin.trail.sources import LogObject

BATCH_BYTES: Final = 256 << 20
"""Stored bytes of a batch. Commits cost some milliseconds each, and each leaves at least one file a date."""

NO_DAY: Final = date(1970, 1, 1)
"""Stands for the day of a key that tells none."""

_DAY: Final = re.compile(r"/(\d{4})/(\d\d)/(\d\d)/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Log objects that are committed together, once."""

    batch_id: str
    log_objects: tuple[LogObject, ...]
    missing: tuple[LogObject, ...] = ()
    """Those of its plan that their source no longer has as they were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownObject:
    """What the lake has of a log object: its latest committed state."""

    size: int
    etag: str
    state: str
    """`read`, `failed` or `unreadable`."""
    batch_id: str
    dates: tuple[date, date] | None
    """The first and last date on which rows of it may lie."""
    needs_verifying: bool = False
    """Whether it is read again because of what digests may say of it."""

    def is_settled_as(self, found: LogObject) -> bool:
        """Whether reading it again would tell nothing new."""
        is_same = (self.size, self.etag) == (found.size, found.etag)
        return is_same and self.state != "unreadable" and not self.needs_verifying


def make_batches(log_objects: Iterable[LogObject], known: Mapping[str, KnownObject]) -> list[Batch]:
    """Log objects in batches, in their order; one that is larger than a batch is a batch of its own."""
    return [
        Batch(batch_id=_batch_id(group, known), log_objects=group)
        for group in split_by_size(log_objects, BATCH_BYTES, None)
    ]


def split_by_size(log_objects: Iterable[LogObject], size: int, count: int | None) -> Iterator[tuple[LogObject, ...]]:
    """Neighbours in groups of about `size` stored bytes and at most `count` log objects."""
    group: list[LogObject] = []
    room = size
    for found in log_objects:
        if group and (found.size > room or len(group) == count):
            yield tuple(group)
            group, room = [], size
        group.append(found)
        room -= found.size
    if group:
        yield tuple(group)


def day_of(key: str) -> date:
    """The day of delivery that a key names (`…/2026/03/01/…`), `NO_DAY` where it names none."""
    found = _DAY.search(key)
    if found is None:
        return NO_DAY
    try:
        return date(*map(int, found.groups()))
    except ValueError:
        return NO_DAY


def _batch_id(group: Sequence[LogObject], known: Mapping[str, KnownObject]) -> str:
    """The same for whoever plans the same list on the same lake; another one when an object changes back."""
    digest = hashlib.sha256()
    for found in group:
        before = known.get(found.key)
        parts = (found.key, str(found.size), found.etag, before.batch_id if before else "")
        digest.update("\0".join(parts).encode() + b"\n")
    return digest.hexdigest()[:32]
