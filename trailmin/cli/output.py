"""Where output goes: data to standard output or a file, words to standard error."""

import os
import sys
from pathlib import Path

from trailmin.errors import PublishError
from trailmin.report.escape import visible


def say(text: str) -> None:
    """Write one line for a person to standard error, whatever it holds made inert."""
    print(visible(text), file=sys.stderr)  # noqa: T201


def write_data(text: str, path: Path | None) -> None:
    """Write a command's data to a file, or to standard output where `path` is None.

    Raises:
        PublishError: It cannot be written.
        BrokenPipeError: The reader of standard output went away.
    """
    try:
        if path is None:
            sys.stdout.write(text)
            sys.stdout.flush()
        else:
            path.write_text(text, encoding="utf-8")
    except BrokenPipeError:
        raise
    except OSError as error:
        discard_data()
        where = "standard output" if path is None else str(path)
        raise PublishError(
            f"cannot write {where}: {error.strerror}", hint="make room, or choose another place: -o FILE"
        ) from error


def flush_data() -> None:
    """Write what is left in standard output's buffer, so that a failure shows while it can still be handled."""
    write_data("", None)


def discard_data() -> None:
    """Let standard output lead nowhere, so that the interpreter does not fail again when it ends."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
