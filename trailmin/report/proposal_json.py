"""Proposals as JSON, made field by field: what a role is granted, what becomes of it, and on what evidence."""

from collections.abc import Mapping, Sequence

from trailmin.current import Role
from trailmin.report.grouping import Counts, count_verdicts, size_after
from trailmin.report.json_output import Json, schema, time_json
from trailmin.synth.confidence import Backtest, Confidence
from trailmin.synth.escalation_model import PathChange
from trailmin.synth.model import (
    Activity,
    GrantVerdict,
    LostCall,
    PolicyChange,
    ProofResult,
    Proposal,
    ReplayResult,
    Window,
)
from trailmin.synth.patterns import LearnedPattern


def tighten_json(
    proposals: Sequence[Proposal],
    *,
    files: Sequence[Sequence[str]] = (),
    exit_codes: Sequence[int] = (0,),
    run: Mapping[str, object] | None = None,
) -> Json:
    """Return the result of `tighten`: of each role all that is known, with its files where they were written."""
    written = files or [()] * len(proposals)
    return {
        "schema": schema("tighten"),
        "run": dict(run or {}),
        "exit_codes": list(exit_codes),
        "roles": [
            {**proposal_json(proposal), "files": list(paths)}
            for proposal, paths in zip(proposals, written, strict=True)
        ],
    }


def evidence_head_json(proposal: Proposal, run: Mapping[str, object] | None) -> Json:
    """Return the evidence of one role but for its verdicts, which come last."""
    return {"schema": schema("evidence"), "run": dict(run or {}), **_headline_json(proposal)}


def summary_json(
    proposals: Sequence[Proposal], *, files: Sequence[Sequence[str]], run: Mapping[str, object] | None = None
) -> Json:
    """Return what became of every role, in numbers."""
    return {
        "schema": schema("summary"),
        "run": dict(run or {}),
        "roles": [
            {**_headline_json(proposal), "files": list(paths)} for proposal, paths in zip(proposals, files, strict=True)
        ],
    }


def proposal_json(proposal: Proposal) -> Json:
    """Return one proposal: its headline and the verdict on each grant."""
    return {**_headline_json(proposal), "verdicts": [verdict_json(v) for v in proposal.verdicts]}


def permission_set_json(role: Role) -> Json | None:
    """Return what a role stands for that is a permission set; None for any other role."""
    one = role.permission_set
    if one is None:
        return None
    return {
        "name": one.name,
        "arn": one.arn,
        "instance_arn": one.instance_arn,
        "accounts": None if one.accounts is None else list(one.accounts),
        "roles": [{"account": made.account, "role": made.name, "role_arn": made.arn} for made in role.provisioned],
    }


def _headline_json(proposal: Proposal) -> Json:
    return {
        "role": proposal.role.name,
        "role_arn": proposal.role_arn,
        "account": proposal.account,
        "permission_set": permission_set_json(proposal.role),
        "status": proposal.status.value,
        "reason": proposal.reason,
        "emitted": proposal.is_emitted,
        "window": _window_json(proposal.window),
        "activity": _activity_json(proposal.activity),
        "grants": _grants_json(count_verdicts(proposal)),
        "changes": [_change_json(c, proposal) for c in proposal.changes],
        "proof": None if proposal.proof is None else _proof_json(proposal.proof),
        "replay": None if proposal.replay is None else _replay_json(proposal.replay),
        "confidence": None if proposal.confidence is None else _confidence_json(proposal.confidence),
        "escalation": [_path_json(change) for change in proposal.paths],
        "guardrails": [
            {"rule": finding.rule, "found": finding.text, "open": finding.is_open} for finding in proposal.guardrails
        ],
        "sizes": dict(sorted(proposal.sizes.items())),
        "notes": list(proposal.notes),
    }


def _window_json(window: Window) -> Json:
    return {"since": window.since.isoformat(), "until": window.until.isoformat(), "days": window.days}


def _activity_json(activity: Activity) -> Json:
    return {
        "events": activity.events,
        "denied": activity.denied,
        "undetermined": activity.undetermined,
        "unmapped": activity.unmapped,
        "active_days": activity.active_days,
        "first_seen": time_json(activity.first_seen),
        "last_seen": time_json(activity.last_seen),
        "workloads": dict(sorted(activity.workloads.items())),
    }


def _grants_json(counts: Counts) -> Json:
    return {
        "granted": counts.granted,
        "used": counts.used,
        "implied": counts.implied,
        "companion": counts.companion,
        "unused": counts.unused,
        "not_observable": counts.not_observable,
        "too_new": counts.too_new,
        "pinned": counts.pinned,
    }


def _proof_json(proof: ProofResult) -> Json:
    return {"proven": proof.proven, "method": proof.method, "reason": proof.reason}


def verdict_json(verdict: GrantVerdict) -> Json:
    """Return the verdict on one grant."""
    return {
        "policy": verdict.policy,
        "statement": verdict.statement,
        "sid": verdict.sid,
        "action": verdict.action,
        "resources": list(verdict.resources),
        "verdict": verdict.verdict.value,
        "reason": verdict.reason,
        "coverage": verdict.coverage,
        "calls": verdict.evidence.calls,
        "first_seen": time_json(verdict.evidence.first_seen),
        "last_seen": time_json(verdict.evidence.last_seen),
        "event_ids": list(verdict.evidence.event_ids),
        "kept": list(verdict.kept),
        "conditions": [{"operator": c.operator, "key": c.key, "values": list(c.values)} for c in verdict.conditions],
        "learned": [_learned_json(learned) for learned in verdict.learned],
        "selector": verdict.selector,
        "pinned": verdict.pinned,
        "cut_by": verdict.cut_by,
    }


def _learned_json(learned: LearnedPattern) -> Json:
    return {
        "pattern": learned.pattern,
        "values": learned.values,
        "calls": learned.calls,
        "examples": list(learned.examples),
        "also_matches": learned.also_matches.sentence,
        "log2_width": learned.also_matches.bits,
        "held_out": learned.held_out,
    }


def _change_json(change: PolicyChange, proposal: Proposal) -> Json:
    return {
        "kind": change.kind.value,
        "policy": change.name,
        "policy_kind": change.policy.kind.value if change.policy else None,
        "policy_arn": change.policy.arn if change.policy else None,
        "replaces": change.replaces,
        "shared_with": list(change.shared_with),
        "size": size_after(change, proposal),
    }


def _path_json(change: PathChange) -> Json:
    return {
        "path": change.path.id,
        "name": change.path.name,
        "before": change.before.words,
        "after": change.after.words,
        "source": change.path.source,
    }


def _replay_json(replay: ReplayResult) -> Json:
    return {
        "passed": replay.passed,
        "calls": replay.calls,
        "kept": replay.kept,
        "not_granted": replay.not_granted,
        "lost": [_lost_json(lost) for lost in replay.lost],
    }


def _confidence_json(confidence: Confidence) -> Json:
    return {
        "words": list(confidence.sentences),
        "backtests": [_backtest_json(test) for test in confidence.backtests],
        "calls": confidence.calls,
        "singletons": confidence.singletons,
        "chance_of_new": round(confidence.chance_of_new, 6),
        "saturation": [{"date": day.isoformat(), "authorizations": known} for day, known in confidence.saturation],
    }


def _backtest_json(test: Backtest) -> Json:
    return {
        "trained_since": test.trained_since.isoformat(),
        "since": test.since.isoformat(),
        "until": test.until.isoformat(),
        "calls": test.calls,
        "denied_calls": test.denied_calls,
        "false_deny_rate": round(test.false_deny_rate, 6),
        "authorizations": test.authorizations,
        "denied_authorizations": test.denied_authorizations,
        "false_deny_rate_of_authorizations": round(test.false_deny_rate_of_authorizations, 6),
        "denied_actions": list(test.denied_actions),
    }


def _lost_json(lost: LostCall) -> Json:
    return {
        "action": lost.action,
        "resource": lost.resource,
        "calls": lost.calls,
        "event_ids": list(lost.event_ids),
        "reason": lost.reason,
    }
