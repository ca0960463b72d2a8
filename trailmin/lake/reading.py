"""A lake's tables, each held at one version, and the one connection that reads them."""

import re
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import duckdb
import pyarrow as pa
from deltalake import DeltaTable

from trailmin.lake.ledger import Ledger
from trailmin.lake.read import connect, scan
from trailmin.lake.schema import LOG_OBJECTS
from trailmin.lake.storage import Folder
from trailmin.lake.tables import TABLES, file_paths, open_table
from trailmin.lake.views import latest_log_objects, select_all


class Reading:
    """What is read of a lake, however often, is of the versions that its tables had when they were asked for first.

    Tables and connection are opened once, when they are needed, and closed with `close` or when the object is gone.
    In another process it reads the same versions. Not for several threads at a time.
    """

    def __init__(self, folder: Folder, versions: Mapping[str, int] | None = None) -> None:
        """Of the lake in that folder.

        Args:
            folder: of the lake.
            versions: of tables, by name, in place of the newest ones.
        """
        self._folder = folder
        self._versions = dict(versions or {})
        self._tables: dict[str, DeltaTable] = {}
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._views: set[str] = set()
        self._opened = ExitStack()
        self.close: Callable[[], Any] = weakref.finalize(self, self._opened.close)

    def __reduce__(self) -> tuple[type["Reading"], tuple[Folder, dict[str, int]]]:
        """What another process makes the same of."""
        return Reading, (self._folder, {name: self.table(name).version() for name in TABLES})

    def table(self, name: str) -> DeltaTable:
        """One of `tables.TABLES`, at its version.

        Raises:
            LakeError: there is no such table, or one of another schema version.
        """
        if name not in self._tables:
            if name != "events":
                # Each is as old as its events or newer: a batch that these have is done in any later `log_objects`.
                self.table("events")
            self._tables[name] = open_table(self._folder.child(name), self._versions.get(name))
        return self._tables[name]

    def paths(self, name: str) -> list[str]:
        """The files of a table, relative to its folder, sorted."""
        return file_paths(self.table(name))

    def query(self, sql: str, parameters: Sequence[object] = ()) -> pa.Table:
        """See `Lake.query`."""
        connection = self._connect()
        for name, view in _VIEWS.items():
            if name not in self._views and re.search(rf"\b{name}\b", sql):
                connection.execute(f"CREATE VIEW {name} AS {view(self)}")
                self._views.add(name)
        return connection.sql(sql, params=list(parameters)).to_arrow_table()

    def _connect(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            self._connection = self._opened.enter_context(connect(self._folder))
        return self._connection

    def select_table(self, name: str) -> str:
        """The query for all rows of `events` or `usage`, copies included."""
        return select_all(self._folder.child(name), self.paths(name), TABLES[name])

    def select_latest_log_objects(self) -> str:
        """The query for the view `latest_log_objects`."""
        folder = self._folder.child("log_objects")
        files = Ledger(folder, self._folder.child("events")).files(
            self.table("log_objects"), events=self.table("events")
        )
        pending = [row["path"] for rows in files.pending.values() for row in rows]
        return latest_log_objects(
            scan(folder, [row["path"] for row in files.settled], LOG_OBJECTS), scan(folder, pending, LOG_OBJECTS)
        )


_VIEWS: Mapping[str, Callable[[Reading], str]] = {
    "events": lambda reading: reading.select_table("events"),
    "usage": lambda reading: reading.select_table("usage"),
    "latest_log_objects": Reading.select_latest_log_objects,
}
