"""Which role of the state in force is which principal of the log."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from trailmin.current import Role, StateInForce
from trailmin.current.bind import DeployedRole, bind_roles
from trailmin.trail.event import PrincipalKind
from trailmin.usage import PrincipalUsage
from trailmin.usage.merge import merge_usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A role, and what the log has of it."""

    role: Role
    usage: PrincipalUsage | None
    is_in_force: bool
    """Whether the state in force has the role; otherwise only the log does."""
    notes: tuple[str, ...] = ()

    @property
    def arn(self) -> str | None:
        """The role's ARN, from the snapshot or from the log."""
        return self.role.arn or (self.usage.arn if self.usage is not None else None)

    @property
    def account(self) -> str | None:
        """The role's account, from the snapshot or from the log."""
        return self.role.account or (self.usage.account if self.usage is not None else None)

    @property
    def key(self) -> tuple[str, str]:
        """Unique in a run, and its order."""
        return (self.account or "", self.role.name)


_ROLE_PATH = re.compile(r"arn:[^:]*:iam::[^:]*:role(/(?:.*/)?)[^/]+")


def match_roles(state: StateInForce, usage: Iterable[PrincipalUsage]) -> tuple[Match, ...]:
    """Return every role of the state and of the log once, by account and name.

    A role is matched by account and name, which IAM keeps unique whatever the path is: a log that lost the path
    still finds its role. A document without an account matches the only role of its name, a role of infrastructure
    code whose name is not known the only one that it may be.
    """
    spellings: dict[tuple[str, str | None], list[PrincipalUsage]] = defaultdict(list)
    for principal in usage:
        if principal.kind is PrincipalKind.ROLE and principal.name is not None:
            spellings[principal.name, principal.account].append(principal)
    seen: dict[str, list[PrincipalUsage]] = defaultdict(list)
    for (name, _), found in spellings.items():
        seen[name].append(merge_usage(found))
    deployed = [DeployedRole(name=name, account=p.account, arn=p.arn) for name, found in seen.items() for p in found]
    matches = [_match(role, seen) for role in bind_roles(state.roles, deployed)]
    matched = {id(m.usage) for m in matches if m.usage is not None}
    matches += [_unknown(p) for found in seen.values() for p in found if id(p) not in matched]
    return tuple(sorted(matches, key=lambda m: m.key))


def _match(role: Role, seen: dict[str, list[PrincipalUsage]]) -> Match:
    candidates = list(_candidates(role, seen[role.name])) if role.name in seen else []
    if len(candidates) > 1:
        accounts = ", ".join(sorted(p.account or "unknown" for p in candidates))
        note = f"the log has a role of this name in several accounts ({accounts}); none was taken"
        return Match(role=role, usage=None, is_in_force=True, notes=(*role.notes, note))
    return Match(role=role, usage=candidates[0] if candidates else None, is_in_force=True, notes=role.notes)


def _candidates(role: Role, named: Sequence[PrincipalUsage]) -> Iterator[PrincipalUsage]:
    for principal in named:
        if role.account is None or principal.account == role.account:
            yield principal


def _unknown(principal: PrincipalUsage) -> Match:
    path = _ROLE_PATH.fullmatch(principal.arn or "")
    role = Role(
        name=principal.name or "",
        account=principal.account,
        arn=principal.arn,
        path=path.group(1) if path is not None else "/",
    )
    return Match(role=role, usage=principal, is_in_force=False)
