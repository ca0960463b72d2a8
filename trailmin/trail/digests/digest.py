"""One digest file of CloudTrail: what it says, and what its name says."""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import msgspec

from trailmin.trail.digests.gunzip import single_member

_ROOT: Final = "AWSLogs/"
_ALGORITHM: Final = "SHA-256"
_NAME: Final = re.compile(
    r"(?P<chain>(?:.*/)?CloudTrail-Digest/[^/]+)/(?P<day>\d{4}/\d\d/\d\d)/"
    r"(?P<trail>[^/]+)_\d{8}T\d{6}Z(?P<backfill>_backfill)?\.json\.gz"
)


class UnreadableDigestError(Exception):
    """A digest that cannot be read; the message says why, without quoting it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestFile:
    """A digest as it was found."""

    key: str
    """Its stable key, from `AWSLogs/` on where it holds that."""
    bucket: str | None
    """The bucket that it was read from, None where it was read from elsewhere."""
    content: bytes
    """As stored: gzip."""
    signatures: tuple[str, ...] = ()
    """Its signature in hexadecimal, as its metadata or a file beside it have it; none where it was lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedFile:
    """A log object that a digest lists."""

    key: str
    """As `stable_key` of its name."""
    hash_value: str
    """SHA-256 of its uncompressed content, lower-case hexadecimal."""
    newest: datetime | None
    """The time of its last event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """The content of a digest file. Source: "CloudTrail digest file structure" of the CloudTrail user guide."""

    bucket: str
    path: str
    """`digestS3Object`, whole."""
    start: datetime
    """The digest lists the log objects delivered from here..."""
    end: datetime
    """... to here; both aware, UTC."""
    end_text: str
    """The end as the digest spells it, for the signature."""
    fingerprint: str
    """Of the public key."""
    algorithm: str
    hash_value: str
    """SHA-256 of the digest's own uncompressed content."""
    previous_path: str | None
    """None in a starting digest: validation, or logging, was switched on then."""
    previous_hash: str | None
    previous_signature: str | None
    log_files: tuple[LoggedFile, ...]

    @property
    def key(self) -> str:
        """Its stable key."""
        return stable_part(self.path)

    @property
    def previous_key(self) -> str | None:
        """The stable key of the digest before it."""
        return None if self.previous_path is None else stable_part(self.previous_path)


class _WireLogFile(msgspec.Struct, rename="camel"):
    s3_object: str
    hash_value: str
    hash_algorithm: str
    newest_event_time: datetime | None = None


class _WireDigest(msgspec.Struct, rename="camel"):
    digest_start_time: str
    digest_end_time: str
    digest_s3_bucket: str
    digest_s3_object: str
    digest_public_key_fingerprint: str
    digest_signature_algorithm: str
    log_files: list[_WireLogFile]
    previous_digest_s3_object: str | None = None
    previous_digest_hash_value: str | None = None
    previous_digest_hash_algorithm: str | None = None
    previous_digest_signature: str | None = None


_decode = msgspec.json.Decoder(_WireDigest).decode


def stable_part(path: str) -> str:
    """The part of a key from its last `AWSLogs/` on, as sources name log objects; all of it where there is none.

    >>> stable_part("prefix/AWSLogs/1/CloudTrail/x.json.gz")
    'AWSLogs/1/CloudTrail/x.json.gz'
    """
    start = path.rfind("/" + _ROOT)
    return path if start < 0 else path[start + 1 :]


def chain_of(key: str) -> str | None:
    """What the digests of one chain share: account, region, trail, and whether they are backfill; None for no digest.

    >>> chain_of("AWSLogs/1/CloudTrail-Digest/eu-west-1/2026/01/02/1_CloudTrail-Digest_t_20260102T030405Z.json.gz")
    'AWSLogs/1/CloudTrail-Digest/eu-west-1 1_CloudTrail-Digest_t'
    """
    match = _NAME.fullmatch(key)
    return None if match is None else f"{match['chain']} {match['trail']}{match['backfill'] or ''}"


def fingerprint_of(content: bytes) -> str | None:
    """The fingerprint of the key that a digest says it was signed with; None where it cannot be read."""
    try:
        return parse_digest(content).fingerprint
    except UnreadableDigestError:
        return None


def parse_digest(content: bytes) -> Digest:
    """The digest in a stored file.

    Raises:
        UnreadableDigestError: it is not gzip, has data after its first gzip member, or is not a digest.
    """
    text = single_member(content)
    if text is None:
        raise UnreadableDigestError("it is not one whole gzip member")
    try:
        wire = _decode(text)
        start, end = _time(wire.digest_start_time), _time(wire.digest_end_time)
    except (msgspec.DecodeError, ValueError) as error:
        raise UnreadableDigestError("it is not a digest") from error
    hashes = {wire.previous_digest_hash_algorithm or _ALGORITHM, *(file.hash_algorithm for file in wire.log_files)}
    if hashes != {_ALGORITHM}:
        raise UnreadableDigestError("it uses a hash algorithm other than SHA-256")
    return Digest(
        bucket=wire.digest_s3_bucket,
        path=wire.digest_s3_object,
        start=start,
        end=end,
        end_text=wire.digest_end_time,
        fingerprint=wire.digest_public_key_fingerprint,
        algorithm=wire.digest_signature_algorithm,
        hash_value=hashlib.sha256(text).hexdigest(),
        previous_path=wire.previous_digest_s3_object,
        previous_hash=_lower(wire.previous_digest_hash_value),
        previous_signature=wire.previous_digest_signature,
        log_files=tuple(
            LoggedFile(key=stable_part(f.s3_object), hash_value=f.hash_value.lower(), newest=f.newest_event_time)
            for f in wire.log_files
        ),
    )


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()
