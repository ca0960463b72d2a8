"""A lake: the Delta tables in one folder."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Self

import pyarrow as pa

from trailmin.errors import LakeError
from trailmin.lake.log import changed_dates, usage_state
from trailmin.lake.migrate import migrate
from trailmin.lake.read import connect, count_new, deduplicated, one_number, scan, stream
from trailmin.lake.reading import Reading
from trailmin.lake.schema import EVENTS, LOG_OBJECTS, USAGE
from trailmin.lake.storage import Folder, LocalFolder, open_folder
from trailmin.lake.tables import (
    TABLES,
    create_table,
    is_table,
    lake_errors,
    partition_date,
    tables_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lake:
    """The tables `log_objects`, `events` and `usage` in a folder or below an S3 prefix.

    Every read is of a fresh snapshot, unless the lake is `frozen`. Every method raises `LakeError` where the tables
    cannot be read or written.
    """

    folder: Folder
    _reading: Reading | None = field(default=None, compare=False, repr=False)
    """Of a frozen lake."""

    @classmethod
    def open(cls, place: str | Path) -> Self:
        """The lake in a folder, or at `s3://bucket/prefix`; one of an older schema version is migrated.

        Raises:
            LakeError: there is none, or one of a newer schema version.
        """
        folder = open_folder(place)
        with lake_errors(folder.uri):
            if not is_table(folder.child("events")):
                raise LakeError(f"{folder.uri} is not a lake", hint="make one: trailmin ingest SOURCE --lake LAKE")
            for name in tables_of(folder):
                migrate(folder, name)
        return cls(folder=folder)

    @classmethod
    def create(cls, place: str | Path) -> Self:
        """The lake in a folder, or at `s3://bucket/prefix`; made where there is none, also by several at once.

        Raises:
            LakeError: the folder holds something else, or cannot be written.
        """
        folder = open_folder(place)
        with lake_errors(folder.uri):
            if not is_table(folder.child("events")):
                _refuse_foreign(folder)
            for name, schema in TABLES.items():
                if not is_table(folder.child(name)):
                    create_table(folder.child(name), schema)
        return cls.open(place)

    def frozen(self) -> Self:
        """The same lake as it is now: whatever is read of it, in whichever process, is of one version of each table.

        So a command that reads much opens tables and files once, and what it says of them fits together. What is
        written to them meanwhile it does not see.
        """
        return self if self._reading is not None else replace(self, _reading=Reading(self.folder))

    @property
    def is_frozen(self) -> bool:
        """Whether it stays as it was when it was opened."""
        return self._reading is not None

    @contextmanager
    def _read(self) -> Iterator[Reading]:
        """What to read through, with its errors as ours."""
        with lake_errors(self.name):
            if self._reading is not None:
                yield self._reading
                return
            reading = Reading(self.folder)
            try:
                yield reading
            finally:
                reading.close()

    @property
    def name(self) -> str:
        """What people know it by."""
        return self.folder.uri

    @property
    def local_path(self) -> Path | None:
        """Its folder on this machine; None where it is on S3."""
        return self.folder.path if isinstance(self.folder, LocalFolder) else None

    @property
    def events_folder(self) -> Folder:
        """Of the `events` table."""
        return self.folder.child("events")

    @property
    def log_objects_folder(self) -> Folder:
        """Of the `log_objects` table."""
        return self.folder.child("log_objects")

    @property
    def usage_folder(self) -> Folder:
        """Of the `usage` table."""
        return self.folder.child("usage")

    def log_object_rows(self) -> pa.Table:
        """One row for each log object, its latest state, as `schema.LOG_OBJECTS`, sorted by key."""
        return self.query("SELECT * FROM latest_log_objects ORDER BY key").cast(LOG_OBJECTS)

    def events_version(self) -> int:
        """The version of the `events` table: it grows with each change."""
        with self._read() as reading:
            return reading.table("events").version()

    def table_versions(self) -> tuple[tuple[str, int], ...]:
        """Id and version of `log_objects`, `events` and `usage`: equal as long as none of them changes."""
        with self._read() as reading:
            tables = [reading.table(name) for name in TABLES]
            return tuple((str(table.metadata().id), table.version()) for table in tables)

    def event_files(self) -> list[str]:
        """The files of `events`, relative to its folder."""
        with self._read() as reading:
            return reading.paths("events")

    def event_dates(self) -> list[date]:
        """The dates (UTC) with events, sorted."""
        return sorted({_date_of(path) for path in self.event_files()})

    def changed_dates(self, since_version: int) -> set[date] | None:
        """The dates whose events may differ from those of an older version; None where that is no longer known."""
        with self._read() as reading:
            return changed_dates(reading.table("events"), self.events_folder, since_version)

    def deduplicated_events(
        self, dates: Iterable[date] | None = None, columns: Sequence[str] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Events, each once, and once for a call that two accounts' logs hold; date by date.

        Args:
            dates: the dates (UTC) to read; all when None.
            columns: of `schema.EVENTS`; all when None.

        Returns:
            Batches of at most some ten thousand rows of one date each, with the columns in the order asked for.
        """
        wanted = None if dates is None else set(dates)
        names = list(columns) if columns is not None else EVENTS.names
        schema = pa.schema([EVENTS.field(name) for name in names])
        by_date: dict[date, list[str]] = {}
        for path in self.event_files():
            by_date.setdefault(_date_of(path), []).append(path)
        with lake_errors(self.name), connect(self.folder) as connection:
            for day in sorted(by_date):
                if wanted is None or day in wanted:
                    yield from stream(
                        connection, deduplicated(scan(self.events_folder, by_date[day], EVENTS), names), schema
                    )

    def count_new(self, written: Sequence[str], before: Sequence[str]) -> int:
        """How many distinct events are in the files `written` that are not in the files `before`."""
        if not written:
            return 0
        dates = {partition_date(path) for path in written}
        old = scan(self.events_folder, [path for path in before if partition_date(path) in dates], EVENTS)
        new = scan(self.events_folder, written, EVENTS)
        with lake_errors(self.name), connect(self.folder) as connection:
            return one_number(connection, count_new(new, old))

    def query(self, sql: str, parameters: Sequence[object] = ()) -> pa.Table:
        """The result of a DuckDB query over the tables and views of the lake.

        `events` (raw: copies included), `usage`, and `latest_log_objects`: one row for each log object, its latest
        state, `planned` where it is in a plan that is not carried out and nothing else is known of it.

        Args:
            sql: our own text; whatever a user or a log says goes into `parameters`.
            parameters: for the `?` in it.
        """
        with self._read() as reading:
            return reading.query(sql, parameters)

    def usage_state(self) -> tuple[int, str] | None:
        """The `events` version and the catalog version that the usage rows were derived from; None before the first."""
        with self._read() as reading:
            return usage_state(reading.table("usage"), self.usage_folder)

    def is_usage_current(self) -> bool:
        """Whether the usage rows were derived from the events as they are."""
        state = self.usage_state()
        return state is not None and self.changed_dates(state[0]) == set()

    def usage_rows(self, columns: Sequence[str] | None = None, **equal_to: Any) -> pa.Table:
        """Usage rows, as `schema.USAGE`.

        Args:
            columns: all when None.
            equal_to: values that columns must have, such as `principal_arn="arn:…"`.
        """
        names = list(columns) if columns is not None else USAGE.names
        where = " AND ".join(f"{USAGE.field(name).name} = ?" for name in equal_to) or "true"
        table = self.query(f"SELECT {', '.join(names)} FROM usage WHERE {where}", list(equal_to.values()))  # noqa: S608
        return table.cast(pa.schema([USAGE.field(name) for name in names]))


def _date_of(path: str) -> date:
    return date.fromisoformat(partition_date(path) or "")


def _refuse_foreign(folder: Folder) -> None:
    """Refuse a place that holds something else than (the beginnings of) a lake.

    Raises:
        LakeError: it does.
    """
    if isinstance(folder, LocalFolder) and folder.path.exists() and not folder.path.is_dir():
        raise LakeError(f"{folder.uri} is a file, not a lake", hint="name a folder that is new, empty or a lake")
    if any(found.path.split("/")[0] not in TABLES for found in folder.files()):
        raise LakeError(f"{folder.uri} is not a lake, and not empty", hint="name a folder that is new, empty or a lake")
