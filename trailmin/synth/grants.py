"""The grants that a policy makes: one per Allow statement and action, wildcards and NotAction spelt out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from trailmin.catalog import Catalog
from trailmin.current import PolicyInForce
from trailmin.policy import Statement, action_matches


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementInForce:
    """A statement of a policy in force; the unit that tightening works on."""

    policy: PolicyInForce
    statement: Statement

    @property
    def key(self) -> tuple[str, str, int]:
        """Unique among the policies of a role, and the same on every run."""
        return (self.policy.kind, self.policy.arn or self.policy.name, self.statement.index)

    @property
    def is_doubtful(self) -> bool:
        """Whether it may not be deployed, so that what it grants may rest on another statement."""
        return self.statement.index in self.policy.doubtful

    @property
    def label(self) -> str:
        """What a person calls it."""
        return f"{self.policy.name} statement {self.statement.sid or self.statement.index + 1}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One action that an Allow statement grants on its resources."""

    ref: StatementInForce
    action: str
    """As the catalog spells it; the policy's own text where the catalog has no such action."""
    is_known: bool
    """Whether the catalog has the action."""


def allow_statements(policies: Sequence[PolicyInForce]) -> tuple[StatementInForce, ...]:
    """Return the Allow statements in order."""
    return tuple(
        StatementInForce(policy=policy, statement=statement)
        for policy in policies
        for statement in policy.policy.statements
        if statement.effect == "Allow"
    )


def names_action(statement: Statement, action: str) -> bool:
    """Whether a statement is about an action, whatever the resource."""
    listed = statement.actions or statement.not_actions
    return any(action_matches(pattern, action) for pattern in listed) == bool(statement.actions)


def grants_of(ref: StatementInForce, catalog: Catalog) -> Iterator[Grant]:
    """Yield the grants of one Allow statement, by action pattern in its order, each action once.

    A wildcard over services yields only actions whose service has a resource that the statement can match: `*` on a
    bucket's ARN grants nothing of EC2.
    """
    for action, is_known in granted_actions(ref.statement, catalog):
        yield Grant(ref=ref, action=action, is_known=is_known)


def granted_actions(statement: Statement, catalog: Catalog) -> tuple[tuple[str, bool], ...]:
    """Return the actions of the grants of one Allow statement, each with whether the catalog knows it."""
    return _granted(statement.actions, statement.not_actions, _arn_services(statement), catalog)


@lru_cache(maxsize=1 << 8)
def _granted(
    actions: tuple[str, ...], not_actions: tuple[str, ...], services: frozenset[str] | None, catalog: Catalog
) -> tuple[tuple[str, bool], ...]:
    """The same: roles by the hundred hold the same statements."""
    if not_actions:
        effective = _effective(catalog.expand("*"), services, catalog)
        return tuple((name, True) for name in effective if not any(action_matches(p, name) for p in not_actions))
    found = chain.from_iterable(_named(pattern, services, catalog) for pattern in actions)
    return tuple(dict.fromkeys(found))


def _named(pattern: str, services: frozenset[str] | None, catalog: Catalog) -> Iterator[tuple[str, bool]]:
    names = catalog.expand(pattern)
    if not names:
        yield pattern, False
    for name in _effective(names, services, catalog) if pattern == "*" else names:
        yield name, True


def _effective(names: Sequence[str], services: frozenset[str] | None, catalog: Catalog) -> tuple[str, ...]:
    if services is None:
        return tuple(names)
    return tuple(name for name in names if not services.isdisjoint(_services_of(name, catalog)))


def _arn_services(statement: Statement) -> frozenset[str] | None:
    """The service segments that the statement's resources name; None when one of them can match any service."""
    services = set()
    for pattern in statement.resources or ("*",):
        parts = pattern.split(":", 5)
        if len(parts) < 6 or any(c in parts[2] for c in "*?$"):
            return None
        services.add(parts[2].lower())
    return frozenset(services)


@lru_cache(maxsize=1 << 15)
def _services_of(action: str, catalog: Catalog) -> frozenset[str]:
    """The service segments of the ARNs that an action can be checked on, its own service's at any rate."""
    prefix = action.split(":", maxsplit=1)[0]
    known = catalog.action(action)
    types = (catalog.resource_type(prefix, t.name) for t in known.resource_types) if known is not None else ()
    arns = [arn for found in types if found is not None for arn in found.arn_patterns]
    return frozenset({prefix, *(arn.split(":")[2].lower() for arn in arns)})
