"""Where log objects come from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, ClassVar, Protocol


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
    origin: str = "trail"
    """What kind of source it is from, which decides what it can have shown: `trail` for delivered log files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A page of what a source holds: at most some thousand log objects."""

    log_objects: tuple[LogObject, ...]
    """In the order of their keys, within each folder of keys also from page to page."""
    skipped: int
    """Files that tell of no calls: digests, Insights, Config, and what is no log at all."""


class SettledKeys(Protocol):
    """What an earlier ingest has done with, so that listing can go on behind it."""

    def last_settled(self, folder: str) -> str | None:
        """The last key in a folder of keys up to which every listed key is settled; None where that is not known.

        Args:
            folder: of keys, with its `/` at the end; the folder of a key is what stands up to its last `/`.
        """


class Source(Protocol):
    """A place with log objects. Instances cross process borders: small, and without open handles."""

    is_remote: ClassVar[bool]
    """Whether opening a log object takes a while without costing work, so that it pays to open several at a time."""

    def list(self, settled: SettledKeys | None = None) -> Iterator[Listing]:
        """All log objects, page by page as they are found, or those that are not known to be settled.

        Whoever records what it gets in this order may stop anywhere: the next listing goes on behind what is settled.

        Args:
            settled: what needs not be listed again; a source may list it nevertheless.

        Raises:
            TrailError: the place does not exist or cannot be listed.
        """

    def open(self, log_object: LogObject) -> BinaryIO:
        """A seekable stream of a log object's bytes as stored.

        Raises:
            OSError: it cannot be read, or is not what was listed any more.
        """

    def close(self) -> None:
        """Give back what listing took, such as temporary files."""
