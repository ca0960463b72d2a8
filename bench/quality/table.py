"""The scores as tables, the targets with pass or fail, and where the targets are missed."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from bench.quality.judge import Score
from bench.quality.trial import DEFAULT_LEVEL, Result

_COLUMNS = ("", "by event", "distinct", "observable", "unobservable", "F0.5", "F1", "F2", "characters", "proposals")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One promise in numbers."""

    name: str
    measured: str
    is_met: bool


def targets_of(result: Result) -> tuple[Target, ...]:
    """Return the targets at the default level."""
    score, made = result.scores[DEFAULT_LEVEL], result.proposed[DEFAULT_LEVEL]
    by_event, distinct = (
        ratio(score.denied_events, score.events),
        ratio(score.denied_authorizations, score.authorizations),
    )
    surplus, share = ratio(score.kept_surplus, score.surplus), ratio(made, result.with_evidence)
    return (
        Target(name="false denies by event at most 0.1 %", measured=_percent(by_event, 3), is_met=by_event <= 0.001),
        Target(
            name="false denies by distinct authorization at most 1 %",
            measured=_percent(distinct),
            is_met=distinct <= 0.01,
        ),
        Target(
            name="false-allow share at most 5 % of what could be seen",
            measured=_percent(surplus),
            is_met=surplus <= 0.05,
        ),
        Target(
            name="nothing removed that could not be seen or was too new",
            measured=f"{score.removed_unseen} pairs",
            is_met=score.removed_unseen == 0,
        ),
        Target(
            name="a proposal for at least 90 % of the roles with enough evidence",
            measured=f"{made} of {result.with_evidence}",
            is_met=share >= 0.9,
        ),
        Target(
            name="every proposal proven and replayed",
            measured=f"{result.failed_checks} failed",
            is_met=not result.failed_checks,
        ),
    )


def lines_of(result: Result) -> Iterator[str]:
    """Yield the table of one result, and its targets."""
    withheld = result.roles - result.with_evidence
    yield (
        f"seed {result.seed}, {result.roles} roles, {result.days} days of training, {result.events:,} events; "
        f"judged are the {result.with_evidence} roles with enough evidence ({withheld} have not)"
    )
    yield ""
    yield from _table([_COLUMNS, *(_row(name, score, result) for name, score in result.scores.items())])
    yield ""
    for target in targets_of(result):
        yield f"{'pass' if target.is_met else 'FAIL'}  {target.name}: {target.measured}"
    statuses = result.statuses[DEFAULT_LEVEL]
    words = (
        f"{n} {status}{'' if enough else ' (too little evidence)'}" for (status, enough), n in sorted(statuses.items())
    )
    yield f"      at level {DEFAULT_LEVEL}: {', '.join(words)}"
    yield ""


def findings_of(score: Score, most: int = 12) -> Iterator[str]:
    """Yield where false denies, grants kept for nothing and grants removed unseen come from, most first."""
    by_role, by_reason, removed = Counter[str](), Counter[str](), Counter[str]()
    for (style, logging, action, verdict, reason), count in score.why_kept.items():
        by_role[f"{style} | {logging}"] += count
        by_reason[f"{action.partition(':')[0]} | {verdict} | {reason}"] += count
    for (_, action, verdict, reason), count in score.why_removed.items():
        service = action.partition(":")[0]
        removed[f"{'cloudwatch:*' if service == 'cloudwatch' else action} | {verdict} | {reason}"] += count
    denied = Counter({" | ".join(key): count for key, count in score.why_denied.items()})
    parts = (
        ("false denies, calls", denied, 0),
        ("observable, not needed, kept, by style and logging", by_role, score.surplus),
        ("the same, by service, verdict and reason", by_reason, score.surplus),
        ("removed unseen, pairs", removed, 0),
    )
    for title, counter, whole in parts:
        yield f"{title}:"
        for key, count in counter.most_common(most):
            if count:
                yield f"{_percent(count / whole) if whole else count:>8}  {key}"
        yield ""


def ratio(part: int, whole: int) -> float:
    """Return a share, 0 of nothing."""
    return part / whole if whole else 0.0


def _row(name: str, score: Score, result: Result) -> tuple[str, ...]:
    proposals = f"{result.proposed[name]}/{result.with_evidence}" if name in result.proposed else ""
    return (
        f"trailmin, {name}" if name in result.proposed else name,
        _percent(ratio(score.denied_events, score.events), 3),
        _percent(ratio(score.denied_authorizations, score.authorizations)),
        _percent(ratio(score.kept_surplus, score.surplus)),
        _percent(ratio(score.kept_unseen, score.unseen)),
        *(f"{score.f_score(beta):.2f}" for beta in (0.5, 1, 2)),
        f"{ratio(score.characters, score.roles):,.0f}",
        proposals,
    )


def _percent(share: float, digits: int = 2) -> str:
    return f"{100 * share:.{digits}f} %"


def _table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    yield _line(_groups(widths))
    for row in rows:
        yield _line(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )


def _groups(widths: list[int]) -> list[str]:
    """What the columns of the second line have in common."""
    denies, kept = sum(widths[1:3]) + 3, sum(widths[3:5]) + 3
    return [
        " " * widths[0],
        "false denies".center(denies),
        "kept of what is not needed".center(kept),
        *(" " * w for w in widths[5:]),
    ]


def _line(cells: list[str]) -> str:
    return " | ".join(cells).rstrip()
