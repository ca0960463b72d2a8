"""Opening a lake for reading: its usage brought up to date, its principals and the proposals in a window."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from trailmin.cli.output import say

if TYPE_CHECKING:
    from trailmin.current import StateInForce
    from trailmin.lake import Lake
    from trailmin.synth.model import Options, Proposal
    from trailmin.usage.model import PrincipalUsage


def open_lake(path: Path) -> "Lake":
    """Return a lake as it is now, its usage table up to date with its events: a command reads one state of it.

    Raises:
        LakeError: The folder holds no lake, or it cannot be read or written.
    """
    from trailmin.catalog import load_catalog
    from trailmin.cli.screen import progress_bars
    from trailmin.lake import Lake
    from trailmin.usage.rollup import refresh_usage

    lake = Lake.open(path)
    with progress_bars() as progress:
        refresh_usage(lake, load_catalog(), progress=progress.on_day)
    return lake.frozen()


def say_no_events(lacking: str = "events") -> None:
    """Say that a window, or an account in it, has nothing to tell of, and what to do."""
    say(f"no {lacking} in this window: see the days with 'trailmin lake info', and --since, --until and --account")


def check_window(since: date | None, until: date | None) -> None:
    """Refuse a window that ends before it begins.

    Raises:
        typer.BadParameter: It does.
    """
    if since is not None and until is not None and since > until:
        raise typer.BadParameter(f"--since {since} is later than --until {until}")


def has_events(lake: "Lake", since: date | None, until: date | None) -> bool:
    """Whether any day of a window lies within the days that the lake has events of.

    Raises:
        typer.BadParameter: The window ends before it begins.
        LakeError: The lake cannot be read.
    """
    check_window(since, until)
    days = lake.event_dates()
    return bool(days) and (since is None or since <= days[-1]) and (until is None or until >= days[0])


def principals_of(
    lake: "Lake", since: date | None, until: date | None, account: str | None
) -> Sequence["PrincipalUsage"]:
    """Return what each principal did in a window; none when the lake has no events in it.

    Raises:
        typer.BadParameter: The window ends before it begins.
        LakeError: The lake cannot be read.
    """
    from trailmin.usage.read import read_principals

    if not has_events(lake, since, until):
        return ()
    found = read_principals(lake, since=since, until=until)
    return tuple(p for p in found if account in (None, p.account))


def proposals_of(
    lake: "Lake",
    state: "StateInForce",
    options: "Options",
    since: date | None,
    until: date | None,
    *,
    confidence: bool = True,
) -> tuple["Proposal", ...] | None:
    """Return a proposal for every role; None, which is told, when the lake has no events in the window.

    Raises:
        typer.BadParameter: The window ends before it begins.
        LakeError: The lake cannot be read.
    """
    from trailmin.job import propose_from_lake

    if not has_events(lake, since, until):
        say_no_events()
        return None
    return propose_from_lake(lake, state, options, since=since, until=until, confidence=confidence)
