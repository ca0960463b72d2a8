"""Policies on resources in infrastructure code, laid over those in force: which statement stands where.

A statement in force keeps its text; where the code has one that describes it, that place is what is edited. What no
snapshot has is as the code says, where resource and principals are known.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from trailmin.current.model import AccountSnapshot
from trailmin.current.resource_policy import PlacedPolicy, ResourcePolicy, StatementSource
from trailmin.policy import VERSION_2012, Policy, Principals, Statement, policy_of, print_policy

_LEFT_OUT = "lambda"
"""A condition of a permission whose value is not known is not among those that are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaidOver:
    """The policies of each account, and what did not fit."""

    policies: Mapping[str, tuple[ResourcePolicy, ...]]
    """By ARN, of accounts of which the code has any."""
    notes: tuple[str, ...]


def lay_policies_over(accounts: Mapping[str, AccountSnapshot], placed: Sequence[PlacedPolicy]) -> LaidOver:
    """Return the policies on resources of each account with the places of their statements."""
    laid = _Laying(held={a: list(one.resource_policies or ()) for a, one in accounts.items()})
    for one in placed:
        laid.lay(one)
    laid.add_loose()
    return LaidOver(
        policies={
            account: tuple(sorted(policies, key=lambda policy: policy.resource))
            for account, policies in laid.held.items()
            if policies
        },
        notes=tuple(dict.fromkeys(laid.notes)),
    )


def deployments_of(
    accounts: Mapping[str, AccountSnapshot], placed: Iterable[PlacedPolicy]
) -> dict[str, dict[str, str]]:
    """Return path of a file to where it is deployed (`AWS::AccountId` and so on), as policies in force tell.

    Only of what one policy alone can be deployed as; where those of a file tell different things, nothing is told.
    """
    in_force = [policy for one in accounts.values() for policy in one.resource_policies or ()]
    told: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for one in placed:
        fits = [policy for policy in in_force if _is_on(one, policy)]
        if len(fits) == 1:
            _, partition, _, region, *_ = fits[0].resource.split(":")
            values = {"AWS::AccountId": fits[0].account, "AWS::Partition": partition, "AWS::Region": region}
            for name, value in values.items():
                told[one.source.file.document.path.as_posix()][name] |= {value} - {""}
    return {
        path: {name: min(values) for name, values in names.items() if len(values) == 1} for path, names in told.items()
    }


def sources_of(policy: Policy, placed: Iterable[PlacedPolicy]) -> tuple[StatementSource | None, ...]:
    """Return for each statement of a policy in force where infrastructure code has it."""
    sources: list[StatementSource | None] = [None] * len(policy.statements)
    for one in placed:
        for statement in one.policy.statements:
            free = (index for index, source in enumerate(sources) if source is None)
            found = next((i for i in free if _describes(statement, policy.statements[i], one.service)), None)
            if found is not None:
                sources[found] = StatementSource(placed=one, index=statement.index)
    return tuple(sources)


@dataclass(slots=True, kw_only=True)
class _Laying:
    held: dict[str, list[ResourcePolicy]]
    loose: list[PlacedPolicy] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def lay(self, placed: PlacedPolicy) -> None:
        """Find the policy in force that a place describes, statement by statement."""
        found = [(account, at) for account, policies in self.held.items() for at in range(len(policies))]
        fits = [(account, at) for account, at in found if _is_on(placed, self.held[account][at])]
        if len(fits) > 1:
            fits = [(account, at) for account, at in fits if all(self._sources(account, at, placed))]
        if not fits:
            self.loose.append(placed)
            return
        if len(fits) > 1:
            self.notes.append(f"{_where(placed)} may be the policy of each of {len(fits)} resources; it is left alone")
            return
        ((account, at),) = fits
        told = self._sources(account, at, placed)
        if not all(told):
            resource = self.held[account][at].resource
            self.notes.append(f"{_where(placed)} differs from the policy in force of {resource}; that is looked at")
        old = self.held[account][at]
        sources = list(old.sources or [None] * len(old.policy.statements))
        for index in told:
            if index is not None:
                (number, source) = index
                sources[number] = source
        self.held[account][at] = replace(old, sources=tuple(sources))

    def _sources(self, account: str, at: int, placed: PlacedPolicy) -> list[tuple[int, StatementSource] | None]:
        """For each statement of a place, the one in force that it describes."""
        policy = self.held[account][at]
        taken = {index for index, source in enumerate(policy.sources) if source is not None}
        told: list[tuple[int, StatementSource] | None] = []
        for statement in placed.policy.statements:
            number = next(
                (
                    one.index
                    for one in policy.policy.statements
                    if one.index not in taken and _describes(statement, one, placed.service)
                ),
                None,
            )
            if number is None:
                told.append(None)
            else:
                taken.add(number)
                told.append((number, StatementSource(placed=placed, index=statement.index)))
        return told

    def add_loose(self) -> None:
        """Add what the code alone has."""
        together: dict[tuple[str, str], list[PlacedPolicy]] = defaultdict(list)
        for placed in self.loose:
            resource = placed.resource.replace("arn:*:", "arn:aws:", 1)
            if placed.account is None or "*" in resource:
                self.notes.append(
                    f"{_where(placed)}: on which resource is not known without a snapshot; it is left out"
                )
            elif not placed.is_known:
                self.notes.append(f"{_where(placed)}: whom it names, no snapshot tells; it is left out")
            else:
                together[placed.account, resource].append(placed)
        for (account, resource), parts in together.items():
            self.held.setdefault(account, []).append(_joined(resource, account, parts))


def _joined(resource: str, account: str, parts: Sequence[PlacedPolicy]) -> ResourcePolicy:
    statements = [statement for placed in parts for statement in placed.policy.statements]
    version = parts[0].policy.version if len(parts) == 1 else VERSION_2012
    policy = policy_of((replace(statement, index=index) for index, statement in enumerate(statements)), version=version)
    return ResourcePolicy(
        service=parts[0].service,
        resource=resource,
        account=account,
        policy=policy,
        text=print_policy(policy),
        sources=tuple(
            StatementSource(placed=placed, index=statement.index)
            for placed in parts
            for statement in placed.policy.statements
        ),
    )


def _is_on(placed: PlacedPolicy, policy: ResourcePolicy) -> bool:
    return (
        placed.service == policy.service
        and placed.account in {None, policy.account}
        and _fits(policy.resource, placed.resource)
    )


def _describes(code: Statement, deployed: Statement, service: str) -> bool:
    """Whether a statement of the code may be one in force; what is unknown in it is a pattern."""
    keys, held = ({(c.operator, c.key.lower()) for c in one.conditions} for one in (code, deployed))
    return (
        code.effect is deployed.effect
        and _lower(code.actions) == _lower(deployed.actions)
        and _lower(code.not_actions) == _lower(deployed.not_actions)
        and _same(_named(deployed.principals), _named(code.principals))
        and _same(_named(deployed.not_principals), _named(code.not_principals))
        and _same(deployed.resources, code.resources)
        and _same(deployed.not_resources, code.not_resources)
        and (keys <= held if service == _LEFT_OUT else keys == held)
        and all(_is_met(code, one.operator, one.key, one.values) for one in deployed.conditions)
    )


def _is_met(code: Statement, operator: str, key: str, values: Sequence[str]) -> bool:
    found = [c for c in code.conditions if (c.operator, c.key.lower()) == (operator, key.lower())]
    return all(set(c.values) == set(values) or any("${" in v or "*" in v for v in c.values) for c in found)


def _same(deployed: Sequence[str], code: Sequence[str]) -> bool:
    """Whether every text is described by one of the code, and none of those describes nothing."""
    return all(any(_fits(one, pattern) for pattern in code) for one in deployed) and all(
        any(_fits(one, pattern) for one in deployed) for pattern in code
    )


def _fits(text: str, pattern: str) -> bool:
    return fnmatchcase(text, pattern.replace("[", "[[]"))


def _lower(actions: Iterable[str]) -> set[str]:
    return {action.lower() for action in actions}


def _named(principals: Iterable[Principals]) -> tuple[str, ...]:
    """Principals as texts; an account's id is what AWS writes as its root."""
    return tuple(
        f"AWS:arn:*:iam::{value}:root"
        if group.kind == "AWS" and len(value) == 12 and value.isdigit()
        else f"{group.kind}:{value}"
        for group in principals
        for value in group.values
    )


def _where(placed: PlacedPolicy) -> str:
    return f"{placed.source.file.document.relative}: {placed.source.address}"
