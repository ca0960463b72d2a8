"""A lake: the Delta tables in one folder."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from trailmin.errors import LakeError
from trailmin.lake.commit import Change, commit_change
from trailmin.lake.files import DataFile, write_partitions
from trailmin.lake.history import History, latest_rows, log_object_rows, read_history
from trailmin.lake.read import connect, count_new, deduplicated, one_number, scan, stream
from trailmin.lake.schema import EVENTS, USAGE
from trailmin.lake.tables import (
    TABLES,
    create_table,
    file_paths,
    is_table,
    lake_errors,
    open_table,
    partition_date,
    remove_uncommitted,
)

_EVENTS_VERSION = "trailmin.eventsVersion"
_CATALOG_VERSION = "trailmin.catalogVersion"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lake:
    """The tables `log_objects`, `events` and `usage` in a folder. Every read is of a fresh snapshot.

    Every method raises `LakeError` where the tables cannot be read or written.
    """

    path: Path

    @classmethod
    def open(cls, path: Path) -> Self:
        """The lake in a folder.

        Raises:
            LakeError: the folder holds none, or one of another schema version.
        """
        with lake_errors(path):
            if not is_table(path / "events"):
                raise LakeError(f"{path} is not a lake", hint="make one: trailmin ingest SOURCE --lake DIR")
            for name in TABLES:
                open_table(path / name)
        return cls(path=path)

    @classmethod
    def create(cls, path: Path) -> Self:
        """The lake in a folder, made where there is none.

        Raises:
            LakeError: the folder holds something else, or cannot be written.
        """
        with lake_errors(path):
            if path.exists() and not path.is_dir():
                raise LakeError(f"{path} is a file, not a lake", hint="name a folder that is new, empty or a lake")
            is_lake = any(is_table(path / name) for name in TABLES)
            if not is_lake and path.exists() and any(path.iterdir()):
                raise LakeError(
                    f"{path} is not a lake, and not empty", hint="name a folder that is new, empty or a lake"
                )
            for name, schema in TABLES.items():
                if not is_table(path / name):
                    (path / name).mkdir(parents=True, exist_ok=True)
                    create_table(path / name, schema)
        return cls.open(path)

    @property
    def events_folder(self) -> Path:
        """Of the `events` table."""
        return self.path / "events"

    @property
    def log_objects_folder(self) -> Path:
        """Of the `log_objects` table."""
        return self.path / "log_objects"

    @property
    def usage_folder(self) -> Path:
        """Of the `usage` table."""
        return self.path / "usage"

    def history(self) -> History:
        """What is known of log objects."""
        with lake_errors(self.path):
            return read_history(self.log_objects_folder, self.events_folder)

    def log_object_rows(self) -> pa.Table:
        """One row for each log object, its latest state, as `schema.LOG_OBJECTS`, sorted by key."""
        with lake_errors(self.path):
            rows = log_object_rows(self.log_objects_folder)
            return latest_rows(rows, open_table(self.events_folder))

    def events_version(self) -> int:
        """The version of the `events` table: it grows with each change."""
        with lake_errors(self.path):
            return open_table(self.events_folder).version()

    def event_files(self) -> list[str]:
        """The files of `events`, relative to its folder."""
        with lake_errors(self.path):
            return file_paths(open_table(self.events_folder))

    def event_dates(self) -> list[date]:
        """The dates (UTC) with events, sorted."""
        return sorted({_date_of(path) for path in self.event_files()})

    def changed_dates(self, since_version: int) -> set[date] | None:
        """The dates whose events may differ from those of an older version; None where that is no longer known."""
        with lake_errors(self.path):
            now = set(file_paths(open_table(self.events_folder)))
            try:
                then = set(file_paths(DeltaTable(str(self.events_folder), version=since_version)))
            except (DeltaError, OSError, ValueError):
                return None
            return {_date_of(path) for path in now ^ then}

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
        by_date: dict[date, list[Path]] = {}
        for path in self.event_files():
            by_date.setdefault(_date_of(path), []).append(self.events_folder / path)
        with lake_errors(self.path), connect() as connection:
            for day in sorted(by_date):
                if wanted is None or day in wanted:
                    yield from stream(connection, deduplicated(scan(by_date[day], EVENTS), names), schema)

    def count_new(self, written: Sequence[str], before: Sequence[str]) -> int:
        """How many distinct events are in the files `written` that are not in the files `before`."""
        if not written:
            return 0
        dates = {partition_date(path) for path in written}
        old = [self.events_folder / path for path in before if partition_date(path) in dates]
        new = [self.events_folder / path for path in written]
        with lake_errors(self.path), connect() as connection:
            return one_number(connection, count_new(scan(new, EVENTS), scan(old, EVENTS)))

    def query(self, sql: str, parameters: Sequence[object] = ()) -> pa.Table:
        """The result of a DuckDB query over the views `events` (raw: copies included), `usage` and `log_objects` (raw).

        Args:
            sql: our own text; whatever a user or a log says goes into `parameters`.
            parameters: for the `?` in it.
        """
        with lake_errors(self.path), connect() as connection:
            for name, schema in TABLES.items():
                if re.search(rf"\b{name}\b", sql) is None:
                    continue
                folder = self.path / name
                paths = [folder / path for path in file_paths(open_table(folder))]
                columns = ", ".join(schema.names)
                connection.execute(f"CREATE VIEW {name} AS SELECT {columns} FROM {scan(paths, schema)}")  # noqa: S608
            return connection.sql(sql, params=list(parameters)).to_arrow_table()

    def replace_usage(
        self,
        usage: Iterable[pa.RecordBatch | pa.Table],
        dates: Iterable[date] | None,
        *,
        events_version: int,
        catalog_version: str,
    ) -> None:
        """Put rows in the place of all usage rows of the dates, in one step.

        Args:
            usage: as `schema.USAGE`, of those dates only; each item is written as it comes.
            dates: whose rows go; None: all rows go.
            events_version: of `events` that the rows were derived from.
            catalog_version: that derived them.
        """
        wanted = None if dates is None else set(dates)
        files: list[DataFile] = []

        def derive(table: DeltaTable) -> Change:
            removed = [path for path in file_paths(table) if wanted is None or _date_of(path) in wanted]
            return Change(added=tuple(files), removed=tuple(removed))

        metadata = {_EVENTS_VERSION: str(events_version), _CATALOG_VERSION: catalog_version}
        with lake_errors(self.path):
            try:
                for rows in usage:
                    table = pa.Table.from_batches([rows]) if isinstance(rows, pa.RecordBatch) else rows
                    if table.num_rows:
                        files += write_partitions(table.select(USAGE.names).cast(USAGE), self.usage_folder)
                commit_change(self.usage_folder, USAGE, derive, metadata=metadata)
            except BaseException:
                remove_uncommitted(files, self.usage_folder)
                raise

    def usage_state(self) -> tuple[int, str] | None:
        """The `events` version and the catalog version that the usage rows were derived from; None before the first."""
        with lake_errors(self.path):
            for entry in open_table(self.usage_folder).history():
                if _EVENTS_VERSION in entry:
                    return int(entry[_EVENTS_VERSION]), str(entry[_CATALOG_VERSION])
        return None

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
