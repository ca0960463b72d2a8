"""Replay: every authorised call of the window that the old policies granted must still be allowed (DESIGN 8)."""

from collections.abc import Sequence
from functools import cache

from trailmin.catalog import Catalog
from trailmin.policy import Kept, Lost, NotGranted, Policy, policy_of, still_allowed
from trailmin.synth.context import request_of
from trailmin.synth.grants import names_action
from trailmin.synth.model import LostCall, ReplayResult
from trailmin.usage import Outcome, Use


def replay(uses: Sequence[Use], old: Sequence[Policy], new: Sequence[Policy], catalog: Catalog) -> ReplayResult:
    """Replay one role's uses against its policies before and after.

    A condition key that an event does not determine is unknown, and the answer must hold for every value of it. A
    resource that could not be told must stay allowed wherever it was allowed.
    """
    calls = kept = not_granted = 0
    granted: set[tuple[str, str]] = set()
    lost: list[LostCall] = []
    on_action = cache(lambda action: (_about(old, action), _about(new, action)))
    for use in uses:
        if use.outcome is Outcome.DENIED:
            continue
        calls += use.count
        request = request_of(use, catalog)
        answer = still_allowed(*on_action(use.action), request)
        if isinstance(answer, Lost):
            # Once more with all statements, which are named by their places.
            answer = still_allowed(old, new, request)
        if not isinstance(answer, NotGranted):
            granted.add((use.action, use.resource))
        match answer:
            case Kept():
                kept += use.count
            case NotGranted():
                not_granted += use.count
            case Lost(reason=reason):
                lost.append(_lost(use, reason))
    return ReplayResult(calls=calls, kept=kept, not_granted=not_granted, authorizations=len(granted), lost=tuple(lost))


def together(replays: Sequence[ReplayResult]) -> ReplayResult:
    """Return several replays as one: those of a permission set, one in each account."""
    return ReplayResult(
        calls=sum(one.calls for one in replays),
        kept=sum(one.kept for one in replays),
        not_granted=sum(one.not_granted for one in replays),
        authorizations=sum(one.authorizations for one in replays),
        lost=tuple(lost for one in replays for lost in one.lost),
    )


def _about(policies: Sequence[Policy], action: str) -> list[Policy]:
    """The policies with those statements only that are about an action: most are about others."""
    about = ([s for s in policy.statements if names_action(s, action)] for policy in policies)
    return [policy_of(some, version=policy.version) for some, policy in zip(about, policies, strict=True)]


def _lost(use: Use, reason: str) -> LostCall:
    return LostCall(action=use.action, resource=use.resource, calls=use.count, event_ids=use.event_ids, reason=reason)
