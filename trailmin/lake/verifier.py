"""Verifying the log objects of one task as they are read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from trailmin.trail.digests import (
    DigestState,
    Finding,
    LogCheck,
    LogStatus,
    Verification,
    VerifyMode,
    check_log_object,
    index_nearby,
)
from trailmin.trail.sources import LogObject, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestFacts:
    """What a task found out about digests."""

    states: tuple[DigestState, ...] = ()
    findings: tuple[Finding, ...] = ()


class Verifier:
    """Knows what the digests near a task's log objects say of them.

    Raises:
        TrailError: the digests, or the public keys, cannot be had.
    """

    def __init__(self, log_objects: Sequence[tuple[LogObject, Source]], verification: Verification) -> None:
        self._index = index_nearby(log_objects, verification.keys)
        self._is_required = verification.mode is VerifyMode.REQUIRE

    @property
    def facts(self) -> DigestFacts:
        """What is to be kept and told."""
        return DigestFacts(states=self._index.states, findings=self._index.findings)

    def check(self, found: LogObject, stream: BinaryIO) -> tuple[LogCheck, BinaryIO]:
        """See `check_log_object`."""
        return check_log_object(stream, self._index.expectation(found.key))

    def refusal(self, check: LogCheck) -> str | None:
        """The state of a log object that is set aside for what the check says; None where it is read.

        What is unverified may be verified later, when its digest has come; what was altered stays so.
        """
        if not self._is_required or check.status is LogStatus.VERIFIED:
            return None
        return "unreadable" if check.status is LogStatus.UNVERIFIED else "failed"
