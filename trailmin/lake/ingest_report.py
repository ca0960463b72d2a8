"""What an ingest did, and how far it is."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from trailmin.lake.decode_task import ObjectResult
from trailmin.trail.digests import Finding, VerifyMode
from trailmin.trail.event import RejectedRecord

REJECTED_KEPT: Final = 100_000
"""Things set aside that are listed one by one; the rest are counted, and are in the table `log_objects`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestProgress:
    """How far an ingest is."""

    log_objects: int
    total_log_objects: int
    """Planned so far: while a source is still being listed, it grows."""
    size: int
    """Stored bytes read."""
    total_size: int


@dataclass(slots=True, kw_only=True)
class IngestReport:
    """What an ingest did. `new`, `duplicate` and `set_aside` add up to the records seen."""

    listed: int = 0
    """Log objects that the sources hold, copies of one key included."""
    read: int = 0
    """Log objects, also those of which single records were set aside."""
    skipped: int = 0
    """Log objects that the lake had already, copies of one key, and files that are no logs."""
    failed: int = 0
    new: int = 0
    duplicate: int = 0
    """Events that the lake held when the ingest began, or that came more than once in it."""
    set_aside: int = 0
    """Records, and log objects that failed as a whole."""
    rejected: list[RejectedRecord] = field(default_factory=list)
    """What was set aside, by log object; of one with more than a thousand, the first thousand."""
    verified: Counter[str] = field(default_factory=Counter)
    """What digests said of log objects, in `trail.digests.LogStatus`'s words; empty where they were not asked."""
    findings: dict[tuple[str, str], Finding] = field(default_factory=dict)
    """What is wrong with digests, by kind and key."""
    verify: VerifyMode | None = None
    """How log objects were verified."""

    @property
    def is_evidence_lacking(self) -> bool:
        """Whether something was set aside, or is not there that must be."""
        return bool(self.set_aside or (self.findings and self.verify is VerifyMode.REQUIRE))

    def count(self, results: Iterable[ObjectResult]) -> None:
        """Count what became of log objects."""
        for result in results:
            self.read += result.state == "read"
            self.failed += result.state != "read"
            self.set_aside += result.set_aside
            self.verified.update([result.digest] if result.digest is not None else [])
            self.rejected += result.rejected[: max(0, REJECTED_KEPT - len(self.rejected))]

    def note_findings(self, findings: Iterable[Finding]) -> None:
        """Take note of what is wrong with digests, each once however many tasks found it."""
        self.findings.update(((finding.kind.value, finding.key), finding) for finding in findings)

    def refuse(self, rejected: RejectedRecord) -> None:
        """Count a log object that is not read at all."""
        self.failed += 1
        self.set_aside += 1
        self.rejected.append(rejected)

    def add(self, other: "IngestReport") -> None:
        """Count what another ingest did as well."""
        for name in ("listed", "read", "skipped", "failed", "new", "duplicate", "set_aside"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.rejected += other.rejected[: max(0, REJECTED_KEPT - len(self.rejected))]
        self.verified.update(other.verified)
        self.findings.update(other.findings)
        self.verify = other.verify

    def sort(self) -> None:
        """Put what was set aside in order."""
        self.rejected.sort(key=lambda one: (one.log_object, -1 if one.index is None else one.index))
        self.findings = dict(sorted(self.findings.items()))
