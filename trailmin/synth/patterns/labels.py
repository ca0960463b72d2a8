"""What stands on an edge of the trie: one segment as it was seen, or all the segments of a family.

Joining is associative, commutative and idempotent, so that a family says the same in whatever order it was met.
"""

import re
from dataclasses import dataclass

_DIGIT = re.compile(r"[0-9]")
_EXTENSION = re.compile(r"\.[A-Za-z][0-9A-Za-z]{0,7}(?:\.[A-Za-z][0-9A-Za-z]{0,7})?[/:]?\Z|[/:]?\Z")
_WORD_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Family:
    """Many segments: how they all begin and end, and how long they are."""

    lead: str
    trail: str
    shortest: int
    longest: int
    numbered: bool
    """Whether each of them has a digit: only then is one width more than chance."""

    def holds(self, segment: str) -> bool:
        """Whether joining the segment would change nothing."""
        return (
            self.shortest <= len(segment) <= self.longest
            and segment.startswith(self.lead)
            and segment.endswith(self.trail)
            and (not self.numbered or _DIGIT.search(segment) is not None)
        )


Label = str | Family


def family_of(segment: str) -> str:
    """Return the key of a segment's family: a word is its own, the rest go by how they end."""
    if len(segment) <= _WORD_LENGTH and _DIGIT.search(segment) is None:
        return segment
    found = _EXTENSION.search(segment)
    return "*" + (found[0] if found is not None else "")


def everything_of(segment: str) -> str:
    """Return the key where there are too many families: folders and names apart."""
    return "**" + segment[-1:] if segment[-1:] in ("/", ":") else "**"


def join(a: Label, b: Label) -> Label:
    """Return the label of all that two labels stand for."""
    if a == b:
        return a
    first, second = as_family(a), as_family(b)
    return Family(
        lead=_common_start(first.lead, second.lead),
        trail=_common_start(first.trail[::-1], second.trail[::-1])[::-1],
        shortest=min(first.shortest, second.shortest),
        longest=max(first.longest, second.longest),
        numbered=first.numbered and second.numbered,
    )


def _common_start(a: str, b: str) -> str:
    return next((a[:i] for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(a, b, key=len))


def as_family(label: Label) -> Family:
    """A family as it is, a segment as a family of one."""
    if isinstance(label, Family):
        return label
    return Family(label, label, len(label), len(label), _DIGIT.search(label) is not None)
