"""A log object on standard input."""

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, ClassVar

from trailmin.trail.sources.interface import Listing, LogObject, SettledKeys

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class StdinSource:
    """Standard input as one log object; its key is its content's hash, so that the same input counts once.

    The content stays in a temporary file until `close`.
    """

    is_remote: ClassVar[bool] = False

    folder: str = field(default_factory=lambda: tempfile.mkdtemp(prefix="trailmin-"))

    def list(self, settled: SettledKeys | None = None) -> Iterator[Listing]:
        """See `Source.list`; reads the input to its end. Nothing on it is no log object."""
        digest = hashlib.sha256()
        path = Path(self.folder, "stdin")
        with path.open("wb") as copy:
            while chunk := sys.stdin.buffer.read(_CHUNK):
                digest.update(chunk)
                copy.write(chunk)
        size = path.stat().st_size
        found = LogObject(
            key=f"stdin/{digest.hexdigest()[:32]}", location=str(path), size=size, etag=digest.hexdigest()[:32]
        )
        yield Listing(log_objects=(found,) if size else (), skipped=0)

    def open(self, log_object: LogObject) -> BinaryIO:
        """See `Source.open`."""
        return Path(log_object.location).open("rb")

    def close(self) -> None:
        """Remove the temporary file."""
        shutil.rmtree(self.folder, ignore_errors=True)
