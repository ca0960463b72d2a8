"""What a source stands for, in a form that can be compared: an edited source is read again and must be as meant."""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import replace

from trailmin.current.iac.places import PolicyPlace
from trailmin.errors import PolicyError
from trailmin.policy import Principals, Statement, parse_policy


def normal_statements(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """Return statements without regard to the order and repetition of what they list, and of their conditions."""
    return tuple(
        replace(
            statement,
            index=0,
            variables=True,
            actions=_sorted(statement.actions),
            not_actions=_sorted(statement.not_actions),
            resources=_sorted(statement.resources),
            not_resources=_sorted(statement.not_resources),
            principals=_by_kind(statement.principals),
            not_principals=_by_kind(statement.not_principals),
            conditions=tuple(sorted(statement.conditions, key=lambda c: (c.operator, c.key, c.values))),
        )
        for statement in statements
    )


def normal_policy(place: PolicyPlace) -> Hashable:
    """Return a policy of a source in the same form."""
    try:
        return normal_statements(parse_policy(place.document(), kind=place.grammar).statements)
    except PolicyError:
        return repr(place.document())


def together(policies: Iterable[Hashable]) -> list[Hashable]:
    """Return several policies as the one with all their statements, whatever their order and Sids; none for none."""
    found = list(policies)
    statements = [one for policy in found if isinstance(policy, tuple) for one in policy]
    told = frozenset(Counter(replace(one, sid=None) for one in statements).items())
    return [told] if found else []


def _by_kind(principals: Iterable[Principals]) -> tuple[Principals, ...]:
    return tuple(sorted((replace(p, values=_sorted(p.values)) for p in principals), key=lambda p: p.kind))


def _sorted(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(texts)))
