"""A folder that holds results: files appear whole or not at all, and only files that we made are ever removed."""

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Self

from trailmin.errors import PublishError

MANIFEST = ".trailmin-files"
"""One path a line: the files of the last run. It grows before files are written, so a crash leaves none unlisted."""

SCRIPT_SUFFIX = ".sh"


class OutputFolder:
    """The output folder of one run; a context manager that turns failures of the disk into PublishError."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._earlier: tuple[str, ...] = ()
        self._written: set[str] = set()

    def __enter__(self) -> Self:
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            self._earlier = self._read_manifest()
        except OSError as error:
            raise _publish_error(self._root, error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, OSError):
            raise _publish_error(self._root, error) from error

    def write(self, texts: Mapping[str, str]) -> None:
        """Write files by their paths below the folder; scripts can be executed."""
        with (self._root / MANIFEST).open("a", encoding="utf-8") as manifest:
            manifest.writelines(f"{path}\n" for path in sorted(texts))
        for path, text in texts.items():
            target = self._root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            _write_whole(target, text, 0o777 if path.endswith(SCRIPT_SUFFIX) else 0o666)
        self._written |= texts.keys()

    def withdraw(self, path: str) -> None:
        """Remove a file that is to be written last: what is written so far is no whole result without it."""
        (self._root / path).unlink(missing_ok=True)

    def remove_stale(self) -> tuple[str, ...]:
        """Remove the files of earlier runs that this one did not write, and the folders that this leaves empty.

        Returns:
            The paths removed, sorted.
        """
        stale = sorted({path for path in self._earlier if self._is_ours(path)} - self._written)
        removed = tuple(path for path in stale if self._remove(self._root / path))
        _write_whole(self._root / MANIFEST, "".join(f"{path}\n" for path in sorted(self._written)), 0o666)
        return removed

    def _read_manifest(self) -> tuple[str, ...]:
        try:
            text = (self._root / MANIFEST).read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ()
        return tuple(text.splitlines())

    def _is_ours(self, path: str) -> bool:
        """Whether a line of the manifest names a file within the folder: someone may have edited it."""
        parts = PurePosixPath(path).parts
        if not parts or "\0" in path or ".." in parts or PurePosixPath(path).is_absolute():
            return False
        return (self._root / path).parent.resolve().is_relative_to(self._root.resolve())

    def _remove(self, path: Path) -> bool:
        if not path.is_file():
            return False
        path.unlink()
        for parent in path.parents:
            if parent == self._root or any(parent.iterdir()):
                break
            parent.rmdir()
        return True


def write_file(path: Path, text: str) -> None:
    """Write one file whole or not at all, and the folders that it is in.

    Raises:
        PublishError: It cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_whole(path, text, 0o666)
    except OSError as error:
        raise _publish_error(path.parent, error) from error


def _write_whole(target: Path, text: str, mode: int) -> None:
    """Write through a name of our own and rename, so that a reader never sees half a file."""
    # A lone surrogate cannot be encoded; as \udXXX it is what JSON writes for it.
    octets = text.encode("utf-8", "backslashreplace")
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        with open(partial, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(octets)
        partial.replace(target)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def _publish_error(root: Path, error: OSError) -> PublishError:
    return PublishError(
        f"cannot write {error.filename or root}: {error.strerror}",
        hint="check the output folder (-o), its permissions and the room on its disk",
    )
