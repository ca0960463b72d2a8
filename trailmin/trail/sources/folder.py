"""Log objects in a folder of this machine, or a single file."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, ClassVar

from trailmin.errors import TrailError
from trailmin.trail.sources.interface import Listing, LogObject, SettledKeys
from trailmin.trail.sources.layout import Selection, is_log, key_from_root


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderSource:
    """The log objects below a folder at any depth, or the one file that the path names.

    The ETag of a file is its modification time: a listing reads no content, and an unchanged tree costs a second
    ingest nothing but this listing.
    """

    is_remote: ClassVar[bool] = False

    path: Path
    selection: Selection = field(default_factory=Selection)

    def list(self, settled: SettledKeys | None = None) -> Iterator[Listing]:
        """See `Source.list`; links to folders are not followed."""
        if not self.path.exists():
            raise TrailError(f"{self.path} does not exist", hint="name a folder or file of CloudTrail logs, or `-`")
        names = [self.path] if not self.path.is_dir() else list(_files_below(self.path))
        chosen = [name for name in names if name == self.path or is_log(name.as_posix())]
        wanted = (_describe(name) for name in chosen if self.selection.admits(name.as_posix()))
        log_objects = sorted(wanted, key=lambda found: (found.key, found.location))
        yield Listing(log_objects=tuple(log_objects), skipped=len(names) - len(chosen))

    def open(self, log_object: LogObject) -> BinaryIO:
        """See `Source.open`."""
        return Path(log_object.location).open("rb")

    def close(self) -> None:
        """Nothing to give back."""


def stable_key(path: Path) -> str:
    """The path from its last `AWSLogs/` on, else the absolute path."""
    return _as_utf8(key_from_root(path.as_posix()) or path.as_posix())


def _as_utf8(name: str) -> str:
    """File names need not be UTF-8; keys are."""
    return name.encode(errors="surrogateescape").decode(errors="replace")


def _files_below(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise TrailError(f"cannot list {error.filename}: {error.strerror}", hint="check the folder's permissions")

    for parent, _, names in os.walk(folder, onerror=refuse):
        yield from (Path(parent, name) for name in names if not name.startswith("."))


def _describe(path: Path) -> LogObject:
    absolute = path.absolute()
    try:
        status = absolute.stat()
    except OSError:
        # A dangling link: reading it fails too, and then says why.
        return LogObject(key=stable_key(absolute), location=str(absolute), size=0, etag="")
    return LogObject(
        key=stable_key(absolute), location=str(absolute), size=status.st_size, etag=f"{status.st_mtime_ns:x}"
    )
