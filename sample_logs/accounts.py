"""The three accounts, their regions, and the window of the samples."""

from datetime import date, timedelta
from typing import Any

Json = dict[str, Any]
"""A JSON object."""

SHOP = "111122223333"
"""Account A: the shop. Its trail logs management events and data events."""
MEDIA = "444455556666"
"""Account B: media, payments and analytics. Its trail logs management events and data events."""
LEDGER = "777788889999"
"""Account C: the ledger. Its trail logs management events only."""

ACCOUNTS = (SHOP, MEDIA, LEDGER)
WITH_DATA_EVENTS = frozenset({SHOP, MEDIA})
REGIONS = {SHOP: "us-east-1", MEDIA: "us-east-1", LEDGER: "eu-central-1"}
"""Where each account works."""

FIRST_DAY = date(2026, 9, 1)
DAYS = tuple(FIRST_DAY + timedelta(days=n) for n in range(45))
"""2026-09-01 to 2026-10-15, UTC."""


def is_workday(day: date) -> bool:
    """Return True from Monday to Friday."""
    return day.weekday() < 5
