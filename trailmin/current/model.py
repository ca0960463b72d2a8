"""The state in force as trailmin sees it: roles, the policies that grant them something, and what runs under them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from trailmin.current.resource_policy import Organization, PlacedPolicy, ResourcePolicy
from trailmin.current.source import DocumentPath, GeneratedName, SourcePlace
from trailmin.current.source_links import SourceLinks
from trailmin.policy import Policy


class PolicyKind(StrEnum):
    """How a policy is held, which decides how it can be changed."""

    INLINE = "inline"
    CUSTOMER_MANAGED = "customer-managed"
    AWS_MANAGED = "aws-managed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion:
    """An earlier version of a managed policy."""

    created: datetime | None
    policy: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyInForce:
    """A policy that grants a role something now."""

    kind: PolicyKind
    name: str
    account: str | None
    arn: str | None
    """None for an inline policy."""
    role_name: str | None
    """The role that holds an inline policy; None for a managed one."""
    policy: Policy
    text: str
    """The JSON text that an edit changes: the team's file, or what we print of a snapshot's document or of a source."""
    document: DocumentPath | None = None
    """The file that `text` came from, None when it came from a snapshot or from infrastructure code."""
    source: SourcePlace | None = None
    """Its place in infrastructure code. `text` is then what the code stands for, statement for statement; what is
    unknown in it is `*`."""
    attachment: SourcePlace | None = None
    """Of a managed policy: where infrastructure code attaches it to the role."""
    doubtful: frozenset[int] = frozenset()
    """Indices of statements that may not be deployed: they stand in a condition of infrastructure code."""
    created: datetime | None = None
    """When the version in force was made; None where the snapshot does not tell (inline policies)."""
    earlier: tuple[PolicyVersion, ...] = ()
    """Newest first."""
    attached_to: tuple[str, ...] = ()
    """ARNs of every role, user and group that a managed policy is attached to, as far as the snapshot lists them."""
    unlisted_holders: int = 0
    """Further ones that hold it or have it as their boundary: the snapshot counts them, and lacks them."""
    bounds: tuple[str, ...] = ()
    """ARNs of every role and user whose permissions boundary it is too."""

    @property
    def label(self) -> str:
        """What a person calls it."""
        return f"{self.kind} policy {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """A permissions boundary; never edited."""

    arn: str
    policy: Policy | None
    """None where the snapshot lacks its text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleBefore:
    """What an earlier snapshot tells of a role."""

    day: date
    """Of the snapshot."""
    next_day: date
    """Of the snapshot after it: what this one lacks began by its end."""
    policies: tuple[Policy, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedPolicyOfSet:
    """A managed policy that a permission set attaches to its roles."""

    name: str
    path: str = "/"
    arn: str | None = None
    """Of an AWS-managed policy; None for a reference to the customer-managed policy of this name in each account."""
    attachment: SourcePlace | None = None
    """Where infrastructure code attaches it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionSet:
    """A permission set of IAM Identity Center: what its roles in all accounts are made from."""

    name: str
    arn: str | None = None
    instance_arn: str | None = None
    """Of the instance of IAM Identity Center."""
    account: str | None = None
    """That owns the instance: the organization's management account."""
    accounts: tuple[str, ...] | None = None
    """Those that it is provisioned in, sorted; None where nothing tells."""
    created: datetime | None = None
    inline: PolicyInForce | None = None
    """The one inline policy that it may have."""
    managed: tuple[ManagedPolicyOfSet, ...] = ()
    boundary: ManagedPolicyOfSet | None = None
    generated_name: GeneratedName | None = None
    """Of a set in infrastructure code whose name is not known: `name` is then its logical id."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role and what grants it something; or a permission set, for the roles that are made from it."""

    name: str
    account: str | None
    """None when documents alone are given, without an account id in their path."""
    arn: str | None
    path: str = "/"
    created: datetime | None = None
    policies: tuple[PolicyInForce, ...] = ()
    boundary: Boundary | None = None
    trust: Policy | None = None
    trust_source: PlacedPolicy | None = None
    """Where infrastructure code has the trust policy."""
    tags: Mapping[str, str] = field(default_factory=dict)
    generated_name: GeneratedName | None = None
    """Of a role in infrastructure code whose name is not known: `name` is then its logical id."""
    notes: tuple[str, ...] = ()
    """What infrastructure code leaves open about it, for a person to read."""
    earlier: tuple[RoleBefore, ...] = ()
    """What earlier snapshots tell of it, newest first."""
    permission_set: PermissionSet | None = None
    """What this stands for, where it is no role of one account: `policies` are then the set's, those that it refers to
    by name once for each account."""
    provisioned: tuple["Role", ...] = ()
    """Of a permission set: its roles in the accounts, as snapshots and the log have them."""

    @property
    def names(self) -> tuple[str, ...]:
        """All that it may be asked for by: names and ARNs, those of a permission set's roles among them."""
        own = (self.name, self.arn, self.permission_set.name if self.permission_set is not None else None)
        return tuple(name for name in own if name is not None) + tuple(n for one in self.provisioned for n in one.names)

    @property
    def is_service_linked(self) -> bool:
        """Whether AWS owns the role, so that nobody else can edit it."""
        return self.path.startswith("/aws-service-role/")

    @property
    def is_sso(self) -> bool:
        """Whether IAM Identity Center made the role from a permission set."""
        return self.path.startswith("/aws-reserved/sso.amazonaws.com/") or self.name.startswith("AWSReservedSSO_")


class HolderKind(StrEnum):
    """Who else than a role holds policies."""

    USER = "user"
    GROUP = "group"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A user or a group: told of, never edited."""

    kind: HolderKind
    name: str
    account: str
    arn: str
    policies: tuple[PolicyInForce, ...] = ()
    """Its own; those of a user's groups are theirs."""
    groups: tuple[str, ...] = ()
    """Names of the groups that a user is in."""
    unknown_policies: tuple[str, ...] = ()
    """ARNs of attached policies whose text the snapshot lacks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaFunction:
    """What runs under a role."""

    name: str
    arn: str
    role_arn: str
    log_group: str
    is_traced: bool = False
    """Whether active tracing is known to be on, so that Lambda sends traces with the function's role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSourceMapping:
    """A queue or stream that Lambda reads with the function's role."""

    function_arn: str
    source_arn: str
    """What infrastructure code does not tell of it is `*`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastAccess:
    """When a role last accessed an action, as AWS recorded it; refused attempts count there too."""

    role_arn: str
    action: str
    time: datetime
    region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSnapshot:
    """What a snapshot tells of an account beside its roles; what is None is unknown, never assumed."""

    account: str
    has_roles: bool = True
    """Whether it has all roles of the account; infrastructure code tells of its own only."""
    event_selectors: object | None = None
    """The parsed output of `aws cloudtrail get-event-selectors`, of one trail or a list of several."""
    trails: object | None = None
    """The parsed output of `aws cloudtrail describe-trails`."""
    functions: tuple[LambdaFunction, ...] | None = None
    event_source_mappings: tuple[EventSourceMapping, ...] | None = None
    last_accessed: tuple[LastAccess, ...] | None = None
    vpc_endpoints: Mapping[str, str] | None = None
    """Id of an endpoint to the id of its VPC (`aws ec2 describe-vpc-endpoints`)."""
    resource_tags: Mapping[str, Mapping[str, str]] | None = None
    """ARN to tags (`aws resourcegroupstaggingapi get-resources`)."""
    resource_policies: tuple[ResourcePolicy, ...] | None = None
    """Policies on resources, sorted by ARN."""
    not_told: frozenset[str] = frozenset()
    """Services (as of `ResourcePolicy`) of which `resource_policies` need not have all."""
    source_links: SourceLinks = field(default_factory=SourceLinks)
    """What makes services call resources."""
    holders: tuple[Holder, ...] | None = None
    """Users and groups, by ARN."""
    managed_policies: tuple[PolicyInForce, ...] = ()
    """Managed policies whose text it has, AWS's own among them, by ARN."""
    organization: Organization | None = None
    """The organization it is in (`aws organizations describe-organization`, `list-accounts`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateInForce:
    """All that `--current` told."""

    roles: tuple[Role, ...] = ()
    accounts: Mapping[str, AccountSnapshot] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """What did not fit together, for a person to read."""
    missing: tuple[str, ...] = ()
    """What AWS did not tell of accounts that were asked live."""
    permission_sets: tuple[PermissionSet, ...] = ()
    """Those that IAM Identity Center or infrastructure code tells of, by name; the roles made from them are among
    `roles`."""
