"""What is in force now, against what earlier runs proposed and what of that was merged.

A role's *approved* policies are those of the last proposal that was found in force; before the first, those that the
role had when its account was looked at first. A run that finds in use what is wider approves it: what is used is not
drift for ever. Whether something is wider is proved over all requests, not told from texts.
"""

from collections.abc import Iterator, Mapping, Sequence

from trailmin.current import Role, StateInForce
from trailmin.current.permission_sets import with_permission_sets
from trailmin.policy import NotProven, Policy, Proven, Refuted, Request, included, included_by_containment
from trailmin.synth.drift_model import Drift, DriftKind, Remembered, Texts, digest_of, policy_texts

RoleKey = tuple[str, str]
"""Account, empty where it is not known, and name."""


def texts_in_force(role: Role) -> Texts:
    """Return a role's identity policies as a run keeps them."""
    return policy_texts((policy.name, policy.policy) for policy in role.policies)


def find_drift(state: StateInForce, remembered: Sequence[Remembered]) -> tuple[Drift, ...]:
    """Return how the roles in force depart from what the last run leaves, by account and name.

    Roles that AWS owns are left out: nobody else changes them.
    """
    known = {(one.account, one.name): one for one in remembered}
    found: dict[RoleKey, Drift] = {}
    held: set[RoleKey] = set()
    for role in with_permission_sets(state).roles:
        key = _key_of(role, known)
        held |= {key, *((made.account or "", made.name) for made in role.provisioned)}
        if not role.is_service_linked and (drift := _drift_of_role(role, key, known)) is not None:
            found[key] = drift
    for drift in gone_roles(state, known, held):
        found[drift.account, drift.role] = drift
    return tuple(found[key] for key in sorted(found))


def gone_roles(state: StateInForce, known: Mapping[RoleKey, Remembered], held: set[RoleKey]) -> Iterator[Drift]:
    """Yield the roles that the last run knew with policies and that a snapshot of their account lacks."""
    for (account, name), last in known.items():
        snapshot = state.accounts.get(account)
        if (account, name) in held or not last.in_force or snapshot is None or not snapshot.has_roles:
            continue
        reason = f"it was in force on {last.on}, and the account's snapshot has it no more"
        yield Drift(kind=DriftKind.ROLE_GONE, account=account, role=name, role_arn=last.arn, reason=reason)


def departure(in_force: Texts, last: Remembered) -> tuple[DriftKind, str, Request | None] | None:
    """Return how what is in force departs from what was approved: kind, reason and witness; None where it does not."""
    if last.approved is None:
        return DriftKind.NEW_ROLE, "it is new, and no proposal for it was merged yet", None
    if not in_force or digest_of(in_force) == digest_of(last.approved):
        return None
    wider = _wider(in_force, last.approved)
    if wider is None:
        return None
    reason, witness = wider
    if last.before is not None and digest_of(in_force) == digest_of(last.before):
        return DriftKind.REVERTED, f"it is again what it was before {last.baseline}; {reason}", witness
    return DriftKind.WIDENED, f"it is wider than {last.baseline}: {reason}", witness


def is_merged(in_force: Texts, last: Remembered) -> bool:
    """Whether a proposal of an earlier run has come into force since the last one."""
    if digest_of(in_force) == digest_of(last.in_force):
        return False
    if digest_of(in_force) in last.pending:
        return True
    return bool(in_force) and last.proposed is not None and _wider(in_force, last.proposed) is None


def is_within(new: Texts, old: Texts) -> bool:
    """Whether policies are proved to allow nothing that others do not."""
    return _wider(new, old) is None


def _key_of(role: Role, known: Mapping[RoleKey, Remembered]) -> RoleKey:
    """A document without an account is the only role of its name."""
    if role.account is None:
        named = [key for key in known if key[1] == role.name]
        return named[0] if len(named) == 1 else ("", role.name)
    return (role.account, role.name)


def _drift_of_role(role: Role, key: RoleKey, known: Mapping[RoleKey, Remembered]) -> Drift | None:
    account, name = key
    last = known.get(key)
    if last is None:
        if not any(of == account for of, _ in known):
            return None  # Of an account that no run has looked at, nothing can be said.
        reason = "no run has seen it"
        return Drift(kind=DriftKind.NEW_ROLE, account=account, role=name, role_arn=role.arn, reason=reason)
    in_force = texts_in_force(role)
    if is_merged(in_force, last):
        return None
    found = departure(in_force, last) or _not_merged(in_force, last)
    if found is None:
        return None
    kind, reason, witness = found
    return Drift(kind=kind, account=account, role=name, role_arn=role.arn, reason=reason, witness=witness)


def _not_merged(in_force: Texts, last: Remembered) -> tuple[DriftKind, str, None] | None:
    if last.proposed is None:
        return None
    # What the proposal was made for differs from it: that needs no proof.
    if digest_of(in_force) != digest_of(last.in_force) and _wider(in_force, last.proposed) is None:
        return None
    return DriftKind.NOT_MERGED, f"the proposal of the run up to {last.on} is not in force", None


def _wider(new: Texts, old: Texts) -> tuple[str, Request | None] | None:
    """What the new policies allow that the old ones do not, with a witness where there is one; None for nothing."""
    ours, theirs = _parsed(new), _parsed(old)
    if isinstance(included_by_containment(ours, theirs), Proven):
        return None
    match included(ours, theirs):
        case Proven():
            return None
        case Refuted(witness=witness, allowed_by=statement):
            return f"{statement} allows {witness.action} on {witness.resource}", witness
        case NotProven(reason=reason):
            return f"it cannot be shown that it is not ({reason})", None


def _parsed(texts: Texts) -> list[Policy]:
    return [one.policy for one in texts]
