"""Where log objects come from."""

from dataclasses import dataclass
from typing import BinaryIO, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class LogObject:
    """One delivered file."""

    key: str
    """Its stable name: from `AWSLogs/` on where its path holds that, so that the same object has the same key whatever
    folder above or below was named; otherwise its whole path."""
    location: str
    """Where its source finds it now."""
    size: int
    """Bytes as stored."""
    etag: str
    """Changes when the content changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a source holds."""

    log_objects: tuple[LogObject, ...]
    """Sorted by key."""
    skipped: int
    """Files that tell of no calls: digests, Insights, Config, and what is no log at all."""


class Source(Protocol):
    """A place with log objects. Instances cross process borders: small, and without open handles."""

    def list(self) -> Listing:
        """All log objects.

        Raises:
            TrailError: the place does not exist or cannot be listed.
        """

    def open(self, log_object: LogObject) -> BinaryIO:
        """A seekable stream of a log object's bytes as stored.

        Raises:
            OSError: it cannot be read.
        """

    def close(self) -> None:
        """Give back what listing took, such as temporary files."""
