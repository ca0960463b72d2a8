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
        # Texts, as a `Path` for each file would cost more than everything else here.
        root, named = str(self.path.absolute()), self.path.as_posix()
        names = _files_below(root) if self.path.is_dir() else [root]
        given = ((name, named + _posix(name[len(root) :])) for name in names)
        chosen = [(name, told) for name, told in given if name == root or is_log(told)]
        wanted = (_describe(name) for name, told in chosen if self.selection.admits(told))
        log_objects = sorted(wanted, key=lambda found: (found.key, found.location))
        yield Listing(log_objects=tuple(log_objects), skipped=len(names) - len(chosen))

    def open(self, log_object: LogObject) -> BinaryIO:
        """See `Source.open`."""
        return Path(log_object.location).open("rb")

    def close(self) -> None:
        """Nothing to give back."""


def _posix(name: str) -> str:
    return name.replace(os.sep, "/")


def stable_key(name: str) -> str:
    """The path from its last `AWSLogs/` on, else the absolute path. File names need not be UTF-8; keys are."""
    key = key_from_root(_posix(name)) or _posix(name)
    return key.encode(errors="surrogateescape").decode(errors="replace")


def _files_below(folder: str) -> list[str]:
    def refuse(error: OSError) -> None:
        raise TrailError(f"cannot list {error.filename}: {error.strerror}", hint="check the folder's permissions")

    found: list[str] = []
    for parent, _, names in os.walk(folder, onerror=refuse):
        start = os.path.join(parent, "")  # noqa: PTH118 - as above
        found += [start + name for name in names if not name.startswith(".")]
    return found


def _describe(name: str) -> LogObject:
    try:
        status = os.stat(name)  # noqa: PTH116 - as above
    except OSError:
        # A dangling link: reading it fails too, and then says why.
        return LogObject(key=stable_key(name), location=name, size=0, etag="")
    return LogObject(key=stable_key(name), location=name, size=status.st_size, etag=f"{status.st_mtime_ns:x}")
