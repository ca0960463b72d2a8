"""What a proposal says: the verdict on each grant, the changes, and the two checks that they rest on."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from trailmin.current import PolicyInForce, Role
from trailmin.policy import Condition, Edit
from trailmin.synth.confidence import Confidence
from trailmin.synth.escalation_model import PathChange
from trailmin.synth.patterns import LearnedPattern, Level


class Verdict(StrEnum):
    """What is said of a grant."""

    USED = "used"
    UNUSED = "unused"
    NOT_OBSERVABLE = "not-observable"
    IMPLIED = "implied"
    COMPANION = "companion"
    TOO_NEW = "too-new"


class Status(StrEnum):
    """What became of a role."""

    TIGHTENED = "tightened"
    UNCHANGED = "unchanged"
    GENERATED = "generated"
    """No policy in force was given: the policy is what the role used."""
    INSUFFICIENT_EVIDENCE = "insufficient-evidence"
    UNUSED_ROLE = "unused-role"
    EXPLAINED = "explained"
    """Not ours to edit: service-linked, or made from a permission set."""
    EXCLUDED = "excluded"
    """Pinned by the configuration."""
    OBSERVED = "observed"
    """There is something to change, and the rollout's mode is to report only."""
    WITHHELD = "withheld"
    """A check of our own failed; nothing is emitted."""


class ContextKey(StrEnum):
    """Condition keys that are added on request, where all that was seen of a grant has the same few values."""

    SOURCE_VPCE = "source-vpce"
    """`aws:SourceVpce`: the VPC endpoint that a call came through."""
    SOURCE_VPC = "source-vpc"
    """`aws:SourceVpc`: the VPC of that endpoint, where a snapshot tells it."""
    REQUESTED_REGION = "requested-region"
    """`aws:RequestedRegion`."""


class Mode(StrEnum):
    """How far a rollout has come: which kinds of change a proposal may make."""

    OBSERVE = "observe"
    """None: a report of what would change."""
    NARROW_ACTIONS = "narrow-actions"
    """Grants go; those that stay keep their resources."""
    NARROW_RESOURCES = "narrow-resources"
    """Resources are narrowed; no action goes."""
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvidence:
    """The calls behind a verdict."""

    calls: int = 0
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    event_ids: tuple[str, ...] = ()
    """Up to three examples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantVerdict:
    """The verdict on one action of one Allow statement."""

    policy: str
    """The policy's name."""
    statement: int
    """Index in the policy, from 0."""
    sid: str | None
    action: str
    """As the catalog spells it; as the policy does where the catalog has no such action."""
    resources: tuple[str, ...]
    """What the statement grants it on."""
    verdict: Verdict
    reason: str
    """One sentence that names the coverage or the calls the verdict rests on."""
    coverage: str | None = None
    """One clause: whether, and by which logs, any use in the window would have shown."""
    evidence: CallEvidence = field(default_factory=CallEvidence)
    kept: tuple[str, ...] = ()
    """The resource patterns on which it stays; empty when it goes."""
    conditions: tuple[Condition, ...] = ()
    """Those under which it stays beside the statement's own."""
    learned: tuple[LearnedPattern, ...] = ()
    """What is known of the patterns among them that stand for more than what was seen."""
    selector: str | None = None
    """Of `not-observable`: the event selector that would show it."""
    pinned: bool = False
    """Whether it stays because its Sid or the configuration says so."""
    cut_by: str | None = None
    """The layer that leaves nothing of it in effect: a permissions boundary or a service control policy."""

    @property
    def kept_where(self) -> tuple[str, ...]:
        """The conditions under which it stays, then on what, as texts for a person."""
        return (*(f"if {c.key} is {' or '.join(c.values)}" for c in self.conditions), *self.kept)


class ChangeKind(StrEnum):
    """How a change is made, in IAM's calls."""

    PUT_INLINE = "put-inline"
    """PutRolePolicy; with `replaces` it stands in for an AWS-managed policy."""
    DELETE_INLINE = "delete-inline"
    CREATE_VERSION = "create-version"
    """CreatePolicyVersion of a customer-managed policy, as the default version."""
    DETACH = "detach"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """One change to one policy of a role."""

    kind: ChangeKind
    name: str
    """The policy's name after the change."""
    policy: PolicyInForce | None
    """What is in force; None for a policy that is new."""
    new_text: str | None
    """The JSON text to put; None for deletions and detachments."""
    edits: tuple[Edit, ...] = ()
    """What makes `new_text` of the text of `policy`, by its statements; for places in infrastructure code."""
    replaces: str | None = None
    """ARN of the AWS-managed policy that a new inline policy stands in for."""
    shared_with: tuple[str, ...] = ()
    """ARNs of the other roles that the policy is attached to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofResult:
    """Whether the new policies were shown to grant nothing that the old ones do not."""

    proven: bool
    method: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LostCall:
    """A call in the window that the old policies granted and the new ones may not."""

    action: str
    resource: str
    calls: int
    event_ids: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayResult:
    """The window's authorised calls, replayed against the new policies. Counts are authorizations."""

    calls: int = 0
    kept: int = 0
    not_granted: int = 0
    """Granted by something else than the role's identity policies, so they force nothing."""
    authorizations: int = 0
    """Distinct actions on resources that the role's identity policies granted."""
    lost: tuple[LostCall, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing that worked is denied."""
        return not self.lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What a role did in the window, in numbers."""

    events: int = 0
    denied: int = 0
    undetermined: int = 0
    unmapped: int = 0
    active_days: int = 0
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    workloads: Mapping[str, int] = field(default_factory=dict)
    """Session name (Lambda function, instance id) to its number of calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The days that were looked at, both ends included."""

    since: date
    until: date

    @property
    def days(self) -> int:
        """Its length."""
        return (self.until - self.since).days + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardrailFinding:
    """A guardrail of the team's own that says something of a role."""

    rule: str
    """The guardrail in words."""
    text: str
    """What was found, a clause."""
    is_open: bool
    """Whether it does not hold, with the proposal merged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What trailmin proposes for one role, and why."""

    role: Role
    role_arn: str | None
    account: str | None
    status: Status
    reason: str
    """One sentence for a person."""
    window: Window
    activity: Activity
    verdicts: tuple[GrantVerdict, ...] = ()
    changes: tuple[PolicyChange, ...] = ()
    proof: ProofResult | None = None
    replay: ReplayResult | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)
    """Policy name to its size as AWS counts it, after the change."""
    notes: tuple[str, ...] = ()
    confidence: Confidence | None = None
    """Of a role whose policies in force change."""
    paths: tuple[PathChange, ...] = ()
    """Paths of escalation that are not closed to the role, now or after the proposal."""
    guardrails: tuple[GuardrailFinding, ...] = ()
    """What the team's own guardrails find."""
    _counts: dict[Verdict, int] = field(default_factory=dict, init=False, compare=False, repr=False)
    """Counted once: it is asked for over and over, of thousands of verdicts."""

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts in which it grants something: the role's, where known; those of a permission set."""
        one = self.role.permission_set
        if one is None:
            return (self.account,) if self.account is not None else ()
        if one.accounts is not None:
            return one.accounts
        return tuple(sorted({made.account for made in self.role.provisioned if made.account is not None}))

    @property
    def is_emitted(self) -> bool:
        """Whether there is something to merge."""
        return bool(self.changes) and self.status in {Status.TIGHTENED, Status.GENERATED, Status.UNUSED_ROLE}

    def count(self, *verdicts: Verdict) -> int:
        """How many grants have one of the verdicts."""
        if self.verdicts and not self._counts:
            self._counts.update(Counter(v.verdict for v in self.verdicts))
        return sum(self._counts.get(verdict, 0) for verdict in verdicts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How far a proposal may go. Defaults are DESIGN's guards."""

    minimum_days: int = 30
    """Length of the window, and how long a grant must have been in force."""
    minimum_active_days: int = 7
    maximum_missing_days: float = 0.05
    """Share of the window's days without any log of the account."""
    ignore_guards: bool = False
    """Propose all the same when a guard says that the evidence is too thin."""
    resources: Level = "pattern"
    """`exact`: what was seen; `pattern`: what it takes to match the ones to come; `parent`: members of a container
    (objects, log streams) become the container's."""
    mode: Mode = Mode.FULL
    drop_unobservable: frozenset[str] = frozenset()
    """Service prefixes whose not-observable grants go."""
    add_conditions: frozenset[ContextKey] = frozenset()
    """Conditions to add to what was used, where all of it had the same few values."""
    abac: bool = False
    """Grant by tags in place of lists of resources, where the tags of the role and of what it used agree."""
    keep_roles: tuple[str, ...] = ()
    """Globs of role names and ARNs that are left alone."""
    keep_actions: tuple[str, ...] = ()
    """Action globs that are never removed or narrowed."""
    keep_resources: tuple[str, ...] = ()
    """Resource globs; a statement that names one of them is never touched."""
