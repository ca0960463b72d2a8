"""Which role of the state in force is which principal of the log."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from trailmin.current import PermissionSet, PolicyInForce, PolicyKind, Role, StateInForce
from trailmin.current.bind import DeployedRole, bind_roles
from trailmin.current.permission_set_files import role_name_of
from trailmin.current.permission_sets import SSO_PATH, accounts_of, permission_set_of, with_permission_sets
from trailmin.trail.event import PrincipalKind
from trailmin.usage import PrincipalUsage
from trailmin.usage.merge import merge_usage


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPart:
    """What one account has of a role; a permission set has a part in each of its accounts."""

    account: str | None
    roles: tuple[Role, ...]
    """The role itself; those that a permission set is provisioned as, where snapshot or log has them."""
    usage: PrincipalUsage | None
    policies: tuple[PolicyInForce, ...]
    """Those of the role that are in force there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A role, and what the log has of it."""

    role: Role
    usage: PrincipalUsage | None
    """Over all its parts."""
    is_in_force: bool
    """Whether the state in force has the role; otherwise only the log does."""
    notes: tuple[str, ...] = ()
    of_set: tuple[AccountPart, ...] = ()
    """Of a permission set: its accounts, in order."""

    @property
    def parts(self) -> tuple[AccountPart, ...]:
        """What there is of it in each account."""
        if self.role.permission_set is not None:
            return self.of_set
        own = AccountPart(account=self.account, roles=(self.role,), usage=self.usage, policies=self.role.policies)
        return (own,)

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
    """Return every role of the state and of the log once, by account and name; permission sets in place of theirs.

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
    roles = with_permission_sets(state).roles
    matches, matched = _match_sets([role for role in roles if role.permission_set is not None], seen)
    deployed = [DeployedRole(name=name, account=p.account, arn=p.arn) for name, found in seen.items() for p in found]
    others = [role for role in roles if role.permission_set is None]
    matches += [_match(role, seen) for role in bind_roles(others, deployed)]
    matched |= {id(m.usage) for m in matches if m.usage is not None}
    matches += _unknown([p for found in seen.values() for p in found if id(p) not in matched])
    return tuple(sorted(matches, key=lambda m: m.key))


def _match_sets(sets: Sequence[Role], seen: Mapping[str, Sequence[PrincipalUsage]]) -> tuple[list[Match], set[int]]:
    """Each permission set with the use of all roles that are made from it, and the ids of what was taken.

    Where several sets have a name, the accounts that they are provisioned in tell which one a role is made from; what
    none of them tells of counts for each.
    """
    of_name: dict[str, list[PrincipalUsage]] = defaultdict(list)
    for name, found in seen.items():
        if (of_set := permission_set_of(name)) is not None:
            of_name[of_set] += found
    alike: dict[str, list[PermissionSet]] = defaultdict(list)
    for role in sets:
        if role.permission_set is not None:
            alike[role.permission_set.name].append(role.permission_set)
    matches: list[Match] = []
    taken: set[int] = set()
    for role in sets:
        if (one := role.permission_set) is None:
            continue
        elsewhere = {account for other in alike[one.name] if other is not one for account in other.accounts or ()}
        own = set(one.accounts or ())
        ours = [p for p in of_name[one.name] if p.account in own or p.account not in elsewhere]
        taken |= {id(principal) for principal in ours}
        matches.append(_match_set(role, one, ours, is_in_force=True))
    return matches, taken


def _match_set(role: Role, one: PermissionSet, found: Sequence[PrincipalUsage], *, is_in_force: bool) -> Match:
    of_account: dict[str | None, list[PrincipalUsage]] = defaultdict(list)
    for principal in found:
        of_account[principal.account].append(principal)
    known = accounts_of(one, role.provisioned)
    gone = sorted(account or "" for account in of_account.keys() - set(known)) if one.accounts is not None else ()
    notes = [f"it was used in account {account}, where it is not provisioned now" for account in gone]
    parts = tuple(
        AccountPart(
            account=account,
            roles=_provisioned(role, account, of_account[account]),
            usage=merge_usage(of_account[account]) if of_account[account] else None,
            policies=tuple(
                p for p in role.policies if p.kind is not PolicyKind.CUSTOMER_MANAGED or p.account == account
            ),
        )
        for account in sorted({*known, *of_account}, key=lambda account: account or "")
    )
    return Match(
        role=replace(role, provisioned=tuple(one for part in parts for one in part.roles)),
        usage=_of_set(role, found) if found else None,
        is_in_force=is_in_force,
        notes=(*role.notes, *notes),
        of_set=parts,
    )


def _of_set(role: Role, found: Sequence[PrincipalUsage]) -> PrincipalUsage:
    return replace(merge_usage(found), arn=role.arn, account=role.account, name=role.name)


def _provisioned(role: Role, account: str | None, found: Sequence[PrincipalUsage]) -> tuple[Role, ...]:
    """The roles of a permission set in one account: those of the snapshot, and those that only the log has."""
    known = tuple(one for one in role.provisioned if one.account == account)
    names = {one.name for one in known}
    return (*known, *(_role_seen(p) for p in found if p.name not in names))


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


def _unknown(principals: Sequence[PrincipalUsage]) -> list[Match]:
    """Roles that only the log has; those of one permission set together."""
    of_set: dict[str, list[PrincipalUsage]] = defaultdict(list)
    matches: list[Match] = []
    for principal in principals:
        if (name := permission_set_of(principal.name or "")) is not None:
            of_set[name].append(principal)
        else:
            matches.append(Match(role=_role_seen(principal), usage=principal, is_in_force=False))
    for name, found in of_set.items():
        one = PermissionSet(name=name)
        role = Role(name=role_name_of(name), account=None, arn=None, path=SSO_PATH, permission_set=one)
        matches.append(_match_set(role, one, found, is_in_force=False))
    return matches


def _role_seen(principal: PrincipalUsage) -> Role:
    path = _ROLE_PATH.fullmatch(principal.arn or "")
    return Role(
        name=principal.name or "",
        account=principal.account,
        arn=principal.arn,
        path=path.group(1) if path is not None else "/",
    )
