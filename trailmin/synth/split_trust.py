"""Who may assume a role that is split off another: no more than those who may assume that one."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from trailmin.policy import Condition, Effect, Policy, Principals, Proven, Statement, included, policy_of
from trailmin.synth.trust import may_assume

_SOURCE_IDENTITY = "sts:SourceIdentity"
_IDENTITY = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
"""Source: STS API Reference, AssumeRole, SourceIdentity."""


def trust_for_service(trust: Policy | None, service: str) -> Policy | None:
    """Return the trust policy of a role for one service; None where the old one does not let it in.

    Of an unknown old policy the usual one: the service must have been let in.
    """
    if trust is None:
        return _usual(service)
    if not may_assume(trust, service):
        return None
    return _proven(_for_service(trust, service), trust)


def trust_for_identity(trust: Policy | None, identity: str) -> Policy | None:
    """Return the trust policy of a role for one source identity; None where the old one is unknown or speaks of it."""
    if (
        trust is None
        or not _IDENTITY.fullmatch(identity)
        or any(_names_identity(statement) for statement in trust.statements)
    ):
        return None
    condition = Condition(operator="StringEquals", key=_SOURCE_IDENTITY, values=(identity,))
    return _proven(
        (replace(s, conditions=(*s.conditions, condition)) if s.is_allow else s for s in trust.statements), trust
    )


def _usual(service: str) -> Policy:
    statement = Statement(
        index=0,
        effect=Effect.ALLOW,
        principals=(Principals(kind="Service", values=(service,)),),
        actions=("sts:AssumeRole",),
    )
    return policy_of([statement])


def _for_service(trust: Policy, service: str) -> Iterator[Statement]:
    only = (Principals(kind="Service", values=(service,)),)
    for statement in trust.statements:
        if not statement.is_allow:
            yield statement
        elif may_assume(policy_of([statement], version=trust.version), service):
            yield replace(statement, principals=only, not_principals=())


def _names_identity(statement: Statement) -> bool:
    return any(condition.key.lower() == _SOURCE_IDENTITY.lower() for condition in statement.conditions)


def _proven(statements: Iterable[Statement], trust: Policy) -> Policy | None:
    """The policy, where it is proven to let in nobody whom the old one does not."""
    new = policy_of(statements, version=trust.version)
    return new if isinstance(included([new], [trust]), Proven) else None
