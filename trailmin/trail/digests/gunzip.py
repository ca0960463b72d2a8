"""The uncompressed content that a digest hashes: of the first gzip member, with nothing behind it.

CloudTrail delivers one member. Tools that inflate the first member only find the right hash although data follows it,
and tools that inflate all of them read what was appended.
"""

import hashlib
import zlib
from typing import BinaryIO, Final

_GZIP: Final = 31
"""zlib's window bits for gzip with header and checksum."""
_CHUNK: Final = 1 << 20
_DIGEST_CAP: Final = 256 << 20
"""Bytes of JSON in one digest; it lists the log objects of an hour."""


def single_member(content: bytes) -> bytes | None:
    """The text of content that is one whole gzip member and no more, else None."""
    inflater = zlib.decompressobj(_GZIP)
    try:
        text = inflater.decompress(content, _DIGEST_CAP)
    except zlib.error:
        return None
    return text if inflater.eof and not inflater.unused_data else None


def hash_member(stream: BinaryIO) -> tuple[str, bool] | None:
    """SHA-256 of the first gzip member's text, and whether anything follows the member; None where it is not whole.

    Args:
        stream: at its start; left somewhere. Memory stays at some MiB.

    Raises:
        OSError: it cannot be read.
    """
    inflater = zlib.decompressobj(_GZIP)
    digest = hashlib.sha256()
    data = stream.read(_CHUNK)
    while data and not inflater.eof:
        try:
            digest.update(inflater.decompress(data, _CHUNK))
        except zlib.error:
            return None
        data = inflater.unconsumed_tail or (b"" if inflater.eof else stream.read(_CHUNK))
    if not inflater.eof:
        return None
    return digest.hexdigest(), bool(inflater.unused_data or stream.read(1))
