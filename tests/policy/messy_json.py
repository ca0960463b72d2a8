"""JSON as people and tools write it: any white space between the parts, any spelling of the characters of strings."""

import json
from random import Random
from typing import Any

_GAPS = ("", "", "", " ", "  ", "\n", "\r\n", "\t", "\n\t\t", "\r\n    ", " \n ")


def messy(value: Any, rng: Random) -> str:
    """The value as JSON text; each seed gives another formatting."""
    return _gap(rng) + _written(value, rng) + _gap(rng)


def _written(value: Any, rng: Random) -> str:
    if isinstance(value, dict):
        members = [f"{_text(key, rng)}{_gap(rng)}:{messy(one, rng)}" for key, one in _shuffled(value, rng)]
        return "{" + ",".join(_gap(rng) + member for member in members) + _gap(rng) + "}"
    if isinstance(value, list):
        return "[" + ",".join(messy(one, rng) for one in value) + _gap(rng) + "]"
    if isinstance(value, str):
        return _text(value, rng)
    return json.dumps(value)


def _shuffled(value: dict[str, Any], rng: Random) -> list[tuple[str, Any]]:
    items = list(value.items())
    if rng.random() < 0.5:
        rng.shuffle(items)
    return items


def _text(text: str, rng: Random) -> str:
    return '"' + "".join(_character(char, rng) for char in text) + '"'


def _character(char: str, rng: Random) -> str:
    if char in '"\\':
        return "\\" + char
    if rng.random() < 0.05 or ord(char) < 0x20:
        code = f"{ord(char):04x}"
        return "\\u" + (code.upper() if rng.random() < 0.5 else code)
    return "\\/" if char == "/" and rng.random() < 0.2 else char


def _gap(rng: Random) -> str:
    return rng.choice(_GAPS)
