"""How much a proposal can be trusted for next week: what a reviewer reads beside it (DESIGN 8)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """Policies made from the days before some held-out days, and the calls of those days under them.

    Calls are authorizations that the policies in force granted; an authorization is an action on a resource.
    """

    trained_since: date
    since: date
    """First of the days held out."""
    until: date
    calls: int
    denied_calls: int
    """Calls that would have been denied."""
    authorizations: int
    denied_authorizations: int
    denied_actions: tuple[str, ...] = ()
    """Sorted, up to five."""

    @property
    def days(self) -> int:
        """How many days were held out."""
        return (self.until - self.since).days + 1

    @property
    def false_deny_rate(self) -> float:
        """Share of the calls that would have been denied; 0 without calls."""
        return self.denied_calls / self.calls if self.calls else 0.0

    @property
    def false_deny_rate_of_authorizations(self) -> float:
        """Share of the distinct authorizations that would have been denied; 0 without any."""
        return self.denied_authorizations / self.authorizations if self.authorizations else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """The back-test of a proposal, and how much of what the role does was new towards the end."""

    since: date
    until: date
    """The window, both ends included."""
    backtests: tuple[Backtest, ...]
    """Oldest first; none when no part of the window was enough to learn from."""
    calls: int
    singletons: int
    """Kinds of calls that were seen once. A kind is an action on a resource, members of a container taken as one."""
    saturation: tuple[tuple[date, int], ...]
    """How many kinds of calls were known by the end of a day, for each day with a new one."""

    @property
    def chance_of_new(self) -> float:
        """The Good-Turing estimate of the chance that the next call is of a new kind: singletons ÷ calls.

        Source: I. J. Good, "The population frequencies of species and the estimation of population parameters",
        Biometrika 40 (1953).
        """
        return self.singletons / self.calls if self.calls else 1.0

    @property
    def sentences(self) -> tuple[str, ...]:
        """The same in words."""
        return tuple(self._sentences())

    def _sentences(self) -> Iterator[str]:
        days = (self.until - self.since).days + 1
        if not self.backtests:
            yield "not back-tested: no part of the window was enough to learn from"
        for number, test in enumerate(reversed(self.backtests)):
            held_out = f"the last {test.days} of {days} days" if number == 0 else f"{test.since} to {test.until}"
            yield (
                f"on {held_out} {test.denied_calls:,} of {test.calls:,} calls would have been denied "
                f"by policies made from the days before{_named(test)}"
            )
        yield (
            f"the chance that the next call is of a new kind is about {_percent(self.chance_of_new)} percent "
            f"({self.singletons:,} of {self.calls:,} calls {'was' if self.singletons == 1 else 'were'} the only one of "
            "a kind)"
        )
        if self.saturation:
            last, kinds = self.saturation[-1]
            yield f"{kinds:,} kinds of calls were seen, the last new one on day {_day_of(last, self.since)} of {days}"


def _day_of(day: date, since: date) -> int:
    return (day - since).days + 1


def _named(test: Backtest) -> str:
    return f" ({', '.join(test.denied_actions)})" if test.denied_actions else ""


def _percent(share: float) -> str:
    return "0" if share == 0 else "less than 0.01" if share < 0.0001 else f"{share * 100:.2f}"
