"""Where output goes: data to standard output or a file, words to standard error."""

import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
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


def say(text: str) -> None:
    """Write one line for a person to standard error, whatever it holds made inert."""
    print(visible(text), file=sys.stderr)  # noqa: T201


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
