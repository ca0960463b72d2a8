"""The part of the page that is plain HTML: totals, charts and the list of roles, which need no script to be read."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from trailmin.report.coverage import logged_of, missing_periods
from trailmin.report.escape import shorten, visible
from trailmin.report.html.model import Report, RoleReport, TrendPoint
from trailmin.report.html.role_data import checks_of
from trailmin.synth.model import Proposal, Status
from trailmin.usage.account_coverage import AccountCoverage
from trailmin.usage.coverage import Coverage

_CHARTED_SERVICES = 12

_WIDTH = 100.0
"""Of a bar, in per cent of the longest."""

_NAME_WIDTH = 80

STATUS_WORDS = {
    Status.TIGHTENED: "tightened",
    Status.UNCHANGED: "unchanged",
    Status.GENERATED: "generated",
    Status.INSUFFICIENT_EVIDENCE: "insufficient evidence",
    Status.UNUSED_ROLE: "unused role",
    Status.EXPLAINED: "not editable",
    Status.EXCLUDED: "excluded",
    Status.OBSERVED: "observed",
    Status.WITHHELD: "withheld",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One figure of the overview."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Grants of one service, in numbers and as widths of a stacked bar."""

    name: str
    seen: int
    unseen: int
    """Kept although they were not seen."""
    removed: int
    longest: int
    """Grants of the service with most; 0 for what is told in numbers alone."""

    @property
    def total(self) -> int:
        """Grants in force."""
        return self.seen + self.unseen + self.removed

    @property
    def parts(self) -> Iterator[tuple[str, float, float]]:
        """The parts of the bar that are there: class, left end and width."""
        left = 0.0
        for kind, value in (("seen", self.seen), ("unseen", self.unseen), ("removed", self.removed)):
            width = round(_WIDTH * value / self.longest, 3) if self.longest else 0.0
            if width:
                yield kind, round(left, 3), width
            left += width


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A role in the list."""

    index: int
    name: str
    account: str
    status: str
    status_words: str
    granted: int
    seen: int
    removed: int
    calls: int
    denied: int
    last: str
    findings: int
    search: str
    """What the search looks at, in lower case."""

    @property
    def reduction(self) -> int:
        """Grants removed, in per cent of those in force."""
        return round(100 * self.removed / self.granted) if self.granted else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A metric over the runs, as points of a line in a box of 100 by 30."""

    name: str
    points: str
    first: str
    last: str


def tiles(report: Report) -> tuple[Tile, ...]:
    """Return the figures of the overview."""
    proposals = [role.proposal for role in report.roles]
    granted = sum(len(p.verdicts) for p in proposals)
    emitted = [p for p in proposals if p.is_emitted]
    removed = sum(not v.kept for p in emitted for v in p.verdicts)
    holding = sum(all(holds for _, holds, _ in checks_of(p)) for p in emitted)
    calls = sum(p.activity.events for p in proposals)
    denied = sum(p.activity.denied for p in proposals)
    accounts = {p.account for p in proposals if p.account is not None}
    return (
        Tile(label="Roles", value=f"{len(proposals):,}", note=f"in {len(accounts):,} accounts"),
        Tile(label="Proposals to merge", value=f"{len(emitted):,}", note=f"{holding:,} with both checks held"),
        Tile(label="Grants in force", value=f"{granted:,}"),
        Tile(label="Grants that go", value=f"{removed:,}", note=f"{_percent(removed, granted)} of those in force"),
        Tile(label="Calls looked at", value=f"{calls:,}", note=f"{denied:,} of them denied"),
        Tile(label="Withheld", value=f"{sum(p.status is Status.WITHHELD for p in proposals):,}", note="checks failed"),
    )


def rows(report: Report) -> tuple[Row, ...]:
    """Return the roles in the order of the report."""
    return tuple(_row(index, role) for index, role in enumerate(report.roles))


def statuses(report: Report) -> tuple[tuple[str, str, int], ...]:
    """Return each status that a role has: its key, words and number of roles."""
    counts = {status: sum(role.proposal.status is status for role in report.roles) for status in Status}
    return tuple((status.value, STATUS_WORDS[status], count) for status, count in counts.items() if count)


def bars(report: Report) -> tuple[Bar, ...]:
    """Return the services with most grants in force, and the others together, whose sum would dwarf each."""
    totals: dict[str, list[int]] = {}
    for role in report.roles:
        for prefix, *numbers in role.services:
            held = totals.setdefault(prefix, [0, 0, 0])
            for at, number in enumerate(numbers):
                held[at] += number
    ordered = sorted(totals.items(), key=lambda one: (-sum(one[1]), one[0]))
    shown, others = ordered[:_CHARTED_SERVICES], ordered[_CHARTED_SERVICES:]
    longest = max((sum(numbers) for _, numbers in shown), default=0)
    found = [_bar(name, numbers, longest) for name, numbers in shown]
    if others:
        found.append(
            _bar(f"{len(others)} others", [sum(column) for column in zip(*(n for _, n in others), strict=True)], 0)
        )
    return tuple(found)


def _bar(name: str, numbers: Sequence[int], longest: int) -> Bar:
    seen, unseen, removed = numbers
    return Bar(name=name, seen=seen, unseen=unseen, removed=removed, longest=longest)


def trend(points: Sequence[TrendPoint]) -> tuple[Line, ...]:
    """Return a line for each metric that at least two runs have."""
    names = sorted({name for point in points for name in point.values})
    found = ((name, [point.values[name] for point in points if name in point.values]) for name in names)
    return tuple(_line(name, values) for name, values in found if len(values) > 1)


def coverage_rows(coverage: Coverage | None) -> tuple[dict[str, Any], ...]:
    """Return what the logs of each account could have shown."""
    if coverage is None:
        return ()
    return tuple(_account(account, coverage) for _, account in sorted(coverage.accounts.items()))


def window_words(report: Report) -> str:
    """Return the days that the report is about."""
    windows = {(role.proposal.window.since, role.proposal.window.until) for role in report.roles}
    if not windows:
        return "no roles"
    since, until = min(w[0] for w in windows), max(w[1] for w in windows)
    return f"{since.isoformat()} to {until.isoformat()}, {(until - since).days + 1} days"


def _row(index: int, role: RoleReport) -> Row:
    proposal = role.proposal
    numbers = [sum(column) for column in zip(*(n for _, *n in role.services), strict=True)] or [0, 0, 0]
    name = visible(proposal.role.name)
    accounts = proposal.accounts or ("unknown",)
    account = visible(accounts[0]) if len(accounts) == 1 else f"{len(accounts):,} accounts"
    last = proposal.activity.last_seen
    return Row(
        index=index,
        name=shorten(name, _NAME_WIDTH),
        account=account,
        status=proposal.status.value,
        status_words=STATUS_WORDS[proposal.status],
        granted=sum(numbers),
        seen=numbers[0],
        removed=numbers[2],
        calls=proposal.activity.events,
        denied=proposal.activity.denied,
        last=last.date().isoformat() if last else "",
        findings=sum(len(section.rows) for section in role.sections if section.is_alarming),
        search=shorten(" ".join((name, account, *_searchable(proposal))).lower(), 600),
    )


def _searchable(proposal: Proposal) -> Iterable[str]:
    yield STATUS_WORDS[proposal.status]
    yield from (visible(policy.name) for policy in proposal.role.policies)
    yield from (visible(workload) for workload in sorted(proposal.activity.workloads))


def _line(name: str, values: Sequence[float]) -> Line:
    low, high = min(values), max(values)
    step = 100 / (len(values) - 1)
    points = " ".join(
        f"{at * step:.1f},{28 - 26 * ((value - low) / (high - low) if high > low else 0.5):.1f}"
        for at, value in enumerate(values)
    )
    return Line(name=visible(name), points=points, first=f"{values[0]:,.4g}", last=f"{values[-1]:,.4g}")


def _account(account: AccountCoverage, coverage: Coverage) -> dict[str, Any]:
    missing = missing_periods(coverage, account)
    return {
        "account": visible(account.account),
        "events": f"{account.events:,}",
        "days": f"{len(account.dates):,}",
        "regions": ", ".join(sorted(map(visible, account.regions))),
        "missing": [f"{first} to {last}" if first != last else f"{first}" for first, last in missing],
        "logged": [
            " ".join(
                part
                for part in (
                    kind.category,
                    kind.resource_type or "",
                    {True: "reads", False: "writes", None: ""}[kind.read_only],
                    f"in {region}" if region else "",
                    f"({kind.admission.name.lower()})",
                )
                if part
            )
            for region, kind in logged_of(account)
        ],
    }


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "none"
