"""Policies on resources, and what makes a service act on one: the other half of the state in force."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from trailmin.current.source import DocumentPath, SourcePlace
from trailmin.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedPolicy:
    """What one place of infrastructure code says of the policy on a resource, or of a role's trust policy.

    A bucket policy is one place; of a function's policy each permission is one.
    """

    service: str
    """As of `ResourcePolicy`."""
    resource: str
    """The resource's ARN; what is unknown in it is `*`."""
    account: str | None
    policy: Policy
    """What the code stands for, statement for statement; what is unknown in it is `*`."""
    source: SourcePlace
    is_known: bool = True
    """Whether all principals are known: without a snapshot, nothing can be said of the others."""

    @property
    def name(self) -> str:
        """What files about it are called."""
        return self.resource.split(":", 5)[-1]

    @property
    def label(self) -> str:
        """What a person calls it."""
        return f"{'trust policy' if self.service == 'iam' else 'policy'} of {self.resource}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementSource:
    """Where infrastructure code has a statement."""

    placed: PlacedPolicy
    index: int
    """Of the statement in `placed.policy`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourcePolicy:
    """The policy on a resource."""

    service: str
    """Its service's prefix: `s3`, `lambda`, …"""
    resource: str
    """Its ARN."""
    account: str
    """Whose it is: an ARN need not tell (S3)."""
    policy: Policy
    text: str
    """The JSON text that an edit changes, as we print a snapshot's document."""
    document: DocumentPath | None = None
    """The snapshot's file that it came from; None where infrastructure code or AWS told it."""
    sources: tuple[StatementSource | None, ...] = ()
    """For each statement; empty where no infrastructure code has the policy."""

    @property
    def label(self) -> str:
        """What a person calls it."""
        return f"{'trust policy' if self.service == 'iam' else 'policy'} of {self.resource}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLink:
    """A configuration that makes a service call one resource on behalf of another."""

    service: str
    """The service principal: `s3.amazonaws.com`."""
    source: str
    """ARN of the resource behind the service's calls: a bucket, a rule, a topic."""
    account: str
    """The source's."""
    target: str
    """ARN of what is called: a function, a queue, a topic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlPolicy:
    """A service control policy; never edited."""

    name: str
    policy: Policy
    targets: frozenset[str]
    """Ids of the root, organizational units and accounts that it is attached to."""
    is_on_root: bool
    """Whether the organization's root is among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """The organization that an account is in."""

    id: str
    accounts: frozenset[str] | None = None
    """Its accounts; None where they are not known."""
    management_account: str | None = None
    """No service control policy restricts it."""
    control_policies: tuple[ControlPolicy, ...] = ()
    """By name; none where they are not known."""
    parents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Account to the ids of what it is in, its own parent first, the root last."""
