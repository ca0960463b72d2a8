"""What is shown of policies on resources, trust policies, and both sides of calls between accounts."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from trailmin.policy import statement_to_json
from trailmin.report.html.model import Section
from trailmin.report.json_output import Json, schema, time_json
from trailmin.report.terminal import Cell, Column, Styled, by_account, inert, table
from trailmin.synth.access.halves import BothSides, Half, HalfState
from trailmin.synth.access.model import AccessFinding, AccessProposal, AccessVerdict, CallerSeen, FindingKind
from trailmin.synth.model import CallEvidence, Status, Verdict

_ALARMING = frozenset(
    {FindingKind.PUBLIC, FindingKind.WIDE_SUBJECT, FindingKind.NO_EXTERNAL_ID, FindingKind.CONFUSED_DEPUTY}
)
_STYLES = {Status.TIGHTENED: "green", Status.WITHHELD: "bold red", Status.INSUFFICIENT_EVIDENCE: "yellow"}
_STOPPED = frozenset({HalfState.MISSING, HalfState.DENIES})


def access_json(proposals: Sequence[AccessProposal], sides: Sequence[BothSides] = ()) -> Json:
    """Return all that is known of policies and of calls between accounts, without a schema of its own."""
    return {
        "policies": [access_proposal_json(proposal) for proposal in proposals],
        "cross_account": [sides_json(one) for one in sides],
    }


def resource_policies_json(proposals: Sequence[AccessProposal], sides: Sequence[BothSides]) -> Json:
    """Return the result of `trailmin resource-policies`."""
    return {"schema": schema("resource-policies"), **access_json(proposals, sides)}


def headline_json(proposal: AccessProposal) -> Json:
    """Return what became of one policy, in numbers."""
    counts = proposal.counts()
    return {
        **_what_json(proposal),
        "policy": proposal.policy.label,
        "emitted": proposal.is_emitted,
        "findings": len(proposal.findings),
        "grants": {
            "granted": len(proposal.verdicts),
            "used": counts[Verdict.USED],
            "implied": counts[Verdict.IMPLIED],
            "companion": counts[Verdict.COMPANION],
            "unused": counts[Verdict.UNUSED],
            "not_observable": counts[Verdict.NOT_OBSERVABLE],
            "too_new": counts[Verdict.TOO_NEW],
        },
        **_checks_json(proposal),
    }


def _what_json(proposal: AccessProposal) -> Json:
    return {
        "resource": proposal.policy.resource,
        "account": proposal.policy.account,
        "service": proposal.policy.service,
        "kind": "trust" if proposal.is_trust else "resource",
        "status": proposal.status.value,
        "reason": proposal.reason,
    }


def access_proposal_json(proposal: AccessProposal) -> Json:
    """Return one policy's proposal with its evidence."""
    return {
        **_what_json(proposal),
        "removed": proposal.is_emitted and proposal.new_text is None,
        "callers": [_caller_json(caller) for caller in proposal.callers],
        "verdicts": [_verdict_json(verdict) for verdict in proposal.verdicts],
        "findings": [_finding_json(finding) for finding in proposal.findings],
        **_checks_json(proposal),
        "notes": list(proposal.notes),
    }


def _checks_json(proposal: AccessProposal) -> Json:
    return {
        "proof": None
        if proposal.proof is None
        else {"proven": proposal.proof.proven, "method": proposal.proof.method, "reason": proposal.proof.reason},
        "replay": None
        if proposal.replay is None
        else {
            "passed": proposal.replay.passed,
            "calls": proposal.replay.calls,
            "kept": proposal.replay.kept,
            "not_granted": proposal.replay.not_granted,
            "lost": [
                {"action": one.action, "resource": one.resource, "calls": one.calls, "reason": one.reason}
                for one in proposal.replay.lost
            ],
        },
    }


def sides_json(one: BothSides) -> Json:
    """Return both sides of a role's calls to another account."""
    return {
        "role": one.role_arn,
        "action": one.action,
        "resource": one.resource,
        "resource_account": one.account,
        "calls": one.calls,
        "denied": one.denied,
        "identity_side": _half_json(one.identity),
        "resource_side": _half_json(one.on_resource),
    }


def access_table(proposals: Sequence[AccessProposal], title: str) -> Table:
    """Return one line for each policy."""
    columns = [Column(name="Resource", width=18), Column(name="Status", width=10)]
    columns += [Column(name=name, number=True) for name in ("Grants", "Used", "Unused", "Callers", "Findings")]
    ordered = sorted(proposals, key=lambda proposal: proposal.policy.account)
    return table(title, columns, by_account((one.policy.account, _row(one)) for one in ordered))


def findings_table(proposals: Iterable[AccessProposal]) -> Table:
    """Return the findings on all policies, one a line."""
    columns = (Column(name="Finding", width=12), "Resource", "Principal", "What", "Advice")
    rows = (
        (Styled(finding.kind.value, "red" if finding.kind in _ALARMING else ""), *_finding_row(proposal, finding))
        for proposal in proposals
        for finding in proposal.findings
    )
    return table("Findings", columns, rows)


def sides_table(sides: Iterable[BothSides]) -> Table:
    """Return both sides of calls between accounts, one a line."""
    return table("Calls between accounts", _SIDES, (_sides_row(one) for one in sides))


def access_reasons_text(proposals: Iterable[AccessProposal]) -> Text:
    """Return why each policy is as it is, with what keeps it so, a line each."""
    lines: list[str] = []
    for proposal in proposals:
        lines.append(f"{proposal.policy.resource}: {proposal.reason}")
        lines += [f"  {note}" for note in proposal.notes]
    return Text("\n").join(inert(line) for line in lines)


def access_sections(proposals: Sequence[AccessProposal], title: str) -> Iterator[Section]:
    """Yield what the HTML report shows of policies: each with its verdict, and the findings."""
    if not proposals:
        return
    yield Section(
        title=title,
        note="Who may, by policies on resources and roles, against who did; what changes is proven and replayed",
        columns=("Resource", "Account", "Status", "Grants", "Unused", "Callers", "Why"),
        rows=tuple(_section_row(proposal) for proposal in proposals),
    )
    findings = [(proposal, finding) for proposal in proposals for finding in proposal.findings]
    if findings:
        yield Section(
            title=f"{title}: findings",
            columns=("Finding", "Resource", "Principal", "What", "Advice"),
            rows=tuple((finding.kind.value, *_finding_row(proposal, finding)) for proposal, finding in findings),
            is_alarming=any(finding.kind in _ALARMING for _, finding in findings),
        )


def sides_section(sides: Sequence[BothSides]) -> Section:
    """Return both halves of a role's calls to other accounts, with the statement that each side needs."""
    needed = ("The identity side needs", "The resource side needs")
    return Section(
        title="Both halves of cross-account access",
        note="A call to another account needs an Allow of the role's own policies and one of the resource's policy",
        columns=(*_SIDES, *needed),
        rows=tuple((*_sides_row(one), *_needed(one)) for one in sides),
        is_alarming=any(one.calls and not one.is_complete for one in sides),
    )


def sides_lines(one: BothSides) -> Iterator[str]:
    """Yield both sides in words, for one call."""
    yield f"both sides of access to account {one.account}:"
    for name, half in (("role", one.identity), ("resource", one.on_resource)):
        yield f"  {name}: {half.state.value}; {half.text}"
        if half.state is not HalfState.ALLOWS:
            yield f"    it needs {_statement_text(half)}"


_SIDES = ("Role", "Action", "Resource", "Calls", "Denied", "Role's policies", "Resource's policy")


def _sides_row(one: BothSides) -> tuple[str, ...]:
    halves = (f"{half.state.value}: {half.text}" for half in (one.identity, one.on_resource))
    return (one.role_arn, one.action, one.resource, str(one.calls), str(one.denied), *halves)


def _needed(one: BothSides) -> tuple[str, str]:
    return (_statement_text(one.identity), _statement_text(one.on_resource))


def _statement_text(half: Half) -> str:
    return json.dumps(statement_to_json(half.needed), ensure_ascii=False)


def _half_json(half: Half) -> dict[str, Any]:
    return {
        "state": half.state.value,
        "text": half.text,
        "stops_it": half.state in _STOPPED,
        "needed": statement_to_json(half.needed),
    }


def _row(proposal: AccessProposal) -> tuple[Cell, ...]:
    return (
        proposal.policy.resource,
        Styled(proposal.status.value, _STYLES.get(proposal.status, "")),
        len(proposal.verdicts),
        proposal.count(Verdict.USED, Verdict.COMPANION),
        proposal.count(Verdict.UNUSED),
        len(proposal.callers),
        len(proposal.findings),
    )


def _section_row(proposal: AccessProposal) -> tuple[str, ...]:
    return (
        proposal.policy.resource,
        proposal.policy.account,
        proposal.status.value,
        str(len(proposal.verdicts)),
        str(proposal.count(Verdict.UNUSED)),
        ", ".join(f"{caller.name} ({caller.evidence.calls})" for caller in proposal.callers[:5]),
        "; ".join((proposal.reason, *proposal.notes)),
    )


def _finding_row(proposal: AccessProposal, finding: AccessFinding) -> tuple[str, str, str, str]:
    return (proposal.policy.resource, finding.principal, finding.text, finding.advice or "")


def _caller_json(caller: CallerSeen) -> Json:
    return {
        "kind": caller.kind.value,
        "name": caller.name,
        "account": caller.account,
        "actions": list(caller.actions),
        "denied": caller.denied,
        **_evidence_json(caller.evidence),
    }


def _verdict_json(verdict: AccessVerdict) -> Json:
    return {
        "statement": verdict.statement,
        "sid": verdict.sid,
        "principal": verdict.principal,
        "action": verdict.action,
        "verdict": verdict.verdict.value,
        "reason": verdict.reason,
        "kept": list(verdict.kept),
        **_evidence_json(verdict.evidence),
    }


def _finding_json(finding: AccessFinding) -> Json:
    return {
        "kind": finding.kind.value,
        "statement": finding.statement,
        "sid": finding.sid,
        "principal": finding.principal,
        "text": finding.text,
        "advice": finding.advice,
    }


def _evidence_json(evidence: CallEvidence) -> Json:
    return {
        "calls": evidence.calls,
        "first_seen": time_json(evidence.first_seen),
        "last_seen": time_json(evidence.last_seen),
        "event_ids": list(evidence.event_ids),
    }
