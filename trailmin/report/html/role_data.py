"""One role as the page's script reads it: short lists, with what is left out counted."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from trailmin.report.escape import shorten, visible
from trailmin.report.grouping import VerdictGroup, count_verdicts, group_verdicts, seen_verdicts
from trailmin.report.html.model import FileDiff, RoleReport, Section
from trailmin.synth.confidence import Backtest, Confidence
from trailmin.synth.model import GrantVerdict, Proposal, Verdict

Json = dict[str, Any]
_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of a role the page holds; `evidence.json` and the diffs have the rest."""

    rows: int
    """Of each table."""
    names: int
    """Actions named in a group, and resources in a row."""
    width: int
    """Characters of a text."""
    diff: int
    """Characters of a diff."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleView:
    """What is told of one role, put together once: the limits only cut it."""

    report: RoleReport
    seen: tuple[GrantVerdict, ...]
    gone: tuple[VerdictGroup, ...]
    unseen: tuple[VerdictGroup, ...]
    new: tuple[VerdictGroup, ...]


def view_of(report: RoleReport) -> RoleView:
    """Return the view of a role."""
    verdicts = report.proposal.verdicts
    return RoleView(
        report=report,
        seen=seen_verdicts(report.proposal),
        gone=group_verdicts(verdicts, Verdict.UNUSED),
        unseen=group_verdicts(verdicts, Verdict.NOT_OBSERVABLE),
        new=group_verdicts(verdicts, Verdict.TOO_NEW),
    )


def role_json(view: RoleView, limits: Limits) -> Json:
    """Return one role; every text in it is free of characters that hide or reorder."""
    report = view.report
    proposal = report.proposal
    text = _Text(limits)
    return {
        "name": text(proposal.role.name),
        "arn": text(proposal.role_arn or ""),
        "account": text(", ".join(proposal.accounts) or "unknown"),
        "status": proposal.status.value,
        "reason": text.sentence(proposal.reason),
        "window": [proposal.window.since.isoformat(), proposal.window.until.isoformat(), proposal.window.days],
        "facts": _facts(proposal, text),
        "checks": [list(check) for check in checks_of(proposal)],
        "confidence": [text.sentence(sentence) for sentence in _sentences(proposal.confidence)],
        "backtests": [_backtest(test) for test in (proposal.confidence.backtests if proposal.confidence else ())],
        "services": report.services,
        "diffs": [_diff(diff, text) for diff in report.diffs],
        "seen": _cut_map(lambda v: _seen(v, text), view.seen, limits.rows),
        "gone": _cut_map(lambda g: _group(g, text), view.gone, limits.rows),
        "unseen": _cut_map(lambda g: _group(g, text), view.unseen, limits.rows),
        "new": _cut_map(lambda g: _group(g, text), view.new, limits.rows),
        "days": [[day.date.isoformat(), day.calls, day.denied] for day in report.days],
        "sections": [section_json(section, text.limits) for section in report.sections],
        "notes": _cut([text.sentence(note) for note in proposal.notes], limits.rows),
    }


def section_json(section: Section, limits: Limits) -> Json:
    """Return a table of findings."""
    text = _Text(limits)
    return {
        "title": text(section.title),
        "note": text.sentence(section.note) if section.note else "",
        "alarming": section.is_alarming,
        "columns": [text(column) for column in section.columns],
        "rows": _cut([[text(cell) for cell in row] for row in section.rows], limits.rows),
    }


def checks_of(proposal: Proposal) -> Iterable[tuple[str, bool, str]]:
    """Yield each of the two checks that was made: its name, whether it holds, and what was found."""
    proof, replay = proposal.proof, proposal.replay
    if proof is not None:
        found = "the new policies allow nothing that the current ones do not" if proof.proven else proof.reason or ""
        yield "No broader", proof.proven, f"{found} ({proof.method})"
    if replay is not None:
        found = (
            f"all {replay.kept:,} authorizations that the current policies granted are still allowed"
            if replay.passed
            else f"{len(replay.lost):,} authorizations would be lost"
        )
        yield "Nothing broken", replay.passed, found


class _Text:
    """Texts made safe to show, and no longer than the limits allow."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits

    def __call__(self, text: str) -> str:
        return shorten(visible(text), self.limits.width)

    def sentence(self, text: str) -> str:
        shown = shorten(visible(text), 2 * self.limits.width)
        shown = shown[:1].upper() + shown[1:]
        return shown if shown.endswith((".", "!", "?")) else f"{shown}."

    def names(self, texts: Sequence[str]) -> list[Any]:
        return _cut([self(text) for text in texts], self.limits.names)


def _cut(rows: list[Any], limit: int) -> list[Any]:
    """The first rows, then how many more there are: the page tells a number from a row."""
    return rows if len(rows) <= limit else [*rows[:limit], len(rows) - limit]


def _cut_map(shown: Callable[[_Row], Any], rows: Sequence[_Row], limit: int) -> list[Any]:
    made = [shown(row) for row in rows[:limit]]
    return [*made, len(rows) - limit] if len(rows) > limit else made


def _facts(proposal: Proposal, text: _Text) -> Json:
    counts, activity = count_verdicts(proposal), proposal.activity
    return {
        "granted": counts.granted,
        "seen": counts.seen,
        "removed": sum(not v.kept for v in proposal.verdicts) if proposal.is_emitted else 0,
        "unobservable": counts.not_observable,
        "new": counts.too_new,
        "pinned": counts.pinned,
        "calls": activity.events,
        "denied": activity.denied,
        "activeDays": activity.active_days,
        "last": _day(activity.last_seen),
        "workloads": text.names(sorted(activity.workloads)),
    }


def _sentences(confidence: Confidence | None) -> tuple[str, ...]:
    return confidence.sentences if confidence is not None else ()


def _backtest(test: Backtest) -> list[Any]:
    return [test.since.isoformat(), test.until.isoformat(), test.calls, test.denied_calls]


def _diff(diff: FileDiff, text: _Text) -> list[Any]:
    """The name, the lines that fit, and how many more there are."""
    lines = [visible(line) for line in diff.text.split("\n")]
    left, kept = text.limits.diff, 0
    for line in lines:
        left -= len(line) + 1
        if left < 0:
            break
        kept += 1
    return [text(diff.name), "\n".join(lines[:kept]), len(lines) - kept]


def _seen(verdict: GrantVerdict, text: _Text) -> list[Any]:
    evidence = verdict.evidence
    return [
        text(verdict.action),
        verdict.verdict.value,
        text.names(verdict.kept),
        evidence.calls,
        _day(evidence.first_seen),
        _day(evidence.last_seen),
        text(verdict.policy),
        [text(event) for event in evidence.event_ids[:1]],
        text.sentence(verdict.reason),
        [
            [text(one.pattern), one.values, text(one.also_matches.sentence), *map(text, one.examples[:1])]
            for one in verdict.learned
            if one.pattern in verdict.kept
        ][: text.limits.names],
    ]


def _group(group: VerdictGroup, text: _Text) -> list[Any]:
    actions = [action.partition(":")[2] or action for action in group.actions]
    return [
        text(group.service),
        text(group.policy),
        len(group.actions),
        text.names(actions),
        text.sentence(group.reason),
        text(group.selector or ""),
    ]


def _day(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(UTC).date().isoformat()
