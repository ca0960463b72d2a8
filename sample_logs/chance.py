"""Chance that comes out the same on every machine: every draw hangs on a seed text alone."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

_T = TypeVar("_T")

_HEX = "0123456789abcdef"
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_UPPER = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Dice:
    """Draws on `random.Random.random()` only, the one method whose sequence Python promises to keep."""

    def __init__(self, *seed: object) -> None:
        self._random = random.Random("/".join(map(str, ("trailmin", *seed))))  # noqa: S311 - samples, not secrets

    def integer(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included."""
        return low + int(self._random.random() * (high - low + 1))

    def pick(self, values: Sequence[_T]) -> _T:
        """Return one of the values."""
        return values[self.integer(0, len(values) - 1)]

    def happens(self, per_cent: int) -> bool:
        """Return True in so many of a hundred draws."""
        return self.integer(1, 100) <= per_cent

    def text(self, alphabet: str, length: int) -> str:
        """Return a text of that length."""
        return "".join(self.pick(alphabet) for _ in range(length))

    def hex(self, length: int) -> str:
        """Return lower-case hexadecimal digits."""
        return self.text(_HEX, length)

    def uuid(self) -> str:
        """Return an id as `eventID` has it."""
        digits = self.hex(32)
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

    def unique_id(self, prefix: str) -> str:
        """Return an IAM unique id (`AROA…`, `AIDA…`): the prefix and 17 characters."""
        return prefix + self.text(_BASE32, 17)

    def access_key(self) -> str:
        """Return the id of temporary credentials, marked as an example."""
        return "ASIAEXAMPLE" + self.text(_BASE32, 9)

    def s3_request(self) -> str:
        """Return an S3 request id: 16 upper-case characters."""
        return self.text(_UPPER, 16)

    def base64(self, length: int) -> str:
        """Return base64 characters, the last one a padding."""
        return self.text(_BASE64, length - 1) + "="

    def moment(self, day: date, first_hour: int, last_hour: int) -> datetime:
        """Return a second of that UTC day, between the hours (the last one included), never in the last ten minutes."""
        second = self.integer(first_hour * 3600, (last_hour + 1) * 3600 - 601)
        return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=second)

    def after(self, moment: datetime, low: int, high: int) -> datetime:
        """Return a moment so many seconds later."""
        return moment + timedelta(seconds=self.integer(low, high))
