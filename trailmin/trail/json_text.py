"""JSON text as records hold it, hostile numbers and depths included."""

import json
import re

import msgspec

_decode = msgspec.json.Decoder().decode
_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\.", re.DOTALL
)


def decode_json(text: str | bytes) -> object:
    """The value of a JSON text. Numbers beyond what a float or 64 bits hold come as their text.

    Raises:
        ValueError: not JSON (`msgspec.DecodeError` is one), or nested too deeply.
    """
    try:
        return _decode(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    except msgspec.ValidationError:
        return json.loads(text, parse_int=_integer, parse_float=_number)


def encode_json(value: object) -> str:
    """Compact JSON text of a decoded value, keys in their order."""
    return msgspec.json.encode(value).decode()


def encode_sorted(value: object) -> bytes:
    """JSON with sorted keys: equal values give equal bytes."""
    return msgspec.json.encode(value, order="sorted")


def repair_text(raw: bytes) -> bytes:
    """The JSON text with U+FFFD for bytes that are not UTF-8 and for escaped surrogates that stand alone."""
    return _ESCAPE.sub(_repair_escape, raw.decode(errors="replace").encode())


def is_utf8(raw: bytes) -> bool:
    """Whether the bytes are valid UTF-8 (ASCII, by far the most frequent, costs next to nothing)."""
    if raw.isascii():
        return True
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _repair_escape(match: re.Match[bytes]) -> bytes:
    escape = match[0]
    is_lone_surrogate = len(escape) == 6
    return rb"\ufffd" if is_lone_surrogate else escape


def _integer(text: str) -> int | str:
    return int(text) if len(text) < 300 else text


def _number(text: str) -> float | str:
    number = float(text)
    return number if abs(number) != float("inf") else text
