"""Opening a lake for reading: its usage brought up to date, its principals in a window."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trailmin.lake import Lake
    from trailmin.usage.model import PrincipalUsage


def open_lake(path: Path) -> "Lake":
    """Return a lake whose usage table is up to date with its events.

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
    return lake


def principals_of(
    lake: "Lake", since: date | None, until: date | None, account: str | None
) -> Sequence["PrincipalUsage"]:
    """Return what each principal did in a window; none when the lake has no events.

    Raises:
        UsageError: The window ends before it begins.
        LakeError: The lake cannot be read.
    """
    from trailmin.usage.read import read_principals

    if not lake.event_dates():
        return ()
    found = read_principals(lake, since=since, until=until)
    return tuple(p for p in found if account in (None, p.account))
