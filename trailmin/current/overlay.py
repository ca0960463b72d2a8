"""Infrastructure code laid over the state in force: the snapshot says who holds what, the code is what is edited.

Names that CloudFormation made up and values that only the deployment has are learned where code and snapshot agree in
all else.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from trailmin.current.bind import DeployedRole, bind_roles
from trailmin.current.iac.interface import Attachment, SourceContents
from trailmin.current.iac.registry import READERS
from trailmin.current.model import AccountSnapshot, PolicyInForce, PolicyKind, Role, StateInForce
from trailmin.current.permission_sets import with_permission_sets, with_sets_told
from trailmin.current.resource_overlay import deployments_of, lay_policies_over
from trailmin.current.resource_policy_files import SERVICES
from trailmin.current.source import Reference, SourceFile, SourcePlace
from trailmin.current.sources import read_sources
from trailmin.policy import Policy


def lay_over(state: StateInForce, files: Sequence[SourceFile]) -> StateInForce:
    """Return the state with the policies of infrastructure code in place of the snapshot's; without one, as the state.

    Raises:
        CurrentError: A file cannot be parsed.
    """
    if not files:
        return state
    contents = read_sources(files)
    if not state.accounts:
        return _state_of(contents, state)
    if any(role.permission_set is not None for role in contents.roles):
        return with_sets_told(_laid_over(with_permission_sets(state), contents, files), state)
    return _laid_over(state, contents, files)


def _laid_over(state: StateInForce, contents: SourceContents, files: Sequence[SourceFile]) -> StateInForce:
    contents = _learned(contents, files, state)
    bound = _bind(contents, state)
    overlay = _Overlay(state=state, notes=[*state.notes, *contents.notes])
    roles = overlay.roles(bound, _attachments(contents, bound))
    return _with_resource_policies(
        replace(state, roles=roles, accounts=_accounts(state, contents), notes=tuple(overlay.notes)), contents
    )


def _distinct(roles: Sequence[Role]) -> tuple[Role, ...]:
    """One role for each account and name: what several files say of one role together, what has no name yet apart."""
    distinct: dict[tuple[str | None, str], Role] = {}
    for role in roles:
        key = (role.account, role.name)
        held = distinct.get(key)
        if held is None:
            distinct[key] = role
        elif held.generated_name is None and role.generated_name is None:
            policies = (*held.policies, *role.policies)
            distinct[key] = replace(held, policies=policies, notes=(*held.notes, *role.notes))
        else:
            number = next(n for n in range(2, len(roles) + 2) if (role.account, f"{role.name} {n}") not in distinct)
            name = f"{role.name} {number}"
            distinct[role.account, name] = replace(role, name=name)
    return tuple(distinct.values())


def _state_of(contents: SourceContents, state: StateInForce) -> StateInForce:
    held: dict[str, list[str]] = defaultdict(list)
    for attachment in contents.attachments:
        held[attachment.role_name].append(attachment.policy_arn)
    roles = tuple(
        replace(role, notes=(*role.notes, *(f"it also holds {arn}: {_NO_TEXT}" for arn in held[role.name])))
        for role in contents.roles
    )
    unheld = [f"{policy.label} is held by no role of its file; it is left alone" for policy in contents.policies]
    told = replace(
        state,
        roles=_distinct((*state.roles, *roles)),
        accounts=_accounts(state, contents),
        notes=(*state.notes, *contents.notes, *unheld),
    )
    return _with_resource_policies(told, contents)


def _with_resource_policies(state: StateInForce, contents: SourceContents) -> StateInForce:
    """The state with what the code tells of policies on resources."""
    if not contents.resource_policies:
        return state
    laid = lay_policies_over(state.accounts, contents.resource_policies)
    accounts = dict(state.accounts)
    for account, policies in laid.policies.items():
        old = accounts.get(account, AccountSnapshot(account=account, has_roles=False))
        # Code tells of its own resources only.
        not_told = old.not_told if old.resource_policies is not None else SERVICES
        accounts[account] = replace(old, resource_policies=policies, not_told=not_told)
    return replace(state, accounts=accounts, notes=(*state.notes, *laid.notes))


_NO_TEXT = "its text is not known without a snapshot, so what it grants is left alone"


def _accounts(state: StateInForce, contents: SourceContents) -> dict[str, AccountSnapshot]:
    """The accounts, with the functions and mappings that the code tells of and the snapshot not."""
    accounts = dict(state.accounts)
    for account in sorted({function.arn.split(":")[4] for function in contents.functions}):
        old = accounts.get(account, AccountSnapshot(account=account, has_roles=False))
        functions = [f for f in contents.functions if f.arn.split(":")[4] == account]
        mappings = [m for m in contents.event_source_mappings if m.function_arn.split(":")[4] == account]
        known = {f.arn for f in old.functions or ()}
        accounts[account] = replace(
            old,
            functions=(*(old.functions or ()), *(f for f in functions if f.arn not in known)),
            event_source_mappings=tuple(dict.fromkeys((*(old.event_source_mappings or ()), *mappings))),
        )
    return accounts


def _deployed(state: StateInForce) -> list[DeployedRole]:
    return [DeployedRole(name=role.name, account=role.account, arn=role.arn) for role in state.roles]


def _bind(contents: SourceContents, state: StateInForce) -> tuple[tuple[Role, Role], ...]:
    """Each role of the code as it is called there, and as it is deployed."""
    return tuple(zip(contents.roles, bind_roles(contents.roles, _deployed(state)), strict=True))


def _attachments(contents: SourceContents, bound: Sequence[tuple[Role, Role]]) -> list[Attachment]:
    """The attachments, under the deployed roles' names."""
    names = {old.name: new.name for old, new in bound}
    return [replace(a, role_name=names.get(a.role_name, a.role_name)) for a in contents.attachments]


def _learned(contents: SourceContents, files: Sequence[SourceFile], state: StateInForce) -> SourceContents:
    """The code read again with what the snapshot tells of its expressions."""
    deployed: dict[str, dict[str, Policy]] = defaultdict(dict)
    names: dict[str, dict[str, str]] = defaultdict(dict)
    originals = {file.document.path.as_posix(): file for file in files}
    for path, where in deployments_of(state.accounts, contents.resource_policies).items():
        names[path] |= where
    by_key = {(role.account, role.name): role for role in state.roles}
    for old, new in _bind(contents, state):
        snapshot = _role_of(new, by_key, state)
        if snapshot is None:
            continue
        for policy in new.policies:
            if policy.source is None:
                continue
            path = policy.source.file.document.path.as_posix()
            if old.generated_name is not None:
                names[path][old.generated_name.logical_id] = new.name
            if snapshot.account is not None and snapshot.permission_set is None:
                names[path]["AWS::AccountId"] = snapshot.account
            counterpart = _counterpart(policy, snapshot)
            if counterpart is not None:
                deployed[path][policy.source.address] = counterpart.policy
    again = [
        _with_values(file, names[path], READERS[file.format].learn(file, deployed[path]))
        for path, file in originals.items()
    ]
    return read_sources(again) if again != list(files) else contents


def _with_values(file: SourceFile, names: dict[str, str], learned: Sequence[Reference]) -> SourceFile:
    values = {**names, **{r.expression: r.value for r in learned}, **{r.expression: r.value for r in file.values}}
    return replace(file, values=tuple(Reference(expression=e, value=v) for e, v in sorted(values.items())))


def _role_of(role: Role, by_key: dict[tuple[str | None, str], Role], state: StateInForce) -> Role | None:
    if role.account is not None:
        return by_key.get((role.account, role.name))
    named = [one for one in state.roles if one.name == role.name]
    return named[0] if len(named) == 1 else None


def _counterpart(policy: PolicyInForce, role: Role) -> PolicyInForce | None:
    """The policy of a deployed role that one of the code describes."""
    same = [p for p in role.policies if p.kind is policy.kind and _is_called(policy, p)]
    return same[0] if len(same) == 1 else None


def _is_called(policy: PolicyInForce, deployed: PolicyInForce) -> bool:
    """Whether the code's name may be the deployed policy's: in full, in part, or made up from its logical id."""
    if policy.arn is not None and deployed.arn is not None:
        return policy.arn == deployed.arn
    is_made_up = policy.kind is PolicyKind.CUSTOMER_MANAGED and f"-{policy.name}-" in deployed.name
    return is_made_up or fnmatchcase(deployed.name, policy.name.replace("[", "[[]"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Overlay:
    state: StateInForce
    notes: list[str]

    def roles(self, bound: Sequence[tuple[Role, Role]], attachments: Sequence[Attachment]) -> tuple[Role, ...]:
        """The snapshot's roles with the code's policies."""
        by_key = {(role.account, role.name): role for role in self.state.roles}
        sources: dict[tuple[str | None, str], list[Role]] = defaultdict(list)
        for _, role in bound:
            self.notes.extend(f"{role.name}: {note}" for note in role.notes)
            snapshot = _role_of(role, by_key, self.state)
            if snapshot is None:
                self.notes.append(f"{_file_of(role)}: no role in force is {role.name}")
            else:
                sources[snapshot.account, snapshot.name].append(role)
        return tuple(self._role(role, sources[role.account, role.name], attachments) for role in self.state.roles)

    def _role(self, role: Role, sources: Sequence[Role], attachments: Sequence[Attachment]) -> Role:
        for source in sources:
            if source.trust_source is not None:
                role = replace(role, trust_source=source.trust_source)
            for policy in source.policies:
                found = _counterpart(policy, role)
                if found is None:
                    self.notes.append(f"{_place_of(policy)} describes no policy in force of {role.name}")
                    continue
                if found.policy.statements != policy.policy.statements and not _is_unknown(policy):
                    self.notes.append(
                        f"{_place_of(policy)} differs from the policy in force; the file is what is tightened"
                    )
                role = _with(role, found, _edited_at(found, policy))
            for one in attachments:
                if one.role_name == source.name:
                    role = _attached(role, one)
        return role


def _with(role: Role, old: PolicyInForce, new: PolicyInForce) -> Role:
    return replace(role, policies=tuple(new if policy is old else policy for policy in role.policies))


def _edited_at(old: PolicyInForce, new: PolicyInForce) -> PolicyInForce:
    return replace(
        old,
        policy=new.policy,
        text=new.text,
        source=new.source,
        attachment=new.attachment,
        doubtful=new.doubtful,
    )


def _attached(role: Role, attachment: Attachment) -> Role:
    pattern = attachment.policy_arn.replace("[", "[[]")
    last = attachment.policy_arn.rpartition("/")[2]
    found = [p for p in role.policies if p.arn is not None and fnmatchcase(p.arn, pattern)]
    # SAM is given names without the path that some of AWS's policies have.
    found = found or [p for p in role.policies if p.arn is not None and p.arn.rpartition("/")[2] == last]
    if len(found) != 1 and role.permission_set is None:
        return role
    for policy in found:
        role = _with(role, policy, replace(policy, attachment=attachment.place))
    return role


def _is_unknown(policy: PolicyInForce) -> bool:
    return any("*" in text for statement in policy.policy.statements for text in statement.resources)


def _file_of(role: Role) -> str:
    return next((p.source.file.document.relative for p in role.policies if p.source is not None), "the source")


def _place_of(policy: PolicyInForce) -> str:
    place: SourcePlace | None = policy.source
    return f"{place.file.document.relative}: {place.address}" if place is not None else policy.label
