"""What verification means for the lake: which log objects are looked at again, and what is kept of digests."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

from trailmin.lake.batches import KnownObject
from trailmin.lake.decode_task import ObjectResult
from trailmin.lake.verifier import DigestFacts
from trailmin.trail.digests import DigestState, Finding, FindingKind, VerifyMode
from trailmin.trail.event import RejectedRecord
from trailmin.trail.sources import LogObject

_DIGEST: Final = "digest"
"""The state of rows about digests; no events come from them."""
_FAILED: Final = "failed"
_DELETED: Final = "deleted"
_MISSING: Final = "missing"
_GRACE: Final = timedelta(days=2)
"""How long after its day a log object's digest may come."""


def needs_verifying(mode: VerifyMode | None, today: date) -> str:
    """The SQL condition, over columns of `log_objects`, for log objects that are read again to be verified.

    Where verification is required, those whose events are in the lake unverified; where it is not, those whose digest
    may have come since they were read.
    """
    match mode:
        case VerifyMode.REQUIRE:
            return "state = 'read' AND coalesce(digest, '') <> 'verified'"
        case VerifyMode.WARN:
            return f"digest = 'unverified' AND day >= DATE '{today - _GRACE}'"
        case None:
            return "false"


def keys_told_of(facts: Iterable[DigestFacts]) -> list[str]:
    """The keys that there may be rows to write about."""
    return sorted(
        {state.key for fact in facts for state in fact.states}
        | {finding.key for fact in facts for finding in fact.findings}
    )


def digest_results(facts: Iterable[DigestFacts], known: Mapping[str, KnownObject]) -> list[ObjectResult]:
    """Rows about digests, missing digests and deleted log objects, as far as the lake does not have them so already.

    Their ETag is their status, so that it tells when that changes. A log object that the lake has read, and that is
    gone now, was not deleted before it was read.
    """
    rows = {row.log_object.key: row for row in _rows(facts)}
    return [row for key, row in sorted(rows.items()) if _is_news(row, known.get(key))]


def _is_news(row: ObjectResult, known: KnownObject | None) -> bool:
    if known is None:
        return True
    return known.etag != row.log_object.etag and not (row.digest == _DELETED and known.state == "read")


def _rows(facts: Iterable[DigestFacts]) -> Iterator[ObjectResult]:
    for fact in facts:
        for finding in fact.findings:
            if finding.kind is FindingKind.DELETED_LOG_OBJECT:
                yield _finding_row(finding, _FAILED, _DELETED)
            elif finding.kind is FindingKind.MISSING_DIGEST:
                yield _finding_row(finding, _DIGEST, _MISSING)
        # Later ones win: a digest that is there is not missing.
        for state in fact.states:
            yield _state_row(state)


def _finding_row(finding: Finding, state: str, status: str) -> ObjectResult:
    return ObjectResult(
        log_object=LogObject(key=finding.key, location="", size=0, etag=status),
        state=state,
        digest=status,
        rejected=(RejectedRecord(log_object=finding.key, index=None, reason=finding.reason),),
        first_event=_milliseconds(finding.since),
        last_event=_milliseconds(finding.until),
    )


def _state_row(state: DigestState) -> ObjectResult:
    reasons = (RejectedRecord(log_object=state.key, index=None, reason=state.reason),) if state.reason else ()
    return ObjectResult(
        log_object=LogObject(key=state.key, location="", size=0, etag=state.status.value),
        state=_DIGEST,
        digest=state.status.value,
        rejected=reasons,
        first_event=_milliseconds(state.start),
        last_event=_milliseconds(state.end),
    )


def _milliseconds(time: datetime | None) -> int | None:
    return None if time is None else (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
