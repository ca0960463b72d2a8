"""Tables and diffs for people, and bars that show how far a long step is. Loads rich: import it late."""

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.text import Text

from trailmin.cli.output import write_data
from trailmin.lake import IngestProgress
from trailmin.report.terminal import make_console


def show(*parts: RenderableType, path: Path | None = None) -> None:
    """Write tables and texts to standard output, in colour on a terminal, or plain to a file.

    Raises:
        PublishError: It cannot be written.
        BrokenPipeError: The reader of standard output went away.
    """
    console = make_console(sys.stdout if path is None else io.StringIO())
    # Captured rather than printed: rich would turn a closed pipe into an exit of its own.
    with console.capture() as captured:
        for part in parts:
            # A diff's lines stay whole, so that what is copied or piped is what was meant.
            console.print(part, soft_wrap=isinstance(part, Text))
    write_data([captured.get()], path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Who is told how far the long steps are; None where nobody looks."""

    on_ingest: Callable[[IngestProgress], None] | None = None
    on_day: Callable[[date], None] | None = None


@contextmanager
def progress_bars() -> Iterator[Progress]:
    """Show bars on standard error while the block runs, when that is a terminal; otherwise nothing."""
    if not sys.stderr.isatty():
        yield Progress()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        yield Progress(on_ingest=_ingest_bar(bars), on_day=_rollup_bar(bars))


def _ingest_bar(bars: Bars) -> Callable[[IngestProgress], None]:
    task = bars.add_task("reading log objects", total=None, visible=False)

    def advance(done: IngestProgress) -> None:
        bars.update(task, completed=done.log_objects, total=done.total_log_objects, visible=True)

    return advance


def _rollup_bar(bars: Bars) -> Callable[[date], None]:
    task = bars.add_task("rolling up days", total=None, visible=False)

    def advance(_day: date) -> None:
        bars.update(task, advance=1, visible=True)

    return advance
