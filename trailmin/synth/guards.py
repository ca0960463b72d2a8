"""When the evidence is too thin to remove anything (DESIGN 6)."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from trailmin.synth.model import Options, Window


def thin_evidence(
    window: Window, dates_with_logs: frozenset[date], active_dates: Sequence[date], options: Options
) -> str | None:
    """Return why nothing should be removed, as one clause, or None when the evidence carries.

    Args:
        window: The days looked at.
        dates_with_logs: The days in it with any event of the role's account.
        active_dates: The days in it with a call by the role, sorted.
        options: Where the limits are.
    """
    return next(_objections(window, dates_with_logs, active_dates, options), None)


def _objections(
    window: Window, dates_with_logs: frozenset[date], active_dates: Sequence[date], options: Options
) -> Iterator[str]:
    if window.days < options.minimum_days:
        yield f"the window has {window.days} days, fewer than {options.minimum_days}"
    missing = window.days - len(dates_with_logs)
    if missing > options.maximum_missing_days * window.days:
        yield f"{missing} of {window.days} days have no logs of the account"
    if not active_dates:
        return
    if len(active_dates) < options.minimum_active_days:
        yield f"the role was active on {len(active_dates)} days, fewer than {options.minimum_active_days}"
    gap = max(((b - a).days for a, b in pairwise(active_dates)), default=0)
    if window.days < 2 * gap:
        yield f"the role paused for {gap} days, and the window of {window.days} days is shorter than twice that"
