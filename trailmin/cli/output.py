"""Where output goes: data to standard output or a file, words to standard error."""

import json
import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from itertools import chain
from pathlib import Path

from trailmin.cli.exit_codes import ExitCode, ranked
from trailmin.errors import PublishError
from trailmin.report.escape import visible


def prepare_streams() -> None:
    """Let no character that the terminal's encoding lacks end a command: it is written as an escape."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


class LogFormat(StrEnum):
    """How words on standard error are written."""

    TEXT = "text"
    JSON = "json"


_log_format: ContextVar[LogFormat] = ContextVar("log_format", default=LogFormat.TEXT)


def set_log_format(log_format: LogFormat) -> None:
    """Write the rest of this command's words in a format."""
    _log_format.set(log_format)


def say(text: str) -> None:
    """Write one line for a person to standard error, whatever it holds made inert."""
    if _log_format.get() is LogFormat.JSON:
        log_event("message", text=visible(text))
    else:
        print(visible(text), file=sys.stderr)  # noqa: T201


def say_error(message: str, hint: str | None) -> None:
    """Write what went wrong and what to do next to standard error."""
    if _log_format.get() is LogFormat.JSON:
        log_event("error", level="error", text=visible(message), hint=visible(hint) if hint else None)
        return
    say(f"error: {message}")
    if hint:
        say(f"hint: {hint}")


def log_event(event: str, *, level: str = "info", **fields: object) -> None:
    """Write one JSON object on a line of standard error; nothing where words are written as text."""
    if _log_format.get() is LogFormat.JSON:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = json.dumps({"time": now, "level": level, "event": event, **fields})
        print(line, file=sys.stderr, flush=True)  # noqa: T201


def write_data(pieces: Iterable[str], path: Path | None) -> None:
    """Write a command's data to a file, or to standard output where `path` is None.

    The file is opened once the first piece is made, so that a command that fails before leaves it as it was. Making a
    piece must not raise an `OSError`: here that means that writing failed.

    Raises:
        PublishError: It cannot be written.
        BrokenPipeError: The reader of standard output went away.
    """
    remaining = iter(pieces)
    first = next(remaining, "")
    try:
        with nullcontext(sys.stdout) if path is None else path.open("w", encoding="utf-8") as stream:
            for piece in chain((first,), remaining):
                stream.write(piece)
            stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        if path is None:
            discard_data()
        raise PublishError(
            f"cannot write {path or 'standard output'}: {error.strerror}", hint="make room, or name another place: -o"
        ) from error


def write_json(document: Mapping[str, object], codes: Iterable[ExitCode], path: Path | None) -> None:
    """Write a command's JSON with every exit code that holds, the returned one first.

    Raises:
        PublishError: It cannot be written.
        BrokenPipeError: The reader of standard output went away.
    """
    from trailmin.report.json_output import json_text

    write_data([json_text({**document, "exit_codes": ranked(codes)})], path)


def discard_data() -> None:
    """Let standard output lead nowhere, so that the interpreter does not fail again on it when it ends."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
