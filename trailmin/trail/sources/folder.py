"""Log objects in a folder of this machine, or a single file."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from trailmin.errors import TrailError
from trailmin.trail.sources.interface import Listing, LogObject, SettledKeys

_SUFFIXES = (".json.gz", ".json", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")
_ROOT = "AWSLogs"
_OTHER_LOGS = frozenset({"CloudTrail-Digest", "CloudTrail-Insight", "CloudTrail-Aggregated", "Config"})
"""Folders beside `CloudTrail/` under an account: nothing in them tells of a call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderSource:
    """The log objects below a folder at any depth, or the one file that the path names.

    The ETag of a file is its modification time: a listing reads no content, and an unchanged tree costs a second
    ingest nothing but this listing.
    """

    path: Path

    def list(self, settled: SettledKeys | None = None) -> Iterator[Listing]:
        """See `Source.list`; links to folders are not followed."""
        if not self.path.exists():
            raise TrailError(f"{self.path} does not exist", hint="name a folder or file of CloudTrail logs, or `-`")
        names = [self.path] if not self.path.is_dir() else list(_files_below(self.path))
        chosen = [name for name in names if name == self.path or _is_log(name)]
        log_objects = sorted((_describe(name) for name in chosen), key=lambda found: (found.key, found.location))
        yield Listing(log_objects=tuple(log_objects), skipped=len(names) - len(chosen))

    def open(self, log_object: LogObject) -> BinaryIO:
        """See `Source.open`."""
        return Path(log_object.location).open("rb")

    def close(self) -> None:
        """Nothing to give back."""


def stable_key(path: Path) -> str:
    """The path from its last `AWSLogs/` on, else the absolute path."""
    parts = path.parts
    if _ROOT in parts[:-1]:
        start = len(parts) - 1 - parts[::-1].index(_ROOT)
        return _as_utf8("/".join(parts[start:]))
    return _as_utf8(path.as_posix())


def _as_utf8(name: str) -> str:
    """File names need not be UTF-8; keys are."""
    return name.encode(errors="surrogateescape").decode(errors="replace")


def _files_below(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise TrailError(f"cannot list {error.filename}: {error.strerror}", hint="check the folder's permissions")

    for parent, _, names in os.walk(folder, onerror=refuse):
        yield from (Path(parent, name) for name in names if not name.startswith("."))


def _is_log(path: Path) -> bool:
    return path.name.lower().endswith(_SUFFIXES) and _OTHER_LOGS.isdisjoint(path.parts[:-1])


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
