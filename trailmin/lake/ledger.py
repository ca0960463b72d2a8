"""What the lake knows of log objects: the table `log_objects`.

Each batch has a file with its plan, written before anything of it is read, and one with the results of each attempt at
it. The commit of its rows into `events` names the batch and the attempt: from then on the rows of that attempt are what
is known, and the plan and other attempts are dead. So no crash between two commits, and no race of two that carry out
one plan, lets the tables disagree. The Delta log tells batch, attempt and days of each file: a look-up reads only the
files of its days.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import pyarrow as pa
from deltalake import DeltaTable

from trailmin.lake.batches import Batch, KnownObject, day_of
from trailmin.lake.commit import Change, commit_change
from trailmin.lake.decode_task import ObjectResult
from trailmin.lake.files import DataFile, write_file
from trailmin.lake.ledger_rows import missing_row, plan_row, result_row
from trailmin.lake.read import connect, scan
from trailmin.lake.schema import LOG_OBJECTS
from trailmin.lake.storage import Folder
from trailmin.lake.tables import file_paths, file_rows, open_table, remove_uncommitted
from trailmin.lake.verified import needs_verifying
from trailmin.trail.digests import VerifyMode
from trailmin.trail.sources import LogObject

_LATEST: Final = """
    SELECT key, arg_max(size, recorded_at) AS size, arg_max(etag, recorded_at) AS etag,
        arg_max(state, recorded_at) AS state, arg_max(batch_id, recorded_at) AS batch_id,
        arg_max({open}, recorded_at) AS needs_verifying,
        CAST(min(first_event) FILTER (state = 'read') AS DATE) AS first_date,
        CAST(max(last_event) FILTER (state = 'read') AS DATE) AS last_date
    FROM {settled} SEMI JOIN wanted USING (key) GROUP BY key
"""

_CLAIMS: Final = "SELECT key, batch_id FROM {pending} SEMI JOIN wanted USING (key)"

_LAST_SETTLED: Final = """
    WITH latest AS (
        SELECT key, arg_max(state <> 'unreadable' AND NOT ({open}), recorded_at) AS is_settled
        FROM {settled} WHERE day = $day GROUP BY key),
    planned AS (SELECT DISTINCT key FROM {pending} WHERE day = $day),
    marked AS (
        SELECT key, is_settled AND planned.key IS NULL AS is_settled FROM latest LEFT JOIN planned USING (key)
        UNION ALL SELECT key, false FROM planned ANTI JOIN latest USING (key)),
    placed AS (
        SELECT *, regexp_extract(key, '^.*/') AS folder,
            min(key) FILTER (NOT is_settled) OVER (PARTITION BY regexp_extract(key, '^.*/')) AS first_open
        FROM marked)
    SELECT folder, max(key) FROM placed WHERE first_open IS NULL OR key < first_open GROUP BY folder
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFiles:
    """The files of a snapshot of `log_objects`, by what they are."""

    version: int
    settled: tuple[dict[str, Any], ...]
    """Rows of the Delta log of files whose rows count."""
    pending: Mapping[str, tuple[dict[str, Any], ...]]
    """Those of plans that were not carried out, with results that no commit names, by batch."""
    dead: tuple[dict[str, Any], ...]
    """Those of plans that were carried out, and of attempts that came second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What is known of some log objects."""

    version: int
    """Of `log_objects`."""
    known: Mapping[str, KnownObject]
    """By key; those that the lake has read or failed to read."""
    claimed: Mapping[str, str]
    """Key → the batch in whose plan it is, and which is not done."""


class Ledger:
    """The log objects of a lake, read and written."""

    def __init__(self, folder: Folder, events_folder: Folder, verify: VerifyMode | None = None) -> None:
        self._folder = folder
        self._needs_verifying = f"coalesce({needs_verifying(verify, datetime.now(UTC).date())}, false)"
        self._events_folder = events_folder
        self._attempts: dict[str, int] = {}
        self._plans: dict[str, str] = {}
        """Path → batch, of plans that can go when the batch is done."""

    def files(
        self, table: DeltaTable | None = None, *, events: DeltaTable | None = None, days: set[date] | None = None
    ) -> LedgerFiles:
        """The files of a snapshot.

        Args:
            table: the snapshot; a fresh one by default.
            events: a snapshot of `events` that is no newer; likewise.
            days: of delivery; results of no other day need be among the files. By default all are.
        """
        # First the events: what is done by then is in any later snapshot of the log objects.
        events = events or open_table(self._events_folder)
        table = table or open_table(self._folder)
        settled: list[dict[str, Any]] = []
        dead: list[dict[str, Any]] = []
        pending: dict[str, tuple[dict[str, Any], ...]] = {}
        for row in file_rows(table):
            batch_id = row["min.batch_id"]
            if days is not None and row.get("min.attempt") is not None and not _may_hold(row, days):
                continue  # Whether its attempt counts would cost a millisecond.
            if batch_id != row["max.batch_id"]:
                settled.append(row)  # Compacted: of files whose rows count.
            elif (attempt := self._attempt(batch_id, events)) is None:
                pending[batch_id] = (*pending.get(batch_id, ()), row)
            elif row.get("min.attempt") == attempt:
                settled.append(row)
            else:
                dead.append(row)
            if batch_id == row["max.batch_id"] and row.get("min.attempt") is None:
                self._plans[row["path"]] = batch_id
        return LedgerFiles(version=table.version(), settled=tuple(settled), pending=pending, dead=tuple(dead))

    def is_done(self, batch_id: str) -> bool:
        """Whether a batch is in `events` by now."""
        return self._attempt(batch_id, open_table(self._events_folder)) is not None

    def note_done(self, batch_id: str, attempt: int) -> None:
        """Take note of a commit into `events`; the plan goes with what is written next."""
        self._attempts[batch_id] = attempt

    def look_up(self, keys: Sequence[str]) -> Knowledge:
        """What is known of log objects, in memory for those alone."""
        days = {day_of(key) for key in keys}
        files = self.files(days=days)
        settled = [row["path"] for row in files.settled if _may_hold(row, days)]
        pending = [row["path"] for rows in files.pending.values() for row in rows if _may_hold(row, days)]
        with connect(self._folder) as connection:
            connection.register("wanted", pa.table({"key": pa.array(keys, pa.string())}))
            latest = _LATEST.format(settled=scan(self._folder, settled, LOG_OBJECTS), open=self._needs_verifying)
            known = connection.sql(latest).to_arrow_table().to_pylist() if settled else []
            claims = _CLAIMS.format(pending=scan(self._folder, pending, LOG_OBJECTS))
            claimed = connection.sql(claims).fetchall() if pending else []
        return Knowledge(version=files.version, known={row["key"]: _known(row) for row in known}, claimed=dict(claimed))

    def last_settled(self, day: date) -> dict[str, str]:
        """Folder of keys of a day of delivery → the last key up to which all that is known is settled."""
        files = self.files(days={day})
        settled = [row["path"] for row in files.settled if _may_hold(row, {day})]
        pending = [row["path"] for rows in files.pending.values() for row in rows if _may_hold(row, {day})]
        if not settled:
            return {}
        with connect(self._folder) as connection:
            query = _LAST_SETTLED.format(
                settled=scan(self._folder, settled, LOG_OBJECTS),
                pending=scan(self._folder, pending, LOG_OBJECTS),
                open=self._needs_verifying,
            )
            return dict(connection.execute(query, {"day": day}).fetchall())

    def pending(self) -> dict[str, dict[str, LogObject]]:
        """The plans that were not carried out: batch → key → log object as it was planned, without a location."""
        found: dict[str, dict[str, LogObject]] = {}
        for batch_id, rows in self.files().pending.items():
            for row in rows:
                table = self._folder.read(row["path"], ["key", "size", "etag", "origin"])
                found.setdefault(batch_id, {}).update(
                    (o["key"], LogObject(key=o["key"], location="", size=o["size"], etag=o["etag"]))
                    for o in table.to_pylist()
                )
        return found

    def record_plan(self, batches: Iterable[Batch], version: int) -> bool:
        """Write the lists of batches, before anything of them is read.

        Args:
            batches: whose log objects nobody else has in a plan.
            version: of `log_objects`, at which that was looked up.

        Returns:
            False when the table is at another version by now: look again.
        """
        now = datetime.now(UTC)
        plans = [(batch, [plan_row(batch.batch_id, now, found) for found in batch.log_objects]) for batch in batches]
        files = [self._write(batch.batch_id, rows, None) for batch, rows in plans]
        is_recorded = self._append(files, version)
        if is_recorded:
            self._plans.update({file.path: batch.batch_id for file, (batch, _) in zip(files, plans, strict=True)})
        else:
            remove_uncommitted(files, self._folder)
        return is_recorded

    def record_results(self, batch: Batch, attempt: int, results: Sequence[ObjectResult]) -> None:
        """Write what became of a batch's log objects; it counts once a commit into `events` names the attempt."""
        now = datetime.now(UTC)
        rows = [result_row(batch.batch_id, now, result) for result in results]
        rows += [missing_row(batch.batch_id, now, found) for found in batch.missing]
        file = self._write(batch.batch_id, [row | {"attempt": attempt} for row in rows], attempt)
        self._append([file], None)

    def _append(self, files: Sequence[DataFile], version: int | None) -> bool:
        """Add files, and take away those of plans that are done."""
        done = {path for path, batch_id in self._plans.items() if batch_id in self._attempts}

        def derive(table: DeltaTable) -> Change | None:
            if version is not None and table.version() != version:
                return None
            return Change(added=tuple(files), removed=tuple(sorted(done & set(file_paths(table)))))

        try:
            is_committed = commit_change(self._folder, LOG_OBJECTS, derive)
        except BaseException:
            remove_uncommitted(files, self._folder)
            raise
        if is_committed:
            for path in done:
                del self._plans[path]
        return is_committed

    def _write(self, batch_id: str, rows: list[dict[str, Any]], attempt: int | None) -> DataFile:
        days = [row["day"].isoformat() for row in rows]
        bounds: dict[str, tuple[str | int, str | int]] = {
            "batch_id": (batch_id, batch_id),
            "day": (min(days), max(days)),
        }
        if attempt is not None:
            bounds["attempt"] = (attempt, attempt)
        return write_file(pa.Table.from_pylist(rows, schema=LOG_OBJECTS), self._folder, None, bounds)

    def _attempt(self, batch_id: str, events: DeltaTable) -> int | None:
        """The attempt at a batch that was committed. What is done stays done: it is asked for once."""
        if batch_id not in self._attempts and (attempt := events.transaction_version(batch_id)) is not None:
            self._attempts[batch_id] = attempt
        return self._attempts.get(batch_id)


def _may_hold(row: Mapping[str, Any], days: set[date]) -> bool:
    """Whether a file may have log objects of any of the days."""
    return any(row["min.day"] <= day <= row["max.day"] for day in days)


def _known(row: Mapping[str, Any]) -> KnownObject:
    return KnownObject(
        size=row["size"],
        etag=row["etag"],
        state=row["state"],
        batch_id=row["batch_id"],
        dates=None if row["first_date"] is None else (row["first_date"], row["last_date"]),
        needs_verifying=row["needs_verifying"],
    )
