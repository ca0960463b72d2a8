"""The roll-up as tasks: pure functions of a day and a list of files, made part of the lake by one commit."""

import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from zlib import crc32

from trailmin.catalog import load_catalog
from trailmin.engine import Engine, Piece, Task
from trailmin.errors import EngineError
from trailmin.lake import Lake
from trailmin.lake.deal import deal_events, dealt_calls
from trailmin.lake.files import DataFile
from trailmin.lake.rollup_files import read_calls, write_usage
from trailmin.usage.day_events import COLUMNS, add_calls, usage_rows
from trailmin.usage.resolver import Resolver
from trailmin.usage.summing import DaySums, PartialSums


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFiles:
    """Files of one day."""

    lake: Lake
    day: date
    files: tuple[str, ...]
    """Of `events`, relative to its folder."""
    catalog_version: str
    """Of the catalog that the asker works with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledUp:
    """What became of events."""

    events: int
    files: tuple[DataFile, ...]
    """Rows of `usage`, written and not committed."""


def roll_up_day(given: DayFiles) -> RolledUp:
    """Resolve and sum up the events of a day.

    Raises:
        LakeError: the lake cannot be read or written.
        EngineError: this process has another catalog than the asker.
    """
    resolver = _resolver(given.catalog_version)
    sums, events = DaySums(), 0
    for batch in read_calls(given.lake, given.files, COLUMNS):
        events += add_calls(sums, batch, resolver)
    return RolledUp(events=events, files=tuple(write_usage(given.lake, usage_rows(given.day, sums))))


def roll_up_in_parts(engine: Engine, given: DayFiles, parts: int, groups: Sequence[tuple[str, ...]]) -> RolledUp:
    """The same for a day that is too much for one task, with the same rows.

    Events are dealt out evenly, whoever caused them, and summed up in parts; then each principal's sums come together.

    Args:
        engine: where to.
        given: the day with all its files.
        parts: how many parts its events are dealt out to.
        groups: its files, by the tasks that deal them out.
    """
    tasks = [
        Task(name=f"{given.day}, {len(files)} files from {files[0]} on", input=_Dealing(given=given, files=files))
        for files in groups
    ]
    deal = _Deal(parts=parts)
    pieces = engine.exchange(deal, [_SumPart(given=given, parts=parts), _JoinPart(given=given)], tasks, parts)
    rolled: list[RolledUp] = [pickle.loads(piece) for piece in pieces]  # noqa: S301 - made by our own tasks
    return RolledUp(
        events=sum(one.events for one in rolled),
        files=tuple(sorted((file for one in rolled for file in one.files), key=lambda file: file.path)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dealing:
    given: DayFiles
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Deal:
    """Deals events out by what tells copies apart."""

    parts: int

    def __call__(self, dealing: _Dealing) -> Iterator[Piece]:
        return deal_events(dealing.given.lake, dealing.files, COLUMNS, self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _SumPart:
    """Sums a part's events up, and deals the sums out by principal."""

    given: DayFiles
    parts: int

    def __call__(self, part: int, pieces: Iterator[bytes]) -> Iterator[Piece]:
        resolver = _resolver(self.given.catalog_version)
        sums, events = DaySums(), 0
        for batch in dealt_calls(self.given.lake, pieces, COLUMNS):
            events += add_calls(sums, batch, resolver)
        dealt = sums.split(lambda principal: crc32((principal or "").encode()) % self.parts)
        # Who counts a part's events does not matter, as long as one does.
        for to in sorted({*dealt, part}):
            yield to, pickle.dumps((events if to == part else 0, dealt.get(to, PartialSums())))


@dataclass(frozen=True, slots=True, kw_only=True)
class _JoinPart:
    """Joins the sums of a part's principals, and writes them."""

    given: DayFiles

    def __call__(self, part: int, pieces: Iterator[bytes]) -> Iterator[Piece]:
        sums, events = DaySums(), 0
        for piece in pieces:
            more, partial = pickle.loads(piece)  # noqa: S301 - made by our own tasks
            events += more
            sums.merge(partial)
        files = write_usage(self.given.lake, usage_rows(self.given.day, sums))
        yield part, pickle.dumps(RolledUp(events=events, files=tuple(files)))


@cache
def _resolver(catalog_version: str) -> Resolver:
    """This process's resolver."""
    catalog = load_catalog()
    if catalog.version != catalog_version:
        raise EngineError(
            f"a worker has the catalog {catalog.version}, and not {catalog_version}",
            hint="install the same trailmin, with the same packages, wherever tasks run",
        )
    return Resolver(catalog)
