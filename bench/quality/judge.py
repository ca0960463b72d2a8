"""The candidates' policies against the truth: what they would have denied, and what they grant for nothing."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from bench.quality.deciders import Decider, PolicyDecider
from bench.quality.grid import needed_of
from bench.quality.workload.model import Call, DrawnRole, HeldPolicy, Json, Need
from trailmin.policy import parse_policy, policy_size
from trailmin.synth import Options
from trailmin.synth.model import Proposal, Status, Verdict


@dataclass(slots=True, kw_only=True)
class Score:
    """Counts over all roles with enough evidence; pairs are those of the grid."""

    roles: int = 0
    events: int = 0
    """Held-out calls that the old policies allow."""
    denied_events: int = 0
    authorizations: int = 0
    """Distinct ones of them, per role."""
    denied_authorizations: int = 0
    surplus: int = 0
    """Pairs that the old policies allow, that are not needed and whose use would have shown."""
    kept_surplus: int = 0
    unseen: int = 0
    """The same, but their use need not have shown, or they are too new."""
    kept_unseen: int = 0
    needed: int = 0
    """Pairs that are needed, that the old policies allow and whose use would have shown."""
    kept_needed: int = 0
    characters: int = 0
    removed_unseen: int = 0
    """Pairs that were removed although their use need not have shown, or too new."""
    removed_by_rule: int = 0
    """The same, where a companion or the trust policy tells that they are not needed."""
    why_denied: Counter[tuple[str, ...]] = field(default_factory=Counter)
    """Calls by kind of workload, way of logging, action and whether it was seen before."""
    why_kept: Counter[tuple[str, ...]] = field(default_factory=Counter)
    """Observable pairs by style, way of logging, action, verdict and reason."""
    why_removed: Counter[tuple[str, ...]] = field(default_factory=Counter)

    def f_score(self, beta: float) -> float:
        """F-measure on the pairs whose use would have shown; above 1 recall counts more, below 1 precision."""
        granted = self.kept_needed + self.kept_surplus
        if not granted or not self.needed:
            return 0.0
        precision, recall = self.kept_needed / granted, self.kept_needed / self.needed
        weight = beta * beta
        return (1 + weight) * precision * recall / (weight * precision + recall) if precision + recall else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One role with what it is judged by."""

    role: DrawnRole
    old: Decider
    needed: frozenset[Need]
    observable: frozenset[Need]
    """Pairs that the old policies allow and that show, in force for long enough."""
    unobservable: frozenset[Need]
    """The other pairs that the old policies allow."""
    later: tuple[Call, ...]
    """Its calls of the held-out days, as far as IAM did not refuse them."""
    seen: frozenset[Need]
    """What the log shows of the days before."""
    has_evidence: bool


def hold_out(
    role: DrawnRole, grid: Sequence[Need], before: Sequence[Call], later: Sequence[Call], window: tuple[date, date]
) -> Held:
    """Return what one role is judged by.

    Args:
        role: The role.
        grid: of its account.
        before: Its calls in the window that are in the log.
        later: All its calls after the window, in the log or not.
        window: First and last day.
    """
    old = old_policies(role)
    granted = [need for need in grid if old.allows(need)]
    would_show = role.account.logging.would_show
    shown = [need for need in granted if need.passed_to or would_show(need.action, need.resource)]
    recent = [_is_recent(policy, role) for policy in role.policies if _is_too_new(policy, window[1])]
    observable = frozenset(need for need in shown if not any(is_recent(need) for is_recent in recent))
    return Held(
        role=role,
        old=old,
        needed=needed_of(role, granted),
        observable=observable,
        unobservable=frozenset(granted) - observable,
        later=tuple(call for call in later if not call.is_denied),
        seen=frozenset(need for call in before if not call.is_denied for need in call.needs),
        has_evidence=_has_evidence(role, before, window),
    )


def old_policies(role: DrawnRole) -> PolicyDecider:
    """Return what a role is granted."""
    return _decider([policy.document for policy in role.policies], role)


def proposed(role: DrawnRole, proposal: Proposal | None, old: Decider) -> Decider:
    """Return what a role is granted once its proposal is merged; the old policies where there is none."""
    if proposal is None or not proposal.is_emitted:
        return old
    changed = {(c.policy.arn or c.policy.name): c for c in proposal.changes if c.policy is not None}
    texts: list[str] = []
    for policy in proposal.role.policies:
        change = changed.get(policy.arn or policy.name)
        text = policy.text if change is None else change.new_text
        texts += [text] if text is not None else []
    return PolicyDecider([parse_policy(t) for t in texts], sum(map(policy_size, texts)), role.account.region)


def add_score(score: Score, held: Held, new: Decider, proposal: Proposal | None = None) -> None:
    """Add one role's counts."""
    score.roles += 1
    score.characters += new.characters
    _add_denials(score, held, new)
    _add_grants(score, held, new, proposal)


def _add_denials(score: Score, held: Held, new: Decider) -> None:
    distinct: dict[Need, bool] = {}
    for call in held.later:
        if not all(held.old.allows(need) for need in call.needs):
            continue
        score.events += 1
        for need in call.needs:
            if need not in distinct:
                distinct[need] = not new.allows(need)
            if distinct[need]:
                score.why_denied[_why_denied(held, need)] += 1
        score.denied_events += any(distinct[need] for need in call.needs)
    score.authorizations += len(distinct)
    score.denied_authorizations += sum(distinct.values())


def _add_grants(score: Score, held: Held, new: Decider, proposal: Proposal | None) -> None:
    reasons = _reasons(proposal)
    for need in held.observable:
        kept = new.allows(need)
        if need in held.needed:
            score.needed += 1
            score.kept_needed += kept
        else:
            score.surplus += 1
            score.kept_surplus += kept
            if kept:
                score.why_kept[
                    (held.role.style, held.role.account.logging.name, need.action, *reasons.get(need.action, ("", "")))
                ] += 1
    for need in held.unobservable - held.needed:
        score.unseen += 1
        score.kept_unseen += new.allows(need)
    for need in held.unobservable:
        if not new.allows(need):
            verdict, reason = reasons.get(need.action, ("", ""))
            by_rule = verdict == Verdict.COMPANION or reason.startswith("only ")
            score.removed_by_rule += by_rule
            score.removed_unseen += not by_rule
            score.why_removed[(held.role.account.logging.name, need.action, verdict, reason)] += not by_rule


def _why_denied(held: Held, need: Need) -> tuple[str, ...]:
    if need in held.seen:
        how = "seen before"
    elif any(seen.action == need.action for seen in held.seen):
        how = "action seen, resource new"
    else:
        how = "action never seen"
    return (held.role.workload.kind, held.role.account.logging.name, need.action, how)


def _reasons(proposal: Proposal | None) -> Mapping[str, tuple[str, str]]:
    """Verdict and reason by action, of the verdict that keeps most."""
    found: dict[str, tuple[str, str]] = {}
    for one in proposal.verdicts if proposal is not None else ():
        if one.kept or one.action not in found:
            found[one.action] = (one.verdict.value, one.reason)
    return found


def is_proposed(proposal: Proposal | None) -> bool:
    """Whether there is something to merge for a role."""
    return proposal is not None and proposal.status is Status.TIGHTENED and proposal.is_emitted


def _has_evidence(role: DrawnRole, before: Iterable[Call], window: tuple[date, date]) -> bool:
    """The guards of trailmin's defaults, reckoned anew from the calls that are in the log."""
    options, days = Options(), (window[1] - window[0]).days + 1
    active = sorted({call.moment.date() for call in before})
    missing = sum(window[0] <= day <= window[1] for day in role.account.logging.holes)
    gap = max(((b - a).days for a, b in pairwise(active)), default=days)
    return (
        days >= options.minimum_days
        and missing <= options.maximum_missing_days * days
        and len(active) >= options.minimum_active_days
        and days >= 2 * gap
    )


def _is_too_new(policy: HeldPolicy, last: date) -> bool:
    newest = last + timedelta(days=1) - timedelta(days=Options().minimum_days)
    return policy.began is not None and policy.began >= newest


def _is_recent(policy: HeldPolicy, role: DrawnRole) -> Callable[[Need], bool]:
    """Whether a policy grants something that it did not grant before it was widened."""
    now, earlier = _decider([policy.document], role), _decider([policy.earlier], role)
    return lambda need: now.allows(need) and not earlier.allows(need)


def _decider(documents: Sequence[Json | None], role: DrawnRole) -> PolicyDecider:
    policies = [parse_policy(_print(d)) for d in documents if d is not None]
    characters = sum(policy_size(_print(d)) for d in documents if d is not None)
    return PolicyDecider(policies, characters, role.account.region)


def _print(document: Json) -> str:
    return json.dumps(document)
