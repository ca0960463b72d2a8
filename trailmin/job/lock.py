"""One run at a time on a lake."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from trailmin.errors import LakeError
from trailmin.lake import Lake

LOCK_NAME = ".run.lock"
"""In the lake's folder, or in the output's. What it holds is for people; the lock itself is the kernel's."""


@contextmanager
def exclusive_run(lake: Lake, output: Path) -> Iterator[None]:
    """Let one run at a time work on a lake. The kernel frees the lock when its holder ends, however it ends.

    The lock is in the lake's folder. For a lake on S3, which is safe with any number of runs, it is in the output
    folder, which is not.

    Raises:
        LakeError: Another run holds it, or the folder cannot be written.
    """
    folder = lake.local_path or output
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / LOCK_NAME).open("a+", encoding="utf-8")
    except OSError as error:
        raise LakeError(
            f"cannot lock the lake {lake.name}: {error.strerror}", hint="check the folder's permissions"
        ) from error
    with file:
        _lock(file, lake.name)
        yield


def _lock(file: TextIO, lake: str) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.readline().strip() or "a process that has just started"
        raise LakeError(
            f"another run works on the lake {lake}: {holder}", hint="wait until it ends, or end it; nothing was changed"
        ) from None
    file.truncate(0)
    file.write(f"process {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n")
    file.flush()
