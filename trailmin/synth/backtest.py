"""Back-test: policies made from the first part of the window, tried on the calls of the rest (DESIGN 8)."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from trailmin.catalog import Catalog
from trailmin.current import PolicyInForce, PolicyKind, Role, StateInForce
from trailmin.policy import Policy
from trailmin.synth.confidence import Backtest, Confidence
from trailmin.synth.match_roles import Match, match_roles
from trailmin.synth.model import Options, Proposal, ReplayResult, Status, Window
from trailmin.synth.patterns import parent
from trailmin.synth.permission_sets import thin_evidence_of
from trailmin.synth.propose import Evidence, tighten_roles
from trailmin.synth.replay import replay, together
from trailmin.synth.tighten import Tightened
from trailmin.usage import Outcome, PrincipalUsage

SPLITS = 3
"""How often the window is split: the cost of a run grows with it."""

_PARTS = 5
"""Each split holds out this part of the window."""

_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """One split: what was known before some days, and what happened on them."""

    known: Evidence
    held_out: Sequence[PrincipalUsage]
    window: Window
    """The days held out."""


def split_window(window: Window) -> tuple[Window, ...]:
    """Return the days to hold out, oldest first: the last three fifths of the window, one fifth each.

    A window of fewer than five days is not split.
    """
    length = window.days // _PARTS
    ends = (window.until - timedelta(days=length * back) for back in reversed(range(SPLITS)))
    return tuple(Window(since=end - timedelta(days=length - 1), until=end) for end in ends) if length else ()


RoleKey = tuple[str, str]
"""A role's account and name."""

Attempt = tuple[RoleKey, Backtest]
"""One split tried on one role."""


def tried(proposals: Iterable[Proposal]) -> tuple[Proposal, ...]:
    """Return the proposals that are worth a try: those that change policies in force."""
    return tuple(proposal for proposal in proposals if _is_tried(proposal))


def attempt(
    proposals: Sequence[Proposal],
    wanted: Container[RoleKey],
    state: StateInForce,
    fold: Fold,
    catalog: Catalog,
    options: Options,
) -> Iterator[Attempt]:
    """Yield what one split tells of the proposals for which what was known before would have been enough.

    Args:
        proposals: Of the whole window, those of `tried`; their verdicts are not looked at.
        wanted: The roles of which it is to be told; others share policies with them.
        state: The state in force.
        fold: What was known, and what happened then.
        catalog: What IAM knows.
        options: Those of the proposals.
    """
    changed = {key: proposal for proposal in proposals if (key := role_key(proposal)) in wanted}
    yield from _try(replace(state, roles=tuple(_concerned(state.roles, proposals))), changed, fold, catalog, options)


def with_confidence(
    proposals: Sequence[Proposal], state: StateInForce, usage: Sequence[PrincipalUsage], attempts: Iterable[Attempt]
) -> tuple[Proposal, ...]:
    """Return the proposals, those that change policies in force with their confidence.

    Args:
        proposals: Of the whole window.
        state: The state in force.
        usage: Of the whole window.
        attempts: Of all splits, oldest first.
    """
    changed = tried(proposals)
    backtests: dict[RoleKey, list[Backtest]] = {role_key(proposal): [] for proposal in changed}
    for key, backtest in attempts:
        backtests[key].append(backtest)
    concerned = replace(state, roles=tuple(_concerned(state.roles, changed)))
    seen = {match.key: match.usage for match in match_roles(concerned, usage)}
    return tuple(
        replace(p, confidence=_confidence(p.window, seen.get(role_key(p)), backtests[role_key(p)]))
        if _is_tried(p)
        else p
        for p in proposals
    )


def role_key(proposal: Proposal) -> RoleKey:
    """Return whose proposal it is."""
    return (proposal.account or "", proposal.role.name)


def _is_tried(proposal: Proposal) -> bool:
    changes_in_force = any(change.policy is not None for change in proposal.changes)
    return changes_in_force and proposal.status in {Status.TIGHTENED, Status.OBSERVED}


def _concerned(roles: Iterable[Role], changed: Iterable[Proposal]) -> Iterator[Role]:
    """The roles that change, and those that hold a shared policy with one of them: its use is the union of theirs."""
    arns = {arn for p in changed for c in p.changes if c.policy is not None for arn in c.policy.attached_to}
    # A proposal's role is the one of the state, bound to its deployed name where the state has another.
    own = {(p.role.account, p.role.name): p.role for p in changed}
    yield from own.values()
    yield from (role for role in roles if role.arn in arns and (role.account, role.name) not in own)


def _try(
    state: StateInForce, changed: dict[RoleKey, Proposal], fold: Fold, catalog: Catalog, options: Options
) -> Iterator[Attempt]:
    known = {match.key: match for match in match_roles(state, fold.known.usage)}
    wanted = {key for key in changed if _is_enough(known[key], fold, options)}
    if not wanted:
        return
    concerned = _concerned(state.roles, [changed[key] for key in sorted(wanted)])
    state = replace(state, roles=tuple(concerned))
    tightened = tighten_roles(state, fold.known, catalog, options)
    for match in match_roles(state, fold.held_out):
        if match.key in wanted:
            yield match.key, _backtest(fold, match, _after(changed[match.key], tightened[match.key]), catalog)


def _is_enough(match: Match, fold: Fold, options: Options) -> bool:
    """Whether a proposal would have been made from what was known, but for the length of the window."""
    if match.usage is None or not match.usage.active_dates:
        return False
    if options.ignore_guards:
        return True
    coverage = fold.known.coverage
    window = Window(since=coverage.since, until=coverage.until)
    return thin_evidence_of(match, window, coverage, replace(options, minimum_days=0)) is None


def _after(proposal: Proposal, tightened: Sequence[Tightened]) -> dict[tuple[PolicyKind, str], Policy | None]:
    """What the policies would have become, None where nothing is left; what the proposal leaves alone stays."""
    changed = {_identity(c.policy) for c in proposal.changes if c.policy is not None}
    return {_identity(t.before): t.policy if _identity(t.before) in changed else t.before.policy for t in tightened}


def _identity(policy: PolicyInForce) -> tuple[PolicyKind, str]:
    return (policy.kind, policy.arn or policy.name)


def _backtest(
    fold: Fold, match: Match, after: Mapping[tuple[PolicyKind, str], Policy | None], catalog: Catalog
) -> Backtest:
    replays: list[ReplayResult] = []
    for part in match.parts:
        uses = part.usage.uses if part.usage is not None else ()
        certain = [u for u in uses if u.outcome is Outcome.ALLOWED and u.required]
        new = (after[_identity(policy)] for policy in part.policies)
        old = [policy.policy for policy in part.policies]
        replays.append(replay(certain, old, [policy for policy in new if policy is not None], catalog))
    found = together(replays)
    lost = {(call.action, call.resource) for call in found.lost}
    return Backtest(
        trained_since=fold.known.coverage.since,
        since=fold.window.since,
        until=fold.window.until,
        calls=found.calls - found.not_granted,
        denied_calls=sum(call.calls for call in found.lost),
        authorizations=found.authorizations,
        denied_authorizations=len(lost),
        denied_actions=tuple(sorted({action for action, _ in lost})[:_NAMED]),
    )


def _confidence(window: Window, usage: PrincipalUsage | None, backtests: Sequence[Backtest]) -> Confidence:
    kinds: dict[tuple[str, str], tuple[int, date]] = {}
    for use in usage.uses if usage is not None else ():
        if use.outcome is Outcome.ALLOWED and use.required:
            kind, day = (use.action, parent(use.resource)), use.first_seen.date()
            calls, first = kinds.get(kind, (0, day))
            kinds[kind] = (calls + use.count, min(first, day))
    return Confidence(
        since=window.since,
        until=window.until,
        backtests=tuple(backtests),
        calls=sum(calls for calls, _ in kinds.values()),
        singletons=sum(calls == 1 for calls, _ in kinds.values()),
        saturation=tuple(_cumulated(sorted(first for _, first in kinds.values()))),
    )


def _cumulated(first_days: Sequence[date]) -> Iterator[tuple[date, int]]:
    for number, day in enumerate(first_days, start=1):
        if number == len(first_days) or first_days[number] != day:
            yield day, number
