"""Permission sets in place of the roles that IAM Identity Center makes from them in every account.

The roles cannot be edited; the permission set can, once for all accounts. What is not told of it (by a snapshot's
`permission-sets.json`, by AWS or by infrastructure code) is what its roles in the snapshots have in common.

Source: IAM Identity Center User Guide, "Permission sets": `AWSReservedSSO_<name>_<16 hexadecimal digits>`, path
`/aws-reserved/sso.amazonaws.com/`.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from trailmin.current.model import (
    Boundary,
    ManagedPolicyOfSet,
    PermissionSet,
    PolicyInForce,
    PolicyKind,
    Role,
    StateInForce,
)
from trailmin.current.permission_set_files import ROLE_PREFIX, role_name_of

SSO_PATH = "/aws-reserved/sso.amazonaws.com/"

_ROLE = re.compile(rf"{ROLE_PREFIX}(.+)_[0-9a-f]{{16}}")


def permission_set_of(role_name: str) -> str | None:
    """Return the name of the permission set that a role is made from; None for any other role."""
    found = _ROLE.fullmatch(role_name)
    return found.group(1) if found is not None else None


def with_permission_sets(state: StateInForce) -> StateInForce:
    """Return the state with one role for each permission set, in place of those that are made from it.

    Roles of a set that nothing tells of, and that do not agree on what it says, stay as they are, with a note; so do
    those in accounts that no set of their name is provisioned in. A state in which it was done already stays the same.
    """
    of_set: dict[str, list[Role]] = defaultdict(list)
    for role in state.roles:
        if role.permission_set is None and (name := permission_set_of(role.name)) is not None:
            of_set[name].append(role)
    told: dict[str, list[PermissionSet]] = defaultdict(list)
    done = {_identity(role.permission_set) for role in state.roles if role.permission_set is not None}
    for one in state.permission_sets:
        if _identity(one) not in done:
            told[one.name].append(one)
    if not of_set and not told:
        return state
    texts = _Texts.of(state)
    left = {id(role): role for role in state.roles}
    made: list[Role] = []
    for name in sorted(of_set.keys() | told.keys()):
        roles = of_set.get(name, [])
        if (sets := told.get(name) or _derived(name, roles, state)) is None:
            note = f"the roles of permission set {name} differ from each other; permission-sets.json tells what it says"
            left |= {id(role): replace(role, notes=(*role.notes, note)) for role in roles}
            continue
        for one in sets:
            ours = [role for role in roles if one.accounts is None or role.account in one.accounts]
            made.append(_role_of(one, ours, texts))
            left = {key: role for key, role in left.items() if not any(role is mine for mine in ours)}
    return replace(state, roles=(*left.values(), *made))


def with_sets_told(state: StateInForce, before: StateInForce) -> StateInForce:
    """Return a state with its permission sets as they are told of, and the roles that they stand for in their place.

    Args:
        state: With a role for each permission set; of some of them infrastructure code tells now.
        before: What it was made of.
    """
    kept = [role for role in state.roles if role.permission_set is None]
    keys = {(role.account, role.name) for role in kept}
    roles = (*kept, *(role for role in before.roles if (role.account, role.name) not in keys))
    sets = {_identity(one): one for one in before.permission_sets}
    for role in state.roles:
        is_in_code = any(policy.source or policy.attachment for policy in role.policies)
        if role.permission_set is not None and is_in_code:
            sets[_identity(role.permission_set)] = _as_in_code(role.permission_set, role.policies)
    return replace(state, roles=roles, permission_sets=tuple(sets.values()))


def _as_in_code(one: PermissionSet, policies: Sequence[PolicyInForce]) -> PermissionSet:
    places = {_managed(policy): policy.attachment for policy in policies if policy.kind is not PolicyKind.INLINE}
    return replace(
        one,
        inline=next((policy for policy in policies if policy.kind is PolicyKind.INLINE), None),
        managed=tuple(replace(managed, attachment=places.get(managed)) for managed in one.managed),
    )


def _identity(one: PermissionSet) -> tuple[str, str | None]:
    return (one.name, one.arn)


def _derived(name: str, roles: Sequence[Role], state: StateInForce) -> list[PermissionSet] | None:
    """The permission set that roles are made from, by what they have in common; None where they do not agree."""
    first = roles[0]
    if any(_held(role) != _held(first) for role in roles):
        return None
    inline = [policy for policy in first.policies if policy.kind is PolicyKind.INLINE]
    managed = [_managed(policy) for policy in first.policies if policy.kind is not PolicyKind.INLINE]
    accounts = {role.account for role in roles if role.account is not None}
    own = replace(inline[0], account=None, role_name=role_name_of(name)) if inline else None
    return [
        PermissionSet(
            name=name,
            accounts=tuple(sorted(accounts)) if _is_whole(state) else None,
            inline=own,
            managed=tuple(managed),
        )
    ]


def _is_whole(state: StateInForce) -> bool:
    """Whether the snapshots are of all accounts of their organization."""
    known = [one.organization for one in state.accounts.values() if one.organization is not None]
    members = {account for one in known for account in one.accounts or ()}
    with_roles = {name for name, one in state.accounts.items() if one.has_roles}
    return bool(known) and all(one.accounts is not None for one in known) and members <= with_roles


def _held(role: Role) -> tuple[object, ...]:
    """What a role's permission set says, as far as the role tells."""
    inline = tuple(policy.policy for policy in role.policies if policy.kind is PolicyKind.INLINE)
    managed = {_managed(policy) for policy in role.policies if policy.kind is not PolicyKind.INLINE}
    return (tuple(one.statements for one in inline), frozenset(managed))


def _managed(policy: PolicyInForce) -> ManagedPolicyOfSet:
    path = (policy.arn or "").partition(":policy")[2].rpartition("/")[0]
    arn = policy.arn if policy.kind is PolicyKind.AWS_MANAGED else None
    return ManagedPolicyOfSet(name=policy.name, path=f"{path}/", arn=arn)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Texts:
    """The managed policies that snapshots have, by what a permission set calls them."""

    by_arn: Mapping[str, PolicyInForce]
    """AWS's own."""
    by_name: Mapping[tuple[str | None, str, str], PolicyInForce]
    """Customer-managed ones, by account, path and name."""

    @classmethod
    def of(cls, state: StateInForce) -> "_Texts":
        snapshots = (policy for _, one in sorted(state.accounts.items()) for policy in one.managed_policies)
        of_roles = (policy for role in state.roles for policy in role.policies)
        by_arn: dict[str, PolicyInForce] = {}
        by_name: dict[tuple[str | None, str, str], PolicyInForce] = {}
        for policy in (*snapshots, *of_roles):
            if policy.kind is PolicyKind.AWS_MANAGED and policy.arn is not None:
                by_arn.setdefault(policy.arn, policy)
            elif policy.kind is PolicyKind.CUSTOMER_MANAGED:
                by_name.setdefault((policy.account, _managed(policy).path, policy.name), policy)
        return cls(by_arn=by_arn, by_name=by_name)

    def of_accounts(self, one: ManagedPolicyOfSet, accounts: Iterable[str]) -> dict[str, PolicyInForce | None]:
        """The policy in each account; AWS's own once, under its ARN. None where no snapshot has it."""
        if one.arn is not None:
            found = self.by_arn.get(one.arn)
            return {one.arn: replace(found, account=None, attached_to=()) if found is not None else None}
        return {account: self.by_name.get((account, one.path, one.name)) for account in accounts}


def _role_of(one: PermissionSet, roles: Sequence[Role], texts: _Texts) -> Role:
    """What stands for a permission set: it holds all that its roles hold, in any account."""
    accounts = accounts_of(one, roles)
    policies = [one.inline] if one.inline is not None else []
    missing: list[str] = []
    for managed in one.managed:
        for where, found in texts.of_accounts(managed, accounts).items():
            if found is not None:
                policies.append(replace(found, attachment=managed.attachment))
            elif managed.arn is not None:
                missing.append(f"it also holds {where}: its text is not known, so what it grants is left alone")
            else:
                missing.append(f"account {where}: the text of {managed.path}{managed.name} is not known")
    trusts = [role.trust for role in roles if role.trust is not None]
    return Role(
        name=role_name_of(one.name),
        account=one.account,
        arn=one.arn,
        path=SSO_PATH,
        created=one.created,
        policies=tuple(policies),
        boundary=_boundary(one.boundary, accounts, texts) if one.boundary is not None else None,
        trust=trusts[0] if trusts else None,
        generated_name=one.generated_name,
        notes=(*one.notes, *missing, *_differences(one, roles)),
        permission_set=one,
        provisioned=tuple(roles),
    )


def accounts_of(one: PermissionSet, roles: Iterable[Role]) -> tuple[str, ...]:
    """Return the accounts that a permission set is provisioned in; those of its known roles where nothing tells."""
    if one.accounts is not None:
        return one.accounts
    return tuple(sorted({role.account for role in roles if role.account is not None}))


def _boundary(one: ManagedPolicyOfSet, accounts: Sequence[str], texts: _Texts) -> Boundary:
    """The permissions boundary, its text where it is the same in all accounts."""
    found = list(texts.of_accounts(one, accounts).values())
    policies = [policy.policy if policy is not None else None for policy in found]
    is_same = bool(policies) and all(policy == policies[0] for policy in policies)
    arn = one.arn or f"arn:aws:iam::*:policy{one.path}{one.name}"
    return Boundary(arn=arn, policy=policies[0] if is_same else None)


def _differences(one: PermissionSet, roles: Sequence[Role]) -> Iterator[str]:
    """Yield what is not as the permission set says, account by account."""
    twice: Mapping[str | None, int] = Counter(role.account for role in roles)
    for account, number in sorted(twice.items(), key=lambda item: item[0] or ""):
        if number > 1:
            yield f"account {account} has {number} roles of this permission set; the use of all of them counts"
    said = frozenset(replace(managed, attachment=None) for managed in one.managed)
    statements = (one.inline.policy.statements,) if one.inline is not None else ()
    for role in roles:
        if _held(role) != (statements, said):
            yield f"account {role.account}: role {role.name} is not provisioned as the permission set says now"
