"""Files of a lake on S3, as DuckDB reads them: through pyarrow, since its own extension for S3 would be a download.

A file of the lake never changes. So one request tells its size, however often it is opened, and nothing else is asked
for but content.
"""

import io
from datetime import UTC, datetime
from threading import Lock
from typing import Any, Final

import pyarrow as pa
from fsspec import AbstractFileSystem

from trailmin.lake.storage import s3_file_system

_UNCHANGED_SINCE: Final = datetime(1970, 1, 1, tzinfo=UTC)


class S3Files(AbstractFileSystem):  # type: ignore[misc]  # fsspec is not typed
    """The files of one connection. They are named in full (`s3://bucket/key`), and known to be there."""

    protocol = "s3"
    # One connection's files are not another's: fsspec would share them with the whole process.
    cachable = False

    def __init__(self) -> None:
        """With no file open."""
        super().__init__()
        self._files: dict[str, pa.NativeFile] = {}
        self._locks: dict[str, Lock] = {}

    def glob(self, path: str, **_: object) -> list[str]:
        """The file itself: names are never patterns."""
        return [path]

    def exists(self, path: str, **_: object) -> bool:
        """Always: the lake's log names it. One that is gone fails when it is opened."""
        return True

    def modified(self, path: str) -> datetime:
        """Never."""
        return _UNCHANGED_SINCE

    def info(self, path: str, **_: object) -> dict[str, Any]:
        """Name, size in bytes and kind."""
        return {"name": path, "size": self._file(path).size(), "type": "file"}

    def _open(self, path: str, mode: str = "rb", **_: object) -> "_OpenFile":
        if mode != "rb":
            raise ValueError(f"files of a lake are read, not opened as {mode!r}")
        return _OpenFile(self._file(path))

    def _file(self, path: str) -> pa.NativeFile:
        # fsspec has left out the scheme where it opens a file.
        place = path.removeprefix("s3://")
        # DuckDB asks from several threads: of one file one opens it, files beside each other.
        with self._locks.setdefault(place, Lock()):
            if place not in self._files:
                self._files[place] = s3_file_system().open_input_file(place)
            return self._files[place]


class _OpenFile(io.RawIOBase):
    """A place in a file that others read too."""

    def __init__(self, file: pa.NativeFile) -> None:
        super().__init__()
        self._file = file
        self._place = 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._file.size()}[whence]
        self._place = start + offset
        return self._place

    def read(self, size: int = -1) -> bytes:
        wanted = self._file.size() - self._place if size < 0 else size
        found = bytes(self._file.read_at(wanted, self._place))
        self._place += len(found)
        return found
