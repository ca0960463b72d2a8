"""Users and groups: what they hold and what of it they used. They are told of, never rewritten."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from trailmin.catalog import Catalog
from trailmin.current import Holder, HolderKind, PolicyInForce, StateInForce
from trailmin.synth.grants import allow_statements, grants_of
from trailmin.trail import PrincipalKind
from trailmin.usage import Outcome, PrincipalUsage


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderReport:
    """One user or group."""

    kind: HolderKind
    account: str
    name: str
    arn: str | None
    is_known: bool
    """Whether a snapshot has it; else the log alone tells of it, and what it holds is not known."""
    policies: tuple[str, ...]
    """Names of what it holds; of a user those of its groups too, as `GROUP/POLICY`."""
    members: tuple[str, ...]
    """Of a group: the names of its users."""
    granted: int
    """Distinct actions that these policies allow."""
    used: tuple[str, ...]
    """Actions among them that were seen allowed; of a group by any of its members. All that were seen where it is not
    known what it holds."""
    calls: int
    denied: int
    last_seen: datetime | None
    notes: tuple[str, ...]
    """What is not known, each a sentence."""


def report_holders(state: StateInForce, usage: Iterable[PrincipalUsage], catalog: Catalog) -> tuple[HolderReport, ...]:
    """Return the users and groups of the snapshots and the users of the log, by account, kind and name."""
    seen = {(p.account or "", p.name or p.arn or ""): p for p in usage if p.kind is PrincipalKind.USER}
    found = [
        one
        for account, snapshot in state.accounts.items()
        for one in _of_account(snapshot.holders or (), _in_account(seen, account), catalog)
    ]
    known = {(one.account, one.name) for one in found if one.kind is HolderKind.USER}
    found += [_unknown(principal) for key, principal in seen.items() if key not in known]
    return tuple(sorted(found, key=lambda one: (one.account, one.kind, one.name)))


def _in_account(seen: Mapping[tuple[str, str], PrincipalUsage], account: str) -> dict[str, PrincipalUsage]:
    return {name: principal for (of, name), principal in seen.items() if of == account}


def _of_account(
    holders: Sequence[Holder], seen: Mapping[str, PrincipalUsage], catalog: Catalog
) -> Iterator[HolderReport]:
    groups = {one.name: one for one in holders if one.kind is HolderKind.GROUP}
    users = [one for one in holders if one.kind is HolderKind.USER]
    for user in users:
        own = [(policy.name, policy) for policy in user.policies]
        shared = [
            (f"{name}/{policy.name}", policy)
            for name in user.groups
            if name in groups
            for policy in groups[name].policies
        ]
        lacking = [name for name in user.groups if name not in groups]
        yield _report(user, (*own, *shared), [user.name], seen, catalog, lacking)
    for group in groups.values():
        members = [user.name for user in users if group.name in user.groups]
        yield _report(group, [(policy.name, policy) for policy in group.policies], members, seen, catalog, ())


def _report(
    holder: Holder,
    policies: Sequence[tuple[str, PolicyInForce]],
    people: Sequence[str],
    seen: Mapping[str, PrincipalUsage],
    catalog: Catalog,
    lacking: Sequence[str],
) -> HolderReport:
    granted = {
        grant.action
        for ref in allow_statements([policy for _, policy in policies])
        for grant in grants_of(ref, catalog)
    }
    active = [seen[name] for name in people if name in seen]
    used = {action for principal in active for action in _allowed(principal)}
    notes = [f"the text of {arn} is not in the snapshot" for arn in holder.unknown_policies]
    notes += [f"the group {name} is not in the snapshot" for name in lacking]
    return HolderReport(
        kind=holder.kind,
        account=holder.account,
        name=holder.name,
        arn=holder.arn,
        is_known=True,
        policies=tuple(name for name, _ in policies),
        members=tuple(people) if holder.kind is HolderKind.GROUP else (),
        granted=len(granted),
        used=tuple(sorted(used & granted)),
        calls=sum(principal.events for principal in active),
        denied=sum(principal.denied for principal in active),
        last_seen=max((p.last_seen for p in active if p.last_seen is not None), default=None),
        notes=tuple(notes),
    )


def _unknown(principal: PrincipalUsage) -> HolderReport:
    return HolderReport(
        kind=HolderKind.USER,
        account=principal.account or "",
        name=principal.name or principal.arn or "",
        arn=principal.arn,
        is_known=False,
        policies=(),
        members=(),
        granted=0,
        used=tuple(sorted(_allowed(principal))),
        calls=principal.events,
        denied=principal.denied,
        last_seen=principal.last_seen,
        notes=("no snapshot has it: what it holds is not known",),
    )


def _allowed(principal: PrincipalUsage) -> set[str]:
    return {use.action for use in principal.uses if use.outcome is Outcome.ALLOWED}
