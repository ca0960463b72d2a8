"""Whether uses of a grant would have shown in the logs."""

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Whether every use of a grant would have shown in the logs of the window."""

    full: bool
    reason: str
    """One clause for a person."""
    selector: str | None = None
    """The event selector that would show it; None where none would, or where it is shown already."""
    hidden: tuple[str, ...] | None = None
    """Of a grant that shows in part: the resource patterns on which a use need not have shown. None: on any."""


def weakest(observations: Iterable[Observation]) -> Observation:
    """Return what holds of all of some observations, at least one: those of a grant in several accounts.

    The least that one of them tells: all that is hidden in any of them is hidden.
    """
    found = list(dict.fromkeys(observations))
    partial = [one for one in found if not one.full]
    if not partial:
        return found[0]
    nowhere = next((one for one in partial if not one.hidden), None)
    if nowhere is not None or len(partial) == 1:
        return nowhere or partial[0]
    hidden = tuple(sorted({pattern for one in partial for pattern in one.hidden or ()}))
    return replace(partial[0], hidden=hidden)
