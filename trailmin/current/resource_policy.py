"""Policies on resources, and what makes a service act on one: the other half of the state in force."""

from dataclasses import dataclass

from trailmin.current.source import DocumentPath
from trailmin.policy import Policy


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

    @property
    def label(self) -> str:
        """What a person calls it."""
        return f"policy of {self.resource}"


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
class Organization:
    """The organization that an account is in."""

    id: str
    accounts: frozenset[str] | None = None
    """Its accounts; None where they are not known."""
