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
    policy_of,
    still_allowed,
)
from trailmin.policy.evaluation import Caller, standing
from trailmin.policy.request import Request
from trailmin.synth.access.calls import Call
from trailmin.synth.access.view import account_of, is_whole_account
from trailmin.synth.model import LostCall, ProofResult, ReplayResult
from trailmin.usage import Outcome

METHOD = "shown for all requests, by cases over principals, actions, resources and condition keys"


def prove_access(new: Policy, old: Policy, account: str) -> ProofResult:
    """Return whether a policy on a resource of `account` lets nobody do what the old one does not, proved."""
    match included([_widened(new, old, account)], [old]):
        case Proven():
            return ProofResult(proven=True, method=METHOD)
        case Refuted(witness=witness, allowed_by=statement, principal=principal):
            reason = f"{statement} allows {principal or 'somebody'} {witness.action}, which is not allowed now"
            return ProofResult(proven=False, method=METHOD, reason=reason)
        case found:
            return ProofResult(proven=False, method=METHOD, reason=found.reason)


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
