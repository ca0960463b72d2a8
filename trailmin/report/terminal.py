"""What is shown on a terminal: tables and coloured diffs, in which every text from outside is inert.

Cells are `Text` objects, so rich reads no markup and no emoji codes in them. On anything but a terminal there is no
colour.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import TextIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from trailmin.report.escape import visible
from trailmin.report.grouping import SEEN, count_verdicts, group_verdicts, seen_verdicts
from trailmin.synth.model import Proposal, Status, Verdict
from trailmin.usage.authorization import Outcome
from trailmin.usage.denials import Denials
from trailmin.usage.model import PrincipalUsage, Use

_PIPED_WIDTH = 120
"""Columns where there is no terminal to ask."""

_STATUS_STYLES = {
    Status.TIGHTENED: "green",
    Status.GENERATED: "green",
    Status.OBSERVED: "cyan",
    Status.UNUSED_ROLE: "yellow",
    Status.INSUFFICIENT_EVIDENCE: "yellow",
    Status.WITHHELD: "bold red",
}

_VERDICT_STYLES = {
    Verdict.USED: "green",
    Verdict.IMPLIED: "green",
    Verdict.COMPANION: "green",
    Verdict.UNUSED: "red",
    Verdict.NOT_OBSERVABLE: "yellow",
    Verdict.TOO_NEW: "cyan",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table."""

    name: str
    number: bool = False
    """Whether it is aligned to the right and never wrapped."""
    width: int | None = None
    """Characters that it has at least, however narrow the terminal."""
    max_width: int | None = None
    """Characters that it has at most, however wide the terminal."""


_DAY = Column(name="Last seen", width=10)


@dataclass(frozen=True, slots=True)
class Styled:
    """A cell in a style of rich."""

    text: str
    style: str


Cell = str | int | Styled | None
"""None is an empty cell."""


def make_console(stream: TextIO) -> Console:
    """Return a console: in colour on a terminal (unless NO_COLOR is set), else plain and wide.

    A character that the stream's encoding lacks is written as an escape.
    """
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    width = None if stream.isatty() else _PIPED_WIDTH
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def table(title: str | None, columns: Sequence[Column | str], rows: Iterable[Sequence[Cell]]) -> Table:
    """Return a table of any texts and numbers; a column may be given by its name alone."""
    drawn = Table(
        title=None if title is None else inert(title, "bold"),
        box=box.SIMPLE_HEAD,
        title_justify="left",
        pad_edge=False,
        collapse_padding=True,
        header_style="bold",
    )
    for column in (Column(name=c) if isinstance(c, str) else c for c in columns):
        drawn.add_column(
            Text("\n").join(inert(line) for line in column.name.split("\n")),
            justify="right" if column.number else "left",
            no_wrap=column.number,
            min_width=column.width,
            max_width=column.max_width,
            overflow="fold",
        )
    for row in rows:
        drawn.add_row(*(_cell(cell) for cell in row))
    return drawn


def inert(text: str, style: str = "") -> Text:
    """Return a text from outside for a console: no markup, no control characters."""
    return Text(visible(text), style=style)


def roles_table(principals: Sequence[PrincipalUsage]) -> Table:
    """Return what each principal did, in numbers."""
    columns: list[Column | str] = [Column(name="Role", width=16), Column(name="Account", width=12)]
    columns += [Column(name=name, number=True) for name in ("Events", "Denied", "Unmapped", "Active\ndays")]
    columns += [_DAY, "Runs under it"]
    rows = (
        (
            p.name or p.arn,
            p.account,
            p.events,
            _alarm(p.denied),
            sum(u.count for u in p.unmapped),
            len(p.active_dates),
            _day(p.last_seen),
            _some(sorted(p.workloads, key=lambda name: (-p.workloads[name], name)), 2),
        )
        for p in principals
    )
    return table(None, columns, rows)


_RESOURCES_SHOWN = 5
"""Of one action; the JSON has all."""


def usage_table(principal: PrincipalUsage) -> Table:
    """Return what one principal did, a row per action, outcome and resource; of many resources the most used."""
    return _uses_table(principal.name or principal.arn or principal.kind.value, principal.uses)


def denials_table(principals: Iterable[PrincipalUsage], denials: Mapping[str, Denials]) -> Table:
    """Return what the refused calls of each principal look like."""
    judged = [(p, denials[p.arn]) for p in principals if p.arn is not None and p.arn in denials]
    rows = (
        (
            p.name or p.arn or "",
            one.kind.value,
            one.calls,
            one.actions,
            one.days,
            ", ".join(f"{spike.date} ({spike.calls})" for spike in one.spikes),
            one.reason,
        )
        for p, one in judged
    )
    return table(
        "What refused calls look like",
        (
            "Principal",
            "Looks like",
            Column(name="Calls", number=True),
            Column(name="Actions", number=True),
            Column(name="Days", number=True),
            "Spikes",
            "Why",
        ),
        rows,
    )


def denied_table(principal: PrincipalUsage) -> Table:
    """Return what one principal was refused, a row per action and resource."""
    refused = [use for use in principal.uses if use.outcome is Outcome.DENIED]
    return _uses_table(f"{principal.name or principal.arn}: {principal.denied} calls refused", refused)


def proposal_table(proposals: Sequence[Proposal]) -> Table:
    """Return one row per role, by account: its grants by verdict, and what became of it."""
    columns = [Column(name="Role", width=16), Column(name="Status", width=12, max_width=12)]
    names = ("Granted", "Used", "Unused", "Not\nobserv-\nable", "Too\nnew", "Denied\ncalls")
    columns += [Column(name=name, number=True) for name in names]
    rows: list[tuple[Cell, ...]] = []
    for account, members in groupby(proposals, key=lambda p: p.account or _NO_ACCOUNT[p.role.permission_set is None]):
        rows.append((Styled(account, "bold"),))
        rows += [_proposal_row(p) for p in members]
    return table(None, columns, rows)


def verdict_table(proposal: Proposal, *, actions: int = 6) -> Table:
    """Return the verdicts of one role: a row per grant that was seen, the others by service and reason.

    Args:
        proposal: The role's proposal.
        actions: How many actions of a group are named.
    """
    columns = (
        Column(name="Verdict", width=14),
        Column(name="Action", width=16),
        Column(name="Kept on, or why", width=16),
        Column(name="Calls", number=True),
        _DAY,
    )
    rows: list[tuple[Cell, ...]] = [
        (
            Styled(v.verdict.value, _VERDICT_STYLES[v.verdict]),
            v.action,
            _some(v.kept_where, 3) or v.reason,
            v.evidence.calls,
            _day(v.evidence.last_seen),
        )
        for v in seen_verdicts(proposal)
    ]
    rows += [
        (Styled(g.verdict.value, _VERDICT_STYLES[g.verdict]), g.name_actions(actions), g.reason, None, None)
        for g in group_verdicts(proposal.verdicts, *(v for v in Verdict if v not in SEEN))
    ]
    return table(proposal.role.name, columns, rows)


def patterns_text(proposal: Proposal) -> Text:
    """Return a line for each pattern that stands for more than what was seen: how many values, one, what else."""
    learned = {
        one.pattern: one for verdict in proposal.verdicts for one in verdict.learned if one.pattern in verdict.kept
    }
    lines = Text()
    for pattern, one in sorted(learned.items()):
        example = f", such as {one.examples[0]}" if one.examples else ""
        lines.append_text(inert(pattern, "bold")).append_text(
            inert(f" stands for {one.values:,} values{example}; also matches {one.also_matches.sentence}")
        ).append("\n")
    return lines


def reasons_text(proposals: Iterable[Proposal]) -> Text:
    """Return a line for each role without changes that says why."""
    lines = Text()
    for proposal in proposals:
        if not proposal.is_emitted:
            lines.append_text(inert(proposal.role.name, "bold")).append(": ")
            lines.append_text(inert(proposal.reason)).append("\n")
    return lines


def guardrails_text(proposals: Iterable[Proposal]) -> Text:
    """Return a line for each of the team's guardrails that does not hold."""
    lines = Text()
    for proposal in proposals:
        for finding in proposal.guardrails:
            if finding.is_open:
                lines.append_text(inert(proposal.role.name, "bold")).append(": ")
                lines.append_text(inert(f"{finding.rule}: {finding.text}", "red")).append("\n")
    return lines


def confidence_text(proposal: Proposal) -> Text:
    """Return how sure a proposal is, a line for each thing that is known of it; empty where nothing is."""
    sentences = proposal.confidence.sentences if proposal.confidence is not None else ()
    return Text("\n").join(inert(sentence) for sentence in sentences)


def diff_text(diff: str) -> Text:
    """Return a unified diff in the colours that git uses; tabs are four spaces and line ends are not shown."""
    lines = diff.replace("\r\n", "\n").removesuffix("\n").split("\n")
    return Text("\n").join(inert(line.expandtabs(4), _diff_style(line)) for line in lines)


def _proposal_row(proposal: Proposal) -> tuple[Cell, ...]:
    counts = count_verdicts(proposal)
    return (
        _name(proposal),
        Styled(proposal.status.value.replace("-", " "), _STATUS_STYLES.get(proposal.status, "")),
        counts.granted,
        counts.seen,
        counts.unused,
        counts.not_observable,
        counts.too_new,
        _alarm(proposal.activity.denied),
    )


_NO_ACCOUNT = {True: "unknown account", False: "permission sets"}
"""Whether it is a role, and not a permission set whose owner is not told → what stands where the account would."""


def _name(proposal: Proposal) -> str:
    """A role's name; of a permission set with how many accounts it is in."""
    if proposal.role.permission_set is None:
        return proposal.role.name
    number = len(proposal.accounts)
    return f"{proposal.role.name} ({number:,} account{'s' if number != 1 else ''})"


def _uses_table(title: str, uses: Sequence[Use]) -> Table:
    columns = (
        "Action",
        "Resource",
        Column(name="Outcome", width=8),
        Column(name="Calls", number=True),
        Column(name="First seen", width=10),
        _DAY,
    )
    rows: list[tuple[Cell, ...]] = []
    for (action, outcome), same in groupby(sorted(uses, key=_use_key), key=lambda use: _use_key(use)[:2]):
        by_resource = [list(found) for _, found in groupby(same, key=lambda use: use.resource)]
        if len(by_resource) > _RESOURCES_SHOWN:
            by_resource.sort(key=lambda found: -_calls(found))
        shown, rest = by_resource[:_RESOURCES_SHOWN], by_resource[_RESOURCES_SHOWN:]
        rows += [_uses_row(action, found[0].resource, outcome, found) for found in shown]
        if rest:
            left = [use for found in rest for use in found]
            rows.append(_uses_row(action, f"and {len(rest):,} more resources", outcome, left))
    return table(title, columns, rows)


def _uses_row(action: str, resource: str, outcome: str, uses: Sequence[Use]) -> tuple[Cell, ...]:
    first, last = min(use.first_seen for use in uses), max(use.last_seen for use in uses)
    style = "red" if outcome == Outcome.DENIED else ""
    return (action, resource, Styled(outcome, style), _calls(uses), _day(first), _day(last))


def _calls(uses: Sequence[Use]) -> int:
    return sum(use.count for use in uses)


def _use_key(use: Use) -> tuple[str, str, str]:
    return (use.action, use.outcome.value, use.resource)


def _cell(cell: Cell) -> Text:
    match cell:
        case None:
            return Text("")
        case Styled(text, style):
            return inert(text, style)
        case int():
            return Text(f"{cell:,}")
        case str():
            return inert(cell)


def _alarm(number: int) -> Cell:
    return Styled(f"{number:,}", "red") if number else 0


def _day(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).date().isoformat()


def _some(texts: Sequence[str], limit: int) -> str:
    more = f" and {len(texts) - limit} more" if len(texts) > limit else ""
    return ", ".join(texts[:limit]) + more


def _diff_style(line: str) -> str:
    if line.startswith(("--- ", "+++ ", "diff ", "new file", "deleted file")):
        return "bold"
    return {"+": "green", "-": "red", "@": "cyan", "\\": "dim"}.get(line[:1], "")
