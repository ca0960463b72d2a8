"""What is said of a policy on a resource, or of a role's trust policy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from trailmin.current import ResourcePolicy
from trailmin.policy import Edit
from trailmin.synth.model import CallEvidence, ProofResult, ReplayResult, Status, Verdict
from trailmin.trail.event import PrincipalKind


class FindingKind(StrEnum):
    """What somebody should look at, whatever the logs show."""

    PUBLIC = "public"
    """Anybody may, within what the statement's conditions leave."""
    CROSS_ACCOUNT = "cross-account"
    CONFUSED_DEPUTY = "confused-deputy"
    """A service may on behalf of anybody: neither `aws:SourceArn` nor `aws:SourceAccount` ties it to the team's own."""
    NO_EXTERNAL_ID = "no-external-id"
    """A third party may assume the role without `sts:ExternalId`."""
    WIDE_SUBJECT = "wide-subject"
    """A web identity's subject is not tied to what is the team's own."""
    UNUSED_PRINCIPAL = "unused-principal"
    WILDCARD = "wildcard"
    """A whole account, or everybody, where a few were seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessFinding:
    """One finding on one statement."""

    kind: FindingKind
    statement: int
    """Index in the policy, from 0."""
    sid: str | None
    principal: str
    text: str
    """One clause for a person."""
    advice: str | None = None
    """What would mend it, where nothing is proposed for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessVerdict:
    """The verdict on one action that one Allow statement grants to one principal."""

    statement: int
    sid: str | None
    principal: str
    """As the policy names it."""
    action: str
    verdict: Verdict
    reason: str
    kept: tuple[str, ...]
    """The principals to whom it stays; empty when it goes."""
    evidence: CallEvidence = field(default_factory=CallEvidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerSeen:
    """Who called, as far as the logs tell."""

    kind: PrincipalKind
    name: str
    """ARN, service, account, or the subject of a web identity."""
    account: str | None
    actions: tuple[str, ...]
    evidence: CallEvidence
    denied: int = 0
    """Calls that were refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessProposal:
    """What is proposed for one policy, and why."""

    policy: ResourcePolicy
    is_trust: bool
    status: Status
    reason: str
    verdicts: tuple[AccessVerdict, ...] = ()
    findings: tuple[AccessFinding, ...] = ()
    callers: tuple[CallerSeen, ...] = ()
    new_text: str | None = None
    """The tightened policy; None where it stays, or goes."""
    edits: tuple[Edit, ...] = ()
    proof: ProofResult | None = None
    replay: ReplayResult | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_emitted(self) -> bool:
        """Whether there is something to merge."""
        return self.status is Status.TIGHTENED

    def count(self, *verdicts: Verdict) -> int:
        """How many grants have one of the verdicts."""
        return sum(one.verdict in verdicts for one in self.verdicts)

    def counts(self) -> Mapping[Verdict, int]:
        """Verdict to the number of grants that have it."""
        return {verdict: self.count(verdict) for verdict in Verdict}
