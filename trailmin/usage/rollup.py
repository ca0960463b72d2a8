"""From events to the usage table, one day at a time.

The table is rebuilt for the days whose events changed, and for all days when the catalog changed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar

from trailmin.catalog import Catalog
from trailmin.engine import Engine, LocalEngine, Task
from trailmin.lake import Lake
from trailmin.lake.files import DataFile
from trailmin.lake.rollup_files import EventSnapshot, commit_usage, discard_usage, event_snapshot
from trailmin.usage.rollup_tasks import DayFiles, RolledUp, roll_up_days, roll_up_in_parts

EVENTS_A_TASK: Final = 4_000_000
"""Events of a day above which it is dealt out to parts, where there are workers to share it."""

_EVENTS_A_PART: Final = 500_000
"""They are held in memory: about a kilobyte each."""

_EVENTS_OF_DAYS: Final = 200_000
"""Days that have no more together are one task: what it takes to begin one would be most of the work of a small day."""

_EVENTS_WORTH_WORKERS: Final = 50_000
"""Events that take as long as other processes take to start."""

_Sized = TypeVar("_Sized")


@dataclass(frozen=True, slots=True, kw_only=True)
class RollupReport:
    """What a refresh did."""

    dates: tuple[date, ...]
    """The days that were rebuilt."""
    events: int


def refresh_usage(
    lake: Lake,
    catalog: Catalog,
    *,
    engine: Engine | None = None,
    progress: Callable[[date], None] | None = None,
    events_a_task: int = EVENTS_A_TASK,
) -> RollupReport:
    """Bring the usage table up to the events; without new events and with the same catalog nothing is read.

    Whatever the engine, and however large the parts, the rows are the same.

    Args:
        lake: With the events.
        catalog: Of this program; workers have the same one.
        engine: Where to; in this process by default, and where there is little to do.
        progress: Told each day that is done.
        events_a_task: Events of a day above which it is dealt out to parts.

    Raises:
        LakeError: The lake cannot be read or written.
        EngineError: A worker died, or has another catalog.
    """
    snapshot = event_snapshot(lake)
    dates = _stale_dates(lake, catalog, snapshot)
    if not dates:
        return RollupReport(dates=(), events=0)
    of_days = {day: snapshot.rows.get(day, {}) for day in dates}
    total = sum(sum(rows.values()) for rows in of_days.values())
    where = LocalEngine() if engine is None or total <= _EVENTS_WORTH_WORKERS else engine
    rolled: list[RolledUp] = []
    try:
        for day, one in _roll_up(lake, catalog, where, of_days, events_a_task):
            rolled.append(one)
            if progress is not None:
                progress(day)
        commit_usage(lake, _files(rolled), dates, events_version=snapshot.version, catalog_version=catalog.version)
    except BaseException:
        discard_usage(lake, _files(rolled))
        raise
    return RollupReport(dates=tuple(dates), events=sum(one.events for one in rolled))


def _roll_up(
    lake: Lake, catalog: Catalog, engine: Engine, of_days: Mapping[date, Mapping[str, int]], events_a_task: int
) -> Iterator[tuple[date, RolledUp]]:
    """Small days together, those of a task's size beside each other, then the others one by one, each in parts."""
    small: list[tuple[DayFiles, int]] = []
    large: list[tuple[DayFiles, Mapping[str, int]]] = []
    for day, rows in sorted(of_days.items()):
        given = DayFiles(lake=lake, day=day, files=tuple(sorted(rows)), catalog_version=catalog.version)
        events = sum(rows.values())
        if events > events_a_task and engine.workers > 1:
            large.append((given, rows))
        else:
            small.append((given, events))
    tasks = [
        Task(name=f"the events of {days[0].day} to {days[-1].day}", input=days)
        for days in _groups(small, _EVENTS_OF_DAYS)
    ]
    for task, results in engine.run(roll_up_days, tasks):
        yield from zip((given.day for given in task.input), results, strict=True)
    for given, rows in large:
        size = min(_EVENTS_A_PART, events_a_task)
        parts = -(-sum(rows.values()) // size)
        yield given.day, roll_up_in_parts(engine, given, parts, list(_groups(sorted(rows.items()), size)))


def _groups(sized: Iterable[tuple[_Sized, int]], size: int) -> Iterator[tuple[_Sized, ...]]:
    """Things in groups that have about `size` events together."""
    group: list[_Sized] = []
    events = 0
    for one, count in sized:
        group.append(one)
        events += count
        if events >= size:
            yield tuple(group)
            group, events = [], 0
    if group:
        yield tuple(group)


def _files(rolled: Sequence[RolledUp]) -> list[DataFile]:
    return [file for one in rolled for file in one.files]


def _stale_dates(lake: Lake, catalog: Catalog, snapshot: EventSnapshot) -> list[date]:
    state = lake.usage_state()
    if state is None or state[1] != catalog.version:
        return sorted(snapshot.rows)
    if state[0] == snapshot.version:
        return []
    changed = lake.changed_dates(state[0])
    return sorted(snapshot.rows if changed is None else changed)
