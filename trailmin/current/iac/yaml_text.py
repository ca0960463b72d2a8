"""New pieces of YAML and JSON text: scalars that stay data whatever they hold, and statements in the source's style."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_./:*@+=-]*(?<!:)", re.ASCII)
"""Texts that every YAML reader takes for themselves, in blocks as in brackets."""

_WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}

_SPECIAL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Raw:
    """A piece of text that is put as it is."""

    text: str


Value: TypeAlias = "str | bool | int | float | Raw | Sequence[Value] | Mapping[str, Value] | None"


def scalar_text(text: str, *, quote: str = "", is_json: bool = False) -> str:
    """Return a text as a scalar, quoted as asked for where that is possible, and where it must be.

    Args:
        text: Any text.
        quote: `"`, `'`, or nothing for no quotes where they are not needed.
        is_json: Whether the source is JSON.
    """
    if is_json:
        return json.dumps(text, ensure_ascii=False)
    special = _SPECIAL.search(text) is not None
    if quote == "'" and not special:
        return "'" + text.replace("'", "''") + "'"
    if not quote and not special and _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return _SPECIAL.sub(lambda found: f"\\u{ord(found[0]):04X}", json.dumps(text, ensure_ascii=False))


def block_lines(value: Value, *, unit: str = "  ", quote: str = "") -> list[str]:
    """Return a value as lines of block YAML, from column 0."""
    match value:
        case Mapping():
            return [line for name, inner in value.items() for line in _member_lines(name, inner, unit, quote)]
        case Raw() | str() | bool() | int() | float() | None:
            return [_scalar(value, quote)]
        case _:
            return [line for inner in value for line in _item_lines(inner, unit, quote)]


def json_block(value: Value, *, unit: str = "  ", indent: str = "", newline: str = "\n") -> str:
    """Return a value as JSON, the first line without indentation; without a line break to use, on one line."""
    inner = indent + unit
    match value:
        case Raw():
            return value.text
        case Mapping():
            parts = [
                f"{json.dumps(n)}: {json_block(v, unit=unit, indent=inner, newline=newline)}" for n, v in value.items()
            ]
            return _bracketed("{", parts, "}", inner, indent, newline)
        case str() | bool() | int() | float() | None:
            return json.dumps(value, ensure_ascii=False)
        case _:
            parts = [json_block(v, unit=unit, indent=inner, newline=newline) for v in value]
            return _bracketed("[", parts, "]", inner, indent, newline)


def _bracketed(opening: str, parts: Sequence[str], closing: str, inner: str, indent: str, newline: str) -> str:
    if not parts:
        return opening + closing
    if not newline:
        return opening + ", ".join(parts) + closing
    return opening + newline + inner + f",{newline}{inner}".join(parts) + newline + indent + closing


def _member_lines(name: str, value: Value, unit: str, quote: str) -> list[str]:
    key = name if re.fullmatch(r"[A-Za-z][A-Za-z0-9_.:/-]*(?<!:)", name, re.ASCII) else scalar_text(name, quote='"')
    if isinstance(value, Raw | str | bool | int | float) or value is None:
        return [f"{key}: {_scalar(value, quote)}"]
    if not value:
        return [f"{key}: {'{}' if isinstance(value, Mapping) else '[]'}"]
    return [f"{key}:", *(unit + line for line in block_lines(value, unit=unit, quote=quote))]


def _item_lines(value: Value, unit: str, quote: str) -> list[str]:
    first, *rest = block_lines(value, unit=unit, quote=quote)
    return [f"- {first}", *("  " + line for line in rest)]


def _scalar(value: Raw | str | bool | int | float | None, quote: str) -> str:
    match value:
        case Raw():
            return value.text
        case str():
            return scalar_text(value, quote=quote)
        case _:
            return json.dumps(value)
