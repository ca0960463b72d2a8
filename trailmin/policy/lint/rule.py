"""What a rule is given."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from trailmin.policy.document import Condition, Policy, Statement
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


class KnownConditionKey(Protocol):
    """A condition key of the catalog."""

    @property
    def name(self) -> str:
        """With AWS's placeholders: `s3:RequestObjectTag/<key>`."""
        ...

    @property
    def type(self) -> str:
        """`String`, `ARN`, `Bool` and so on, with `ArrayOf` before it where there are several values."""
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

    def condition_keys(self, prefix: str) -> Iterable[KnownConditionKey]:
        """All condition keys of a service."""
        ...

    def keys_of_action(self, name: str) -> Collection[str]:
        """The names of the service's condition keys that requests for an action can have."""
        ...

    def rcp_prefixes(self) -> Collection[str]:
        """The prefixes of the services that resource control policies reach."""
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


def condition_path(condition: Condition) -> tuple[str, str, str]:
    """Where a condition stands in its statement."""
    return ("Condition", condition.operator, condition.key)


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
