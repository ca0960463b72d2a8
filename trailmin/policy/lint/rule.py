"""What a rule is given."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from trailmin.policy.document import Policy, Statement
from trailmin.policy.lint.finding import Check, Finding
from trailmin.policy.parse import PolicyKind


class KnownAction(Protocol):
    """An action of the catalog."""

    @property
    def full_name(self) -> str:
        """As a policy writes it: `s3:GetObject`."""
        ...


class KnownResourceType(Protocol):
    """A resource type of the catalog."""

    @property
    def arn_patterns(self) -> tuple[str, ...]:
        """With AWS's placeholders: `arn:${Partition}:s3:::${BucketName}/${ObjectName}`."""
        ...


class LintCatalog(Protocol):
    """What the rules ask of a catalog; it never changes."""

    def __hash__(self) -> int: ...

    def actions(self, prefix: str) -> Iterable[KnownAction]:
        """All actions of a service."""
        ...

    def resource_types(self, prefix: str) -> Iterable[KnownResourceType]:
        """All resource types of a service."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A policy under examination."""

    policy: Policy
    kind: PolicyKind
    catalog: LintCatalog | None
    """None: rules that need one find nothing."""


Rule: TypeAlias = Callable[[Subject], Iterator[Finding]]
StatementRule: TypeAlias = Callable[[Subject, Statement], Iterator[Finding]]


def each_statement(rule: StatementRule) -> Rule:
    """A rule that looks at one statement after the other."""

    def run(subject: Subject) -> Iterator[Finding]:
        for statement in subject.policy.statements:
            yield from rule(subject, statement)

    return run


def at(statement: Statement, check: Check, message: str, *path: str | int) -> Finding:
    """A finding in a statement."""
    return Finding(check=check, path=("Statement", statement.index, *path), message=message)


def elements(statement: Statement, *names: str) -> Iterator[tuple[str, int, str]]:
    """The values of list elements, each with its element and its place: `("Action", 0, "s3:Get*")`."""
    lists = {
        "Action": statement.actions,
        "NotAction": statement.not_actions,
        "Resource": statement.resources,
        "NotResource": statement.not_resources,
    }
    for name in names:
        for index, text in enumerate(lists[name]):
            yield name, index, text
