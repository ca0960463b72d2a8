"""Policy variables: the values of a request's keys put into the text of a policy.

Source: IAM User Guide, "IAM policy elements: Variables and tags". A value that is put in is never read as a wildcard.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

KeyLookup: TypeAlias = Callable[[str], "tuple[str, ...] | None"]
"""The values of a condition key: none where the request does not have the key, None where that is not known."""

_VARIABLE = re.compile(r"\$\{(?P<key>[^{},]*)(?:,(?P<default>[^{}]*))?\}")
_SPECIAL = re.compile(r"[*?$]")
_ESCAPES = frozenset("*?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A text with the values of its variables put in."""

    text: str | None
    """None where a variable has neither a value nor a default: then nothing matches the text."""
    is_complete: bool
    """False where a variable is left in the text, because its key is not known or has several values."""


def resolve_pattern(text: str, lookup: KeyLookup) -> Resolved:
    """Policy text with known variables replaced by their values, escaped."""
    return _resolve(text, lookup, lambda value: _SPECIAL.sub(r"${\g<0>}", value), escapes=False)


def resolve_literal(text: str, lookup: KeyLookup) -> Resolved:
    """The plain text that policy text stands for: escapes and known variables replaced."""
    return _resolve(text, lookup, lambda value: value, escapes=True)


def variable_key(text: str) -> str | None:
    """The key, in lower case, where `text` is one policy variable and nothing else."""
    found = _VARIABLE.fullmatch(text)
    key = found["key"].strip().lower() if found else ""
    return key if key and key not in _ESCAPES else None


def _resolve(text: str, lookup: KeyLookup, quote: Callable[[str], str], *, escapes: bool) -> Resolved:
    missing = unknown = False

    def replacement(found: re.Match[str]) -> str:
        nonlocal missing, unknown
        key = found["key"].strip()
        if key in _ESCAPES:
            return key if escapes else found[0]
        values = lookup(key)
        if values is None or len(values) > 1:
            unknown = True
            return found[0]
        if values:
            return quote(values[0])
        if found["default"] is None:
            missing = True
            return ""
        return quote(found["default"].strip().strip("'"))

    resolved = _VARIABLE.sub(replacement, text) if "${" in text else text
    return Resolved(text=None if missing else resolved, is_complete=not unknown)
