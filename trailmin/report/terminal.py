"""What is shown on a terminal: tables and coloured diffs, in which every text from outside is inert.

Cells are `Text` objects, so rich reads no markup and no emoji codes in them. On anything but a terminal there is no
colour.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
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
from trailmin.report.listing import list_some
from trailmin.synth.model import Proposal, Status, Verdict

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


LAST_SEEN = Column(name="Last seen", width=10)


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


def by_account(rows: Iterable[tuple[str, Sequence[Cell]]]) -> Iterator[Sequence[Cell]]:
    """Yield rows that are given with their accounts, under a row with the account's name wherever that changes."""
    for account, members in groupby(rows, key=lambda row: row[0]):
        yield (Styled(account, "bold"),)
        yield from (row for _, row in members)


def proposal_table(proposals: Sequence[Proposal]) -> Table:
    """Return one row per role, by account: its grants by verdict, and what became of it."""
    columns = [Column(name="Role", width=16), Column(name="Status", width=12, max_width=12)]
    names = ("Granted", "Used", "Unused", "Not\nobserv-\nable", "Too\nnew", "Denied\ncalls")
    columns += [Column(name=name, number=True) for name in names]
    rows = ((p.account or _NO_ACCOUNT[p.role.permission_set is None], _proposal_row(p)) for p in proposals)
    return table(None, columns, by_account(rows))


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
        LAST_SEEN,
    )
    rows: list[tuple[Cell, ...]] = [
        (
            Styled(v.verdict.value, _VERDICT_STYLES[v.verdict]),
            v.action,
            list_some(v.kept_where, 3) or v.reason,
            v.evidence.calls,
            day_of(v.evidence.last_seen),
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
        alarm(proposal.activity.denied),
    )


_NO_ACCOUNT = {True: "unknown account", False: "permission sets"}
"""Whether it is a role, and not a permission set whose owner is not told → what stands where the account would."""


def _name(proposal: Proposal) -> str:
    """A role's name; of a permission set with how many accounts it is in."""
    if proposal.role.permission_set is None:
        return proposal.role.name
    number = len(proposal.accounts)
    return f"{proposal.role.name} ({number:,} account{'s' if number != 1 else ''})"


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


def alarm(number: int) -> Cell:
    """Return a number that is nothing good, if it is any."""
    return Styled(f"{number:,}", "red") if number else 0


def day_of(moment: datetime | None) -> str | None:
    """Return the UTC day of a time."""
    return None if moment is None else moment.astimezone(UTC).date().isoformat()


def _diff_style(line: str) -> str:
    if line.startswith(("--- ", "+++ ", "diff ", "new file", "deleted file")):
        return "bold"
    return {"+": "green", "-": "red", "@": "cyan", "\\": "dim"}.get(line[:1], "")
