"""From a log object's bytes to its JSON text: all gzip members, with caps.

One-shot decompressors silently drop every member after the first; members are legal (RFC 1952, section 2.2) and do
occur where log objects were joined.
"""

import io
import itertools
from collections.abc import Iterator
from typing import BinaryIO, Final, Protocol, cast

from isal import isal_zlib

from trailmin.errors import TrailError

LOG_OBJECT_CAP: Final = 4 << 30
"""Bytes of JSON in one log object; more is a gzip bomb."""

IN_MEMORY_CAP: Final = 32 << 20
"""Bytes of JSON, or of gzip, up to which a log object is decoded in memory; larger ones are read in chunks."""

LAYERS: Final = 2
"""Firehose zips what CloudWatch Logs has zipped."""

_InflateError = cast("type[Exception]", isal_zlib.error)
_CHUNK: Final = 1 << 20
_GZIP: Final = 31
"""zlib's window bits for gzip with header and checksum."""
_MAGIC: Final = b"\x1f\x8b"


class BrokenLogObjectError(TrailError):
    """A log object of which nothing can be kept; the message says why, without quoting it."""


class _Inflater(Protocol):
    eof: bool
    unused_data: bytes
    unconsumed_tail: bytes

    def decompress(self, data: bytes, max_length: int = 0) -> bytes: ...


def read_text(stream: BinaryIO, layers: int = LAYERS) -> bytes | None:
    """The whole JSON text of a log object, or None when it is larger than `IN_MEMORY_CAP`: then use `text_chunks`.

    Args:
        stream: at its start.
        layers: of gzip at most; what is gzip below them is not JSON.

    Raises:
        BrokenLogObjectError: truncated, altered or followed by something that is not gzip.
        OSError: the stream cannot be read.
    """
    stored = _read_up_to(stream, IN_MEMORY_CAP + 1)
    if len(stored) > IN_MEMORY_CAP:
        return None
    if not stored.startswith(_MAGIC) or not layers:
        return stored
    members: list[bytes] = []
    room = IN_MEMORY_CAP + 1
    for text in _inflate(io.BytesIO(stored), len(stored), room):
        members.append(text)
        room -= len(text)
        if room <= 0:
            return None
    text = members[0] if len(members) == 1 else b"".join(members)
    return read_text(io.BytesIO(text), layers - 1) if text.startswith(_MAGIC) else text


def _read_up_to(stream: "_Readable", size: int) -> bytes:
    """What is left of the stream, or `size` bytes of it, without making room for more than there is."""
    pieces: list[bytes] = []
    while size > 0 and (piece := stream.read(min(size, _CHUNK))):
        pieces.append(piece)
        size -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def text_chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The JSON text of a log object of any size in chunks of about 1 MiB; the stream must be seekable.

    A gzipped one is inflated once before the first chunk is handed out: so nothing of a broken one is ever used.

    Raises:
        BrokenLogObjectError: as `read_text`, or above `LOG_OBJECT_CAP`.
        OSError: the stream cannot be read.
    """
    stream.seek(0)
    is_gzip = stream.read(2) == _MAGIC
    if is_gzip:
        stream.seek(0)
        for _ in _capped(_layered(stream, LAYERS)):
            pass
    stream.seek(0)
    return _layered(stream, LAYERS) if is_gzip else _capped(iter(lambda: stream.read(_CHUNK), b""))


def _layered(stream: "_Readable", layers: int) -> Iterator[bytes]:
    chunks = _inflate(stream, _CHUNK, _CHUNK)
    first = next(chunks, b"")
    whole = itertools.chain([first], chunks)
    return _layered(_Chunks(whole), layers - 1) if first.startswith(_MAGIC) and layers > 1 else whole


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Chunks:
    """Chunks as a stream that gives one at a time, whatever size is asked for."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks

    def read(self, _size: int) -> bytes:
        return next(self._chunks, b"")


def _capped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > LOG_OBJECT_CAP:
            raise BrokenLogObjectError(f"larger than {LOG_OBJECT_CAP >> 30} GiB of JSON")
        yield chunk


def _inflate(stream: "_Readable", read_size: int, step: int) -> Iterator[bytes]:
    """The text of all members, at most `step` bytes at a time."""
    data = stream.read(read_size)
    while data:
        inflater = cast("_Inflater", isal_zlib.decompressobj(_GZIP))
        while not inflater.eof:
            try:
                text = inflater.decompress(data, step)
            except _InflateError as error:
                raise BrokenLogObjectError(f"broken gzip: {str(error).split(maxsplit=2)[-1]}") from error
            if text:
                yield text
            data = inflater.unconsumed_tail or (b"" if inflater.eof else stream.read(read_size))
            if not data and not text and not inflater.eof:
                raise BrokenLogObjectError("truncated gzip")
        data = _next_member(inflater.unused_data, stream, read_size)


def _next_member(rest: bytes, stream: "_Readable", read_size: int) -> bytes:
    """What follows a member, without padding."""
    rest = rest.lstrip(b"\0")
    while len(rest) < len(_MAGIC) and (more := stream.read(read_size)):
        rest = (rest + more).lstrip(b"\0")
    if rest and not rest.startswith(_MAGIC):
        raise BrokenLogObjectError("something that is not gzip follows the gzip data")
    return rest
