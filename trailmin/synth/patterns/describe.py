"""What a pattern matches beside what it was made from."""

import math
import re
from dataclasses import dataclass

_ALPHABET = 95
"""Printable ASCII: what a `?` can stand for in practice."""
_ESCAPE = re.compile(r"\$\{[*?$]\}")
_HOLE = re.compile(r"[^/:*]*\?[^/:*]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlsoMatches:
    """What else a pattern matches, for a person and as a number."""

    sentence: str
    bits: float | None
    """Binary logarithm of how many texts it matches; None without limit. 0 is one text."""


def also_matches(pattern: str) -> AlsoMatches:
    """Return what a pattern leaves open.

    IAM's `?` is any one character, its `*` any text, `/` included, also in the middle of a pattern.
    """
    plain = _ESCAPE.sub("_", pattern)
    singles, stars = plain.count("?"), plain.count("*")
    if not singles and not stars:
        return AlsoMatches(sentence="nothing else", bits=0.0)
    said = []
    if singles:
        holes = ", ".join(dict.fromkeys(found[0] for found in _HOLE.finditer(plain)))
        said.append(f"any character for each ? ({holes})" if len(holes) <= 60 else "any character for each ?")
    if stars:
        said.append(_of_stars(plain))
    bits = None if stars else round(singles * math.log2(_ALPHABET), 1)
    return AlsoMatches(sentence="; ".join(said), bits=bits)


def _of_stars(plain: str) -> str:
    parts = plain.split(":", 5)
    before, _, after = parts[-1].partition("*")
    if not before and not after:
        return "whatever there is"
    if not after:
        return f"whatever begins with {before}, at any depth"
    return f"whatever stands for *, / and all: {before}…{after.replace('*', '…')}"
