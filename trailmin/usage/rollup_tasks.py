"""The roll-up as tasks: pure functions of a day and a list of files, made part of the lake by one commit."""

import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final
from zlib import crc32

import duckdb
import pyarrow as pa

from trailmin.catalog import load_catalog
from trailmin.engine import Engine, Piece, Task
from trailmin.errors import EngineError
from trailmin.lake import Lake
from trailmin.lake.deal import deal_events, dealt_events
from trailmin.lake.files import DataFile
from trailmin.lake.read import connect, session
from trailmin.lake.rollup_files import read_events, write_usage
from trailmin.lake.tables import lake_errors
from trailmin.usage.checked_calls import COLUMNS, checked_calls
from trailmin.usage.partial_sums import PartialSums
from trailmin.usage.resolver import Resolver
from trailmin.usage.summing import DaySums

_MEMORY: Final = "1500MB"
"""What DuckDB may take to read a day's events and to sum them up, before it spills."""

SUMS_MEMORY: Final = "500MB"
"""The same for sums alone."""


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


def roll_up_days(given: Sequence[DayFiles]) -> list[RolledUp]:
    """Resolve and sum up the events of some days, one after the other.

    Args:
        given: of one lake; at least one.

    Raises:
        LakeError: the lake cannot be read or written.
        EngineError: this process has another catalog than the asker.
    """
    lake = given[0].lake
    with lake_errors(lake.name), connect(lake.folder, _MEMORY) as connection:
        return [_roll_up_day(one, connection) for one in given]


def _roll_up_day(given: DayFiles, connection: duckdb.DuckDBPyConnection) -> RolledUp:
    with session(connection) as reading, session(connection) as summing:
        sums = DaySums(summing)
        events = _count_up(sums, read_events(reading, given.lake, given.files, COLUMNS), given)
        return RolledUp(events=events, files=tuple(write_usage(given.lake, given.day, sums.rows())))


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
        with _sums(self.given.lake) as sums:
            events = _count_up(sums, dealt_events(self.given.lake, pieces, COLUMNS), self.given)
            dealt = sums.split(lambda principal: crc32((principal or "").encode()) % self.parts)
        # Who counts a part's events does not matter, as long as one does.
        for to in sorted({*dealt, part}):
            yield to, pickle.dumps((events if to == part else 0, dealt.get(to)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _JoinPart:
    """Joins the sums of a part's principals, and writes them."""

    given: DayFiles

    def __call__(self, part: int, pieces: Iterator[bytes]) -> Iterator[Piece]:
        counts: list[int] = []

        def partial_sums() -> Iterator[PartialSums]:
            for piece in pieces:
                events, partial = pickle.loads(piece)  # noqa: S301 - made by our own tasks
                counts.append(events)
                if partial is not None:
                    yield partial

        with _sums(self.given.lake) as sums:
            sums.join(partial_sums())
            files = write_usage(self.given.lake, self.given.day, sums.rows())
        yield part, pickle.dumps(RolledUp(events=sum(counts), files=tuple(files)))


@contextmanager
def _sums(lake: Lake) -> Iterator[DaySums]:
    with lake_errors(lake.name), connect(lake.folder, SUMS_MEMORY) as connection:
        yield DaySums(connection)


def _count_up(sums: DaySums, events: Iterator[pa.RecordBatch], given: DayFiles) -> int:
    """Sum up what a day's events were checked for; how many they are."""
    resolver = _resolver(given.catalog_version)
    counts: list[int] = []

    def checked() -> Iterator[pa.RecordBatch]:
        for batch in events:
            counts.append(batch.num_rows)
            yield checked_calls(batch, resolver, sums.keys)

    sums.add(checked())
    return sum(counts)


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
