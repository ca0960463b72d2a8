"""The rules by which single fields of a record are read; rows and events are built from the same rules.

Each is a pure function of one value, so that a million records cost as many evaluations as they have distinct values.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

_SHORTEST_TIME = len("2026-01-31T23:59:59")
_DATE_LENGTH = len("2026-01-31")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
LATEST_TIME = (datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH) // _MILLISECOND
_NOTHING = frozenset({b"null", b"{}", b"[]", b'"null"', b'""', b'"{}"'})
LONGEST_NOTHING = 6


class Memo(dict[_Key, _Value], Generic[_Key, _Value]):
    """A function's values by argument, forgotten all at once beyond `limit`: look up with `memo[key]`."""

    def __init__(self, function: Callable[[_Key], _Value], limit: int = 50_000) -> None:
        super().__init__()
        self._function = function
        self._limit = limit

    def __missing__(self, key: _Key) -> _Value:
        if len(self) >= self._limit:
            self.clear()
        value = self[key] = self._function(key)
        return value


def _parse_time(text: str) -> int | None:
    if len(text) < _SHORTEST_TIME or text[_DATE_LENGTH] not in "T ":
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    milliseconds = ((time if time.tzinfo else time.replace(tzinfo=UTC)) - _EPOCH) // _MILLISECOND
    return milliseconds if 0 <= milliseconds < LATEST_TIME else None


TIMES: Memo[str, int | None] = Memo(_parse_time)
"""ISO 8601 text → milliseconds since 1970 UTC; None where it is no such time, or before 1970. Without a zone: UTC."""


def read_time(text: str) -> int | None:
    """Milliseconds since 1970 UTC of an ISO 8601 time with or without fraction and zone, else None."""
    return TIMES[text]


def strip_text(text: str | None) -> str | None:
    """The text without blanks around it, None where nothing is left; some names end in one."""
    return (text.strip() or None) if text else None


STRIPPED: Memo[str | None, str | None] = Memo(strip_text)
"""`strip_text`, for columns that repeat their values."""


def has_content(raw: bytes) -> bool:
    """Whether the JSON text of request parameters or resources says anything: not null, `{}`, `[]` or `"null"`."""
    return len(raw) > LONGEST_NOTHING or raw.translate(None, b" \t\r\n") not in _NOTHING


def read_resources(raw: bytes) -> str | None:
    """The `resources` of a record as the JSON text of a list; a single object becomes a list of one; else None."""
    if not has_content(raw):
        return None
    text = raw.decode()
    if text.startswith("["):
        return text
    return f"[{text}]" if text.startswith("{") else None


def read_identity(event_id: str, account: str | None, record_hash: str | None) -> str:
    """What makes an event one: its id and the recipient account (ids recur under another account), or its hash."""
    return record_hash if record_hash and not event_id else f"{event_id}:{account or ''}"
