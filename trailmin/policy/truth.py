"""Kleene's three-valued logic: true or false whatever the unknown values are, or dependent on them."""

from collections.abc import Iterable
from enum import Enum


class Truth(Enum):
    """Whether something holds."""

    FALSE = 0
    UNKNOWN = 1
    TRUE = 2

    def __invert__(self) -> "Truth":
        return Truth(2 - self.value)

    @classmethod
    def of(cls, value: bool) -> "Truth":
        """The truth of something known."""
        return cls.TRUE if value else cls.FALSE


def any_of(truths: Iterable[Truth]) -> Truth:
    """Whether one of them holds; false for none."""
    return max(truths, key=lambda truth: truth.value, default=Truth.FALSE)


def all_of(truths: Iterable[Truth]) -> Truth:
    """Whether all of them hold; true for none."""
    return min(truths, key=lambda truth: truth.value, default=Truth.TRUE)
