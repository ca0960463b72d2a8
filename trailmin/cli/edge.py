"""The edge: the one place where errors become words on stderr and an exit code."""

import functools
import os
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import ParamSpec

import typer

from trailmin import __version__
from trailmin.cli.exit_codes import ExitCode, ranked
from trailmin.cli.output import LogFormat, discard_data, say, say_error, set_log_format, write_data
from trailmin.errors import DefectError, TrailminError

DEBUG_VARIABLE = "TRAILMIN_DEBUG"
_PACKAGE = Path(__file__).parent.parent

_P = ParamSpec("_P")


def guarded(command: Callable[_P, Iterable[ExitCode]]) -> Callable[_P, None]:
    """Return a command that ends the process with the highest-ranking of the codes that the given one returns.

    An error is shown as one line and its hint, a traceback only where TRAILMIN_DEBUG is set.
    """

    @functools.wraps(command)
    def run(*args: _P.args, **kwargs: _P.kwargs) -> None:
        set_log_format(LogFormat.TEXT)
        raise typer.Exit(_end_of(lambda: command(*args, **kwargs)))

    return run


def _end_of(call: Callable[[], Iterable[ExitCode]]) -> ExitCode:
    try:
        code = ranked(call())[0]
        write_data((), None)
    except (typer.Exit, typer.Abort, typer.BadParameter):
        raise
    except BrokenPipeError:
        discard_data()
        return ExitCode.PIPE_CLOSED
    except KeyboardInterrupt:
        say("interrupted")
        return ExitCode.INTERRUPTED
    except DefectError as error:
        _show(error.message, error.hint or _report_hint())
        return ExitCode.DEFECT
    except TrailminError as error:
        _show(error.message, error.hint)
        return ExitCode.ERROR
    except Exception as error:  # noqa: BLE001 (whatever it is, the user gets words and a code, not a traceback)
        _show(f"trailmin failed: {type(error).__name__} at {_place_of(error)}", _report_hint())
        return ExitCode.DEFECT
    return code


def _show(message: str, hint: str | None) -> None:
    if os.environ.get(DEBUG_VARIABLE):
        traceback.print_exc()
    say_error(message, hint)


def _place_of(error: Exception) -> str:
    """File and line alone: an exception's own text may quote a record."""
    frames = list(traceback.extract_tb(error.__traceback__))
    ours = [frame for frame in frames if _PACKAGE in Path(frame.filename).parents and frame.filename != __file__]
    last = (ours or frames)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"


def _report_hint() -> str:
    return f"a bug of trailmin {__version__}: report it with this line and the command ({DEBUG_VARIABLE}=1 shows more)"
