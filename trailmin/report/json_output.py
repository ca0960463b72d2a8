"""JSON that others can build on: dictionaries of named schemas, made field by field, and their text."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Any

from trailmin.current import Role
from trailmin.report.grouping import count_verdicts, size_after
from trailmin.synth.confidence import Backtest, Confidence
from trailmin.synth.escalation_model import PathChange
from trailmin.synth.model import GrantVerdict, LostCall, PolicyChange, Proposal, ReplayResult
from trailmin.synth.patterns import LearnedPattern
from trailmin.trail.logged import LoggedKind, logged_kinds
from trailmin.usage.authorization import Outcome
from trailmin.usage.denials import Denials
from trailmin.usage.model import PrincipalUsage, Use

if TYPE_CHECKING:
    # Judging coverage needs the catalog; telling of it does not.
    from trailmin.usage.coverage import AccountCoverage, Coverage
    from trailmin.usage.integrity import Integrity

Json = dict[str, Any]


def schema(name: str) -> str:
    """Return the value of the key `schema`, which names an output and its version."""
    return f"trailmin/{name}/1"


def json_text(value: object, *, indent: int | None = 2) -> str:
    """Return JSON text in printable ASCII with a final newline; `indent=None` gives one line."""
    text = _indented(value, "\n") if indent == _STEP else json.dumps(value, indent=indent, allow_nan=False)
    # json escapes all but ASCII; the one control character in ASCII that it leaves is DEL, which only strings can hold.
    return text.replace("\x7f", "\\u007f") + "\n"


_STEP = 2


def _indented(value: object, line: str) -> str:
    """What `json.dumps` makes of a value with that indent, only faster; `line` is what begins a line of its level."""
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    if isinstance(value, dict):
        inner = line + " " * _STEP
        items = [f"{_key(key)}: {_indented(one, inner)}" for key, one in value.items()]
        return f"{{{inner}{f',{inner}'.join(items)}{line}}}" if items else "{}"
    if isinstance(value, list | tuple):
        inner = line + " " * _STEP
        return f"[{inner}{f',{inner}'.join([_indented(one, inner) for one in value])}{line}]" if value else "[]"
    return json.dumps(value, allow_nan=False)


def _key(key: object) -> str:
    return encode_basestring_ascii(key) if isinstance(key, str) else f'"{json.dumps(key, allow_nan=False)}"'


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


def evidence_json(proposal: Proposal, *, run: Mapping[str, object] | None = None) -> Json:
    """Return the evidence of one role."""
    return {**evidence_head_json(proposal, run), "verdicts": [verdict_json(v) for v in proposal.verdicts]}


def evidence_head_json(proposal: Proposal, run: Mapping[str, object] | None) -> Json:
    """Return the same without the verdicts, which come last."""
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
    counts = count_verdicts(proposal)
    activity = proposal.activity
    return {
        "role": proposal.role.name,
        "role_arn": proposal.role_arn,
        "account": proposal.account,
        "permission_set": permission_set_json(proposal.role),
        "status": proposal.status.value,
        "reason": proposal.reason,
        "emitted": proposal.is_emitted,
        "window": {
            "since": proposal.window.since.isoformat(),
            "until": proposal.window.until.isoformat(),
            "days": proposal.window.days,
        },
        "activity": {
            "events": activity.events,
            "denied": activity.denied,
            "undetermined": activity.undetermined,
            "unmapped": activity.unmapped,
            "active_days": activity.active_days,
            "first_seen": time_json(activity.first_seen),
            "last_seen": time_json(activity.last_seen),
            "workloads": dict(sorted(activity.workloads.items())),
        },
        "grants": {
            "granted": counts.granted,
            "used": counts.used,
            "implied": counts.implied,
            "companion": counts.companion,
            "unused": counts.unused,
            "not_observable": counts.not_observable,
            "too_new": counts.too_new,
            "pinned": counts.pinned,
        },
        "changes": [_change_json(c, proposal) for c in proposal.changes],
        "proof": None
        if proposal.proof is None
        else {
            "proven": proposal.proof.proven,
            "method": proposal.proof.method,
            "reason": proposal.proof.reason,
        },
        "replay": None if proposal.replay is None else _replay_json(proposal.replay),
        "confidence": None if proposal.confidence is None else _confidence_json(proposal.confidence),
        "escalation": [_path_json(change) for change in proposal.paths],
        "guardrails": [
            {"rule": finding.rule, "found": finding.text, "open": finding.is_open} for finding in proposal.guardrails
        ],
        "sizes": dict(sorted(proposal.sizes.items())),
        "notes": list(proposal.notes),
    }


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


def roles_json(principals: Sequence[PrincipalUsage]) -> Json:
    """Return what each principal did, in numbers."""
    return {"schema": schema("roles"), "roles": [_principal_json(p) for p in principals]}


def usage_json(principal: PrincipalUsage) -> Json:
    """Return all that one principal did."""
    return {
        "schema": schema("usage"),
        **_principal_json(principal),
        "uses": [use_json(use) for use in principal.uses],
        "unmapped_calls": [
            {"event_source": u.event_source, "event_name": u.event_name, "reason": u.reason, "count": u.count}
            for u in principal.unmapped
        ],
    }


def denied_json(principals: Sequence[PrincipalUsage], denials: Mapping[str, Denials]) -> Json:
    """Return the refused calls of each principal that has any, and what they look like, by ARN."""
    return {
        "schema": schema("denied"),
        "roles": [
            {
                **_principal_json(p),
                "looks_like": _denials_json(denials.get(p.arn or "")),
                "uses": [use_json(u) for u in p.uses if u.outcome is Outcome.DENIED],
            }
            for p in principals
            if p.denied
        ],
    }


def _denials_json(denials: Denials | None) -> Json | None:
    if denials is None:
        return None
    return {
        "kind": denials.kind.value,
        "reason": denials.reason,
        "calls": denials.calls,
        "actions": denials.actions,
        "days": denials.days,
        "spikes": [
            {"date": spike.date.isoformat(), "calls": spike.calls, "usual": spike.usual} for spike in denials.spikes
        ],
    }


def _principal_json(principal: PrincipalUsage) -> Json:
    return {
        "name": principal.name,
        "arn": principal.arn,
        "account": principal.account,
        "kind": principal.kind.value,
        "events": principal.events,
        "denied": principal.denied,
        "undetermined": principal.undetermined,
        "unmapped": sum(u.count for u in principal.unmapped),
        "active_dates": [day.isoformat() for day in principal.active_dates],
        "first_seen": time_json(principal.first_seen),
        "last_seen": time_json(principal.last_seen),
        "workloads": dict(sorted(principal.workloads.items())),
    }


def use_json(use: Use) -> Json:
    """Return one action on one resource, as often as it was seen."""
    return {
        "action": use.action,
        "resource": use.resource,
        "outcome": use.outcome.value,
        "required": use.required,
        "basis": use.basis.value,
        "account": use.account,
        "region": use.region,
        "vpc_endpoint": use.vpc_endpoint,
        "invoked_by": use.invoked_by,
        "passed_to": use.passed_to,
        "workload": use.workload,
        "event_source": use.event_source,
        "event_name": use.event_name,
        "count": use.count,
        "first_seen": time_json(use.first_seen),
        "last_seen": time_json(use.last_seen),
        "event_ids": list(use.event_ids),
    }


def coverage_json(coverage: "Coverage") -> Json:
    """Return what the logs of each account could have shown."""
    return {
        "schema": schema("coverage"),
        "since": coverage.since.isoformat(),
        "until": coverage.until.isoformat(),
        "accounts": [_account_json(account, coverage) for _, account in sorted(coverage.accounts.items())],
    }


def missing_periods(coverage: "Coverage", account: "AccountCoverage") -> tuple[tuple[date, date], ...]:
    """Return the days of the window without any log of an account, as periods with both ends included."""
    periods: list[tuple[date, date]] = []
    day = coverage.since
    while day <= coverage.until:
        if day not in account.dates:
            if periods and periods[-1][1] == day - timedelta(days=1):
                periods[-1] = (periods[-1][0], day)
            else:
                periods.append((day, day))
        day += timedelta(days=1)
    return tuple(periods)


def logged_of(account: "AccountCoverage") -> tuple[tuple[str | None, LoggedKind], ...]:
    """Return what the selectors of an account log; the region is None where they are those of all trails."""
    if account.by_region is None:
        return tuple((None, kind) for kind in logged_kinds(account.selectors)) if account.selectors else ()
    known = [(region, found) for region, found in sorted(account.by_region.items()) if found is not None]
    return tuple((region, kind) for region, found in known for kind in logged_kinds(found))


def _logged_json(region: str | None, kind: LoggedKind) -> Json:
    return {
        "category": kind.category,
        "resource_type": kind.resource_type,
        "read_only": kind.read_only,
        "region": region,
        "logged": kind.admission.name.lower(),
        "selectors": list(kind.selectors),
    }


def _integrity_json(integrity: "Integrity") -> Json:
    return {
        "log_objects": dict(sorted(integrity.log_objects.items())),
        "gaps": [
            {"region": gap.region, "since": time_json(gap.since), "until": time_json(gap.until)}
            for gap in integrity.gaps
        ],
    }


def _account_json(account: "AccountCoverage", coverage: "Coverage") -> Json:
    return {
        "account": account.account,
        "events": account.events,
        "dates": [day.isoformat() for day in sorted(account.dates)],
        "regions": sorted(account.regions),
        "missing": [
            {"since": first.isoformat(), "until": last.isoformat()}
            for first, last in missing_periods(coverage, account)
        ],
        "first_event": time_json(account.first_event),
        "last_event": time_json(account.last_event),
        "multi_region_trail": account.is_multi_region,
        "single_regions": None if account.by_region is None else sorted(account.by_region),
        "looked_up_regions": sorted(account.looked_up),
        "digests": None if account.integrity is None else _integrity_json(account.integrity),
        "selectors_known": account.selectors is not None or any((account.by_region or {}).values()),
        "logged": [_logged_json(region, kind) for region, kind in logged_of(account)],
        "management_reads_seen": True in account.management_seen,
        "management_writes_seen": False in account.management_seen,
        "data_events_seen": [
            {
                "service": seen.prefix,
                "read_only": seen.read_only,
                "resource": seen.resource,
                "first_date": seen.first_date.isoformat(),
            }
            for seen in account.data_seen
        ],
    }


def time_json(moment: datetime | None) -> str | None:
    """Return a time as ISO 8601 in UTC, with milliseconds where it has any."""
    if moment is None:
        return None
    utc = moment.astimezone(UTC)
    return utc.isoformat(timespec="milliseconds" if utc.microsecond else "seconds").replace("+00:00", "Z")
