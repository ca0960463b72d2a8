"""The two promises for policies with principals: no broader, proved; nothing broken, replayed.

To the proof a role or user of another account is that account: another account's principals need an Allow of their own
account besides, whether the policy names them or their account, so naming one of them grants nothing that naming the
account does not. Of the resource's own account that does not hold (a policy that names a role grants it access by
itself), and nothing of the kind is assumed.
Source: IAM User Guide, "Cross-account policy evaluation logic"; "AWS JSON policy elements: Principal".
"""

from collections.abc import Sequence
from dataclasses import replace

from trailmin.policy import (
    Lost,
    NotGranted,
    Policy,
    Principals,
    Proven,
    Refuted,
    Statement,
    StillAllowed,
    included,
    included_by_containment,
    policy_of,
    still_allowed,
)
from trailmin.policy.evaluation import Caller, standing
from trailmin.policy.request import Request
from trailmin.synth.access.calls import Call
from trailmin.synth.access.view import account_of, is_whole_account
from trailmin.synth.model import LostCall, ProofResult, ReplayResult
from trailmin.usage import Outcome

CONTAINMENT = "every statement is contained in a statement in force, principals included; every Deny is unchanged"
CASES = "shown for all requests, by cases over principals, actions, resources and condition keys"


def prove_access(new: Policy, old: Policy, account: str) -> ProofResult:
    """Return whether a policy on a resource of `account` lets nobody do what the old one does not, proved.

    First each new Allow is looked for in one old Allow that names all its principals, which is what tightening aims
    at; then all requests are gone through by cases.
    """
    if _is_contained(new, old, account):
        return ProofResult(proven=True, method=CONTAINMENT)
    match included([_widened(new, old, account)], [old]):
        case Proven():
            return ProofResult(proven=True, method=CASES)
        case Refuted(witness=witness, allowed_by=statement, principal=principal):
            reason = f"{statement} allows {principal or 'somebody'} {witness.action}, which is not allowed now"
            return ProofResult(proven=False, method=CASES, reason=reason)
        case found:
            return ProofResult(proven=False, method=CASES, reason=found.reason)


def _is_contained(new: Policy, old: Policy, account: str) -> bool:
    denies = {_meaning(one) for one in new.statements if not one.is_allow}
    if any(_meaning(one) not in denies for one in old.statements if not one.is_allow):
        return False
    allows = [one for one in old.statements if one.is_allow]
    return all(
        any(_is_within(one, other, new.version, old.version, account) for other in allows)
        for one in new.statements
        if one.is_allow
    )


def _is_within(one: Statement, other: Statement, version: str | None, old_version: str | None, account: str) -> bool:
    """Whether one Allow is within another, who is named there beside what."""
    if one.not_principals or not one.principals:
        return False
    named = [(group.kind, value) for group in other.principals for value in group.values]
    if not all(_is_named(group.kind, value, named, account) for group in one.principals for value in group.values):
        return False
    as_wide = policy_of([replace(one, principals=other.principals)], version=version)
    return isinstance(included_by_containment([as_wide], [policy_of([other], version=old_version)]), Proven)


def _is_named(kind: str, value: str, named: Sequence[tuple[str, str]], account: str) -> bool:
    """Whether whoever is named by a principal is named by others already, and by no weaker standing."""
    if (kind, value) in named:
        return True
    if kind not in {"AWS", "*"}:
        return False
    if any(other in {("*", "*"), ("AWS", "*")} for other in named):
        return True
    owner = account_of(value)
    is_foreign = owner is not None and (owner != account or is_whole_account(value))
    return is_foreign and any(
        other_kind == "AWS" and is_whole_account(other) and account_of(other) == owner for other_kind, other in named
    )


def _meaning(deny: Statement) -> Statement:
    return replace(deny, index=0, sid=None)


def replay_access(calls: Sequence[Call], old: Policy, new: Policy | None) -> ReplayResult:
    """Replay the calls that were not refused: whoever may have made them is still let in where he was.

    Args:
        calls: On the resource.
        old: The policy in force.
        new: In its place; None where it goes.
    """
    total = kept = not_granted = 0
    granted: set[tuple[str, str, str]] = set()
    lost: list[LostCall] = []
    after = new if new is not None else policy_of((), version=old.version)
    for call in calls:
        if call.outcome is Outcome.DENIED:
            continue
        count = call.evidence.calls
        total += count
        answers = [
            still_let_in(old, after, caller, request)
            for caller in call.callers([old])
            for request in call.requests(caller)
        ]
        broken = next((answer for answer in answers if isinstance(answer, Lost)), None)
        if broken is not None:
            lost.append(_lost(call, broken.reason))
        elif all(isinstance(answer, NotGranted) for answer in answers):
            not_granted += count
            continue
        else:
            kept += count
        granted.add((call.who, call.action, call.resource))
    return ReplayResult(calls=total, kept=kept, not_granted=not_granted, authorizations=len(granted), lost=tuple(lost))


def still_let_in(old: Policy, new: Policy, caller: Caller, request: Request) -> StillAllowed:
    """Whether what the old policy let a caller do the new one does, for every value of what is not known."""
    return still_allowed([about(old, caller)], [about(new, caller)], request)


def about(policy: Policy, caller: Caller) -> Policy:
    """The policy with the statements only that are about a caller."""
    return policy_of((one for one in policy.statements if standing(one, caller) is not None), version=policy.version)


def _widened(new: Policy, old: Policy, account: str) -> Policy:
    """The new policy, other accounts' principals that the old one does not name taken for their accounts."""
    named = {value for one in old.statements for group in one.principals for value in group.values}
    return policy_of((_widened_statement(one, named, account) for one in new.statements), version=new.version)


def _widened_statement(statement: Statement, named: set[str], account: str) -> Statement:
    if not statement.is_allow:
        return statement
    groups = tuple(
        Principals(kind=group.kind, values=tuple(dict.fromkeys(_widen(v, named, account) for v in group.values)))
        if group.kind == "AWS"
        else group
        for group in statement.principals
    )
    return replace(statement, principals=groups)


def _widen(value: str, named: set[str], account: str) -> str:
    owner = account_of(value)
    if value in named or owner is None or owner == account or is_whole_account(value):
        return value
    is_account_named = any(is_whole_account(one) and account_of(one) == owner for one in named)
    return owner if is_account_named else value


def _lost(call: Call, reason: str) -> LostCall:
    return LostCall(
        action=call.action,
        resource=call.resource,
        calls=call.evidence.calls,
        event_ids=call.evidence.event_ids,
        reason=f"{call.who}: {reason}",
    )
