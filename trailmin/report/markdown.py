"""The body of a pull request: what a reviewer needs to merge a proposal, the verdict on every grant behind a fold."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from trailmin.current import PolicyKind
from trailmin.packaged import packaged_path
from trailmin.report.escape import EMPTY, markdown_cell, markdown_code, markdown_text, shorten
from trailmin.report.grouping import (
    SEEN,
    Counts,
    VerdictGroup,
    count_verdicts,
    group_verdicts,
    seen_verdicts,
    size_after,
)
from trailmin.report.listing import list_some
from trailmin.synth.escalation_model import Reach
from trailmin.synth.model import ChangeKind, GrantVerdict, PolicyChange, Proposal, Verdict
from trailmin.synth.patterns import LearnedPattern

TEMPLATE = "pull_request.md.j2"

_SHOWN_ROWS = 10
"""Rows of a table before the fold; the body should fit two screens."""

_TEXT_WIDTH = 160
"""Longest value in a body; evidence.json has it whole."""

_DETAILS_BUDGET = 40_000
"""Characters of the folded table: GitHub takes 65,536 for a body (GraphQL, CreatePullRequestInput)."""

_ROW_FRAME = 40
"""Characters of a folded row beside its texts."""

_CHANGE_WORDS = {
    ChangeKind.PUT_INLINE: "rewritten",
    ChangeKind.DELETE_INLINE: "deleted",
    ChangeKind.CREATE_VERSION: "new default version",
    ChangeKind.DETACH: "detached",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """A change as a reviewer reads it."""

    policy: str
    kind: str
    effect: str
    kept: int | None
    """Grants; None where another change has them."""
    removed: int | None
    size: int | None
    shared_with: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedRow:
    """A pattern that stands for more than what was seen, as a reviewer reads it."""

    learned: LearnedPattern
    """Of several actions on one pattern the one with most values."""
    actions: tuple[str, ...]
    held_out: int | None
    """Per cent of the held-out values that are matched; None where no days could be held out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """All that the template shows beside the proposal itself."""

    counts: Counts
    changes: tuple[ChangeRow, ...]
    seen: tuple[GrantVerdict, ...]
    more_seen: int
    gone: tuple[VerdictGroup, ...]
    more_gone: int
    unobservable: tuple[VerdictGroup, ...]
    more_unobservable: int
    too_new: tuple[VerdictGroup, ...]
    pinned: tuple[GrantVerdict, ...]
    learned: tuple[LearnedRow, ...]
    more_learned: int
    closed: tuple[str, ...]
    """Names of the paths of escalation that the proposal closes."""
    narrowed: tuple[str, ...]
    """Those that it leaves open on some resources only."""
    open: tuple[str, ...]
    """Those that it leaves as they are."""
    details: tuple[GrantVerdict, ...]
    more_details: int
    left: tuple[str, ...]
    """What files of infrastructure code do not have as proposed."""
    more_left: int
    notes: tuple[str, ...]
    more_notes: int


def render_pull_request(
    proposal: Proposal, *, left: Sequence[str] = (), is_in_code: bool = False, has_scripts: bool = True
) -> str:
    """Return the Markdown of a proposal, below 65,536 characters; of one without changes, the explanation of it.

    Args:
        proposal: What is proposed.
        left: What infrastructure code keeps, or has wider, than what is proposed, a sentence each.
        is_in_code: Whether policies change in infrastructure code.
        has_scripts: Whether scripts beside the text change policies in the account.
    """
    review = _review(proposal, left)
    return _template().render(proposal=proposal, review=review, is_in_code=is_in_code, has_scripts=has_scripts)


def _review(proposal: Proposal, left: Sequence[str]) -> Review:
    verdicts = proposal.verdicts
    seen = seen_verdicts(proposal)
    gone = group_verdicts((v for v in verdicts if not v.kept), Verdict.UNUSED)
    unobservable = group_verdicts(verdicts, Verdict.NOT_OBSERVABLE)
    # Grants that go unseen are listed by service above: what is worth a row each is what stays.
    stays = sorted(
        (v for v in verdicts if v.kept), key=lambda v: (v.verdict not in SEEN, v.policy, v.statement, v.action)
    )
    details = _fitting(stays)
    learned = _learned_rows(verdicts)
    return Review(
        counts=count_verdicts(proposal),
        changes=tuple(_change_row(change, proposal) for change in proposal.changes),
        seen=seen[:_SHOWN_ROWS],
        more_seen=len(seen[_SHOWN_ROWS:]),
        gone=gone[:_SHOWN_ROWS],
        more_gone=len(gone[_SHOWN_ROWS:]),
        unobservable=unobservable[:_SHOWN_ROWS],
        more_unobservable=len(unobservable[_SHOWN_ROWS:]),
        too_new=group_verdicts(verdicts, Verdict.TOO_NEW)[:_SHOWN_ROWS],
        pinned=tuple(v for v in verdicts if v.pinned)[:_SHOWN_ROWS],
        learned=learned[:_SHOWN_ROWS],
        more_learned=len(learned[_SHOWN_ROWS:]),
        closed=tuple(c.path.name for c in proposal.paths if c.after is Reach.CLOSED),
        narrowed=tuple(c.path.name for c in proposal.paths if Reach.CLOSED < c.after < c.before),
        open=tuple(c.path.name for c in proposal.paths if c.after >= c.before),
        details=details,
        more_details=len(stays) - len(details),
        left=tuple(left[:_SHOWN_ROWS]),
        more_left=len(left[_SHOWN_ROWS:]),
        notes=proposal.notes[:_SHOWN_ROWS],
        more_notes=len(proposal.notes[_SHOWN_ROWS:]),
    )


def _learned_rows(verdicts: Iterable[GrantVerdict]) -> tuple[LearnedRow, ...]:
    by_pattern: dict[str, list[tuple[str, LearnedPattern]]] = defaultdict(list)
    for verdict in verdicts:
        for learned in verdict.learned:
            if learned.pattern in verdict.kept:
                by_pattern[learned.pattern].append((verdict.action, learned))
    return tuple(_learned_row(by_pattern[pattern]) for pattern in sorted(by_pattern))


def _learned_row(found: Sequence[tuple[str, LearnedPattern]]) -> LearnedRow:
    learned = max((one for _, one in found), key=lambda one: (one.values, one.calls, one.examples))
    shares = [one.held_out for _, one in found if one.held_out is not None]
    return LearnedRow(
        learned=learned,
        actions=tuple(sorted({action for action, _ in found})),
        held_out=int(min(shares) * 100) if shares else None,
    )


def _change_row(change: PolicyChange, proposal: Proposal) -> ChangeRow:
    replaced = {c.replaces for c in proposal.changes if c.replaces is not None}
    is_stood_in_for = change.kind is ChangeKind.DETACH and change.policy is not None and change.policy.arn in replaced
    of_policy = _verdicts_of(change, proposal)
    return ChangeRow(
        policy=change.name,
        kind=_kind_after(change).value,
        effect=_effect(change),
        kept=None if is_stood_in_for else sum(bool(v.kept) for v in of_policy),
        removed=None if is_stood_in_for else sum(not v.kept for v in of_policy),
        size=size_after(change, proposal),
        shared_with=change.shared_with,
    )


def _kind_after(change: PolicyChange) -> PolicyKind:
    if change.policy is None or change.kind is ChangeKind.PUT_INLINE:
        return PolicyKind.INLINE
    return change.policy.kind


def _verdicts_of(change: PolicyChange, proposal: Proposal) -> tuple[GrantVerdict, ...]:
    """The verdicts on the policy that a change edits, removes or replaces."""
    before = change.policy or next(
        (p for p in proposal.role.policies if change.replaces is not None and p.arn == change.replaces), None
    )
    return tuple(v for v in proposal.verdicts if v.policy == (before.name if before else change.name))


def _effect(change: PolicyChange) -> str:
    if change.replaces is not None:
        return f"new, in place of {change.replaces}"
    return "new" if change.policy is None else _CHANGE_WORDS[change.kind]


def _fitting(verdicts: Sequence[GrantVerdict]) -> tuple[GrantVerdict, ...]:
    """The first rows, as many as fit the budget of the fold."""
    left = _DETAILS_BUDGET
    rows: list[GrantVerdict] = []
    for verdict in verdicts:
        kept = _list_of_code(verdict.kept_where)
        left -= _ROW_FRAME + len(kept) + min(len(verdict.reason), _TEXT_WIDTH) * 2
        left -= sum(len(text) for text in (verdict.action, verdict.policy, *verdict.evidence.event_ids))
        if left < 0:
            break
        rows.append(verdict)
    return tuple(rows)


@cache
def _template() -> Template:
    # Autoescape would write HTML entities; Markdown needs its own filters, and a test sees that no value lacks one.
    environment = Environment(  # noqa: S701
        loader=FileSystemLoader(packaged_path("templates")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(FILTERS)
    return environment.get_template(TEMPLATE)


def _code(text: str) -> str:
    return markdown_code(shorten(text, _TEXT_WIDTH))


def _prose(text: str) -> str:
    return markdown_text(shorten(text, _TEXT_WIDTH * 2))


def _sentence(text: str) -> str:
    prose = _prose(text)
    return prose if prose.endswith((".", "!", "?")) else f"{prose}."


def _list_of_code(texts: Iterable[str], limit: int = 3) -> str:
    return list_some(texts, limit, form=_code) or EMPTY


def _sentences(texts: Iterable[str], limit: int) -> str:
    return f"{list_some(texts, limit, form=_prose, joint='; ')}."


def _number(value: int) -> str:
    return f"{value:,}"


def _day(moment: datetime | None) -> str:
    return EMPTY if moment is None else moment.astimezone(UTC).date().isoformat()


FILTERS: dict[str, Callable[..., str]] = {
    "code": _code,
    "prose": _prose,
    "sentence": _sentence,
    "sentence_start": lambda text: _sentence(text[:1].upper() + text[1:]),
    "code_cell": lambda text: markdown_cell(_code(text)),
    "prose_cell": lambda text: markdown_cell(_prose(text)),
    "sentences": _sentences,
    "codes": _list_of_code,
    "codes_cell": lambda texts, limit=3: markdown_cell(_list_of_code(texts, limit)),
    "number": _number,
    "day": _day,
}
"""What a value passes through on its way into the template: nothing reaches the text without one."""
