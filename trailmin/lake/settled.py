"""How far each folder of log objects is settled, so that listing can go on behind it."""

from datetime import date
from functools import lru_cache

from trailmin.lake.batches import day_of
from trailmin.lake.ledger import Ledger

_DAYS_KEPT = 8
"""A listing goes through the days in order, several at a time."""


class SettledFolders:
    """Implements `trail.sources.SettledKeys` from the ledger as it is now; one query a day of delivery."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._of_day = lru_cache(maxsize=_DAYS_KEPT)(self._read)

    def last_settled(self, folder: str) -> str | None:
        """See `SettledKeys.last_settled`."""
        return self._of_day(day_of(folder)).get(folder)

    def _read(self, day: date) -> dict[str, str]:
        return self._ledger.last_settled(day)
