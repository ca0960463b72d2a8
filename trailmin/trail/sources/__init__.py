"""Sources of log objects, one module each."""

from pathlib import Path

from trailmin.trail.sources.folder import FolderSource
from trailmin.trail.sources.interface import Listing, LogObject, SettledKeys, Source
from trailmin.trail.sources.stdin import StdinSource

__all__ = ["FolderSource", "Listing", "LogObject", "SettledKeys", "Source", "StdinSource", "open_source"]


def open_source(spec: str) -> Source:
    """The source that a command line names: a folder, a file, or `-` for standard input. Nothing is read yet."""
    return StdinSource() if spec == "-" else FolderSource(path=Path(spec))
