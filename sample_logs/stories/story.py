"""What a story is: a role, what runs under it, and what it does on a day."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from sample_logs.accounts import Json
from sample_logs.chance import Dice
from sample_logs.iam import Role

Day = Callable[[date, Dice], Iterator[Json]]
"""The records of one day, in any order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A Lambda function, as the account's snapshot lists it."""

    name: str
    created: str
    queue_arn: str | None = None
    """The SQS queue that feeds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A role and its days."""

    role: Role
    day: Day
    functions: tuple[Function, ...] = ()


def nothing(_day: date, _dice: Dice) -> Iterator[Json]:
    """Return the day of a role that nobody uses."""
    return iter(())
