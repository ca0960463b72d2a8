"""Names for roles of infrastructure code: which deployed role each one is, where its code does not say."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from trailmin.current.model import PolicyInForce, PolicyKind, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedRole:
    """A role that the log or the snapshot has."""

    name: str
    account: str | None
    arn: str | None


def bind_roles(roles: Sequence[Role], deployed: Iterable[DeployedRole]) -> tuple[Role, ...]:
    """Return the roles, those of infrastructure code with the name, account and ARN of the deployed role they are.

    A role whose name is known is found by it; one whose name CloudFormation made up, by its logical id and stack. Of
    several candidates none is taken, and neither is one that several roles fit: a note says so.
    """
    found = sorted(set(deployed), key=lambda d: (d.account or "", d.name))
    fits = {index: _candidates(role, found) for index, role in enumerate(roles)}
    claims: dict[DeployedRole, list[int]] = defaultdict(list)
    for index, candidates in fits.items():
        for candidate in candidates if len(candidates) == 1 else ():
            claims[candidate].append(index)
    bound = [_bound(role, fits[index], claims, roles) for index, role in enumerate(roles)]
    holders = _holders(bound)
    return tuple(
        replace(role, policies=tuple(_with_holders(policy, holders) for policy in role.policies)) for role in bound
    )


def _candidates(role: Role, deployed: Sequence[DeployedRole]) -> list[DeployedRole]:
    if role.generated_name is None:
        return []
    return [
        one
        for one in deployed
        if role.generated_name.fits(one.name) and (None in {role.account, one.account} or role.account == one.account)
    ]


def _bound(
    role: Role, candidates: Sequence[DeployedRole], claims: Mapping[DeployedRole, Sequence[int]], roles: Sequence[Role]
) -> Role:
    if role.generated_name is None or not candidates:
        return role
    if len(candidates) > 1:
        names = ", ".join(f"{c.account or 'unknown account'}/{c.name}" for c in candidates)
        note = f"several deployed roles may be {role.name} of the source ({names}); none was taken"
        return replace(role, notes=(*role.notes, note))
    (one,) = candidates
    if len(claims[one]) > 1:
        others = ", ".join(sorted(_where(roles[index]) for index in claims[one]))
        return replace(role, notes=(*role.notes, f"{one.name} may be each of several roles: {others}; none was taken"))
    return replace(
        role,
        name=one.name,
        account=one.account,
        arn=one.arn,
        generated_name=None,
        policies=tuple(_of_role(policy, one) for policy in role.policies),
    )


def _of_role(policy: PolicyInForce, role: DeployedRole) -> PolicyInForce:
    name = role.name if policy.kind is PolicyKind.INLINE else policy.role_name
    return replace(policy, role_name=name, account=policy.account or role.account)


def _where(role: Role) -> str:
    files = sorted({p.source.file.document.relative for p in role.policies if p.source is not None})
    return f"{role.name} of {files[0]}" if files else role.name


_Place = tuple[str, str]


def _holders(roles: Iterable[Role]) -> dict[_Place, tuple[str, ...]]:
    """Place of a managed policy in a source to the roles that hold it; one without an ARN by what it is called."""
    holders: dict[_Place, list[str]] = defaultdict(list)
    for role in roles:
        for policy in role.policies:
            if policy.kind is PolicyKind.CUSTOMER_MANAGED and (place := _place(policy)) is not None:
                holders[place].append(role.arn or f"the role {role.name}, which is not in the log")
    return {place: tuple(sorted(names)) for place, names in holders.items()}


def _with_holders(policy: PolicyInForce, holders: Mapping[_Place, tuple[str, ...]]) -> PolicyInForce:
    place = _place(policy)
    if policy.kind is not PolicyKind.CUSTOMER_MANAGED or place is None or policy.attached_to:
        return policy
    return replace(policy, attached_to=holders[place])


def _place(policy: PolicyInForce) -> _Place | None:
    if policy.source is None:
        return None
    return (policy.source.file.document.path.as_posix(), policy.source.address)
