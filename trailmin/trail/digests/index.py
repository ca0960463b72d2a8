"""What the digests say of log objects: which hash each must have, or why nothing is known of it."""

import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import BinaryIO, Final

from trailmin.trail.digests.chain import CheckedDigest, DigestStatus, Finding, FindingKind
from trailmin.trail.digests.gunzip import hash_member

_IN_MEMORY: Final = 32 << 20


class LogStatus(StrEnum):
    """What verification says of a log object; the lake keeps it."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    """No valid digest lists it."""
    ALTERED = "altered"
    """A valid digest lists it with another content."""
    DELETED = "deleted"
    """A valid digest lists it, and it is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What is known of a log object before it is read."""

    hash_value: str | None
    """SHA-256 of its uncompressed content, as a valid digest has it."""
    reason: str
    """Why there is none; else which digest has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogCheck:
    """What verification says of one log object."""

    status: LogStatus
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestState:
    """What is known of a digest, without its content."""

    key: str
    status: DigestStatus
    reason: str | None
    """Why it is not valid."""
    start: datetime | None
    """It vouches for what was delivered from here..."""
    end: datetime | None
    """... to here; None where it cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestIndex:
    """The digests near some log objects, checked."""

    expected: Mapping[str, Expectation] = field(default_factory=dict)
    """By key of the log object: all that any digest lists."""
    states: tuple[DigestState, ...] = ()
    findings: tuple[Finding, ...] = ()

    def expectation(self, key: str) -> Expectation:
        """What is known of a log object."""
        return self.expected.get(key) or Expectation(hash_value=None, reason="no digest lists it")

    def deleted_in(self, folder: str, present: Collection[str]) -> tuple[Finding, ...]:
        """The log objects of a folder of keys that valid digests list and that are not present; sorted by key."""
        return tuple(
            Finding(kind=FindingKind.DELETED_LOG_OBJECT, key=key, reason=f"it is not there; {one.reason}")
            for key, one in sorted(self.expected.items())
            if one.hash_value is not None and key.rpartition("/")[0] + "/" == folder and key not in present
        )


def index_digests(checked: Sequence[CheckedDigest], findings: Sequence[Finding]) -> DigestIndex:
    """The index of checked digests. Of several that list a log object, a valid one counts."""
    expected: dict[str, Expectation] = {}
    for one in checked:
        if one.digest is None:
            continue
        is_valid = one.status is DigestStatus.VALID
        reason = f"the digest {one.key} lists it" + ("" if is_valid else f", which is not valid: {one.reason}")
        for file in one.digest.log_files:
            if is_valid:
                expected[file.key] = Expectation(hash_value=file.hash_value, reason=reason)
            else:
                expected.setdefault(file.key, Expectation(hash_value=None, reason=reason))
    return DigestIndex(
        expected=expected,
        states=tuple(_state(one) for one in checked),
        findings=tuple(findings),
    )


def _state(one: CheckedDigest) -> DigestState:
    start, end = (one.digest.start, one.digest.end) if one.digest is not None else (None, None)
    return DigestState(key=one.key, status=one.status, reason=one.reason, start=start, end=end)


def check_log_object(stream: BinaryIO, expectation: Expectation) -> tuple[LogCheck, BinaryIO]:
    """Compare a log object with what is expected of it.

    Returns:
        The verdict, and a stream at its start of the very bytes that the verdict is about: those of a small log object
        are held, so that nobody changes them in between.

    Raises:
        OSError: it cannot be read.
    """
    if expectation.hash_value is None:
        return LogCheck(status=LogStatus.UNVERIFIED, reason=f"unverified: {expectation.reason}"), stream
    head = stream.read(_IN_MEMORY)
    if len(head) < _IN_MEMORY:
        stream = io.BytesIO(head)
    stream.seek(0)
    check = _compare(hash_member(stream), expectation)
    stream.seek(0)
    return check, stream


def _compare(found: tuple[str, bool] | None, expectation: Expectation) -> LogCheck:
    if found is None:
        reason = "altered: it is not a whole gzip file"
    elif found[0] != expectation.hash_value:
        reason = f"altered: its hash is not the one that was signed; {expectation.reason}"
    elif found[1]:
        reason = f"altered: data follows its gzip member; {expectation.reason}"
    else:
        return LogCheck(status=LogStatus.VERIFIED, reason=expectation.reason)
    return LogCheck(status=LogStatus.ALTERED, reason=reason)
