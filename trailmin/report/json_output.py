"""JSON that others can build on: its text, the names of its schemas, and how times are written."""

import json
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii
from typing import Any

Json = dict[str, Any]


def schema(name: str) -> str:
    """Return the value of the key `schema`, which names an output and its version."""
    return f"trailmin/{name}/1"


def json_text(value: object, *, indent: int | None = 2) -> str:
    """Return JSON text in printable ASCII with a final newline; `indent=None` gives one line."""
    text = _indented(value, "\n") if indent == _STEP else json.dumps(value, indent=indent, allow_nan=False)
    # json escapes all but ASCII; the one control character in ASCII that it leaves is DEL, which only strings can hold.
    # Two number signs stand in strings alone as well; a build's log would take what may follow for a command.
    return text.replace("\x7f", "\\u007f").replace("##", "#\\u0023") + "\n"


_STEP = 2


def _indented(value: object, line: str) -> str:
    """What `json.dumps` makes of a value with that indent, only faster; `line` is what begins a line of its level."""
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    if isinstance(value, dict):
        inner = line + " " * _STEP
        items = [f"{_key(key)}: {_indented(one, inner)}" for key, one in value.items()]
        return f"{{{inner}{f',{inner}'.join(items)}{line}}}" if items else "{}"
    if isinstance(value, list | tuple):
        inner = line + " " * _STEP
        return f"[{inner}{f',{inner}'.join([_indented(one, inner) for one in value])}{line}]" if value else "[]"
    return json.dumps(value, allow_nan=False)


def _key(key: object) -> str:
    return encode_basestring_ascii(key) if isinstance(key, str) else f'"{json.dumps(key, allow_nan=False)}"'


def time_json(moment: datetime | None) -> str | None:
    """Return a time as ISO 8601 in UTC, with milliseconds where it has any."""
    if moment is None:
        return None
    utc = moment.astimezone(UTC)
    return utc.isoformat(timespec="milliseconds" if utc.microsecond else "seconds").replace("+00:00", "Z")
