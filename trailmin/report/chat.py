"""A summary for a chat channel: a few lines of Markdown, what needs somebody first."""

from collections import Counter
from collections.abc import Iterator, Sequence

from trailmin.report.escape import markdown_code, markdown_text, shorten
from trailmin.report.listing import list_some
from trailmin.synth.access.model import AccessProposal
from trailmin.synth.model import Proposal, Status

_SHOWN = 10
"""Roles that are named."""

_WIDTH = 120


def render_chat(proposals: Sequence[Proposal], access: Sequence[AccessProposal] = ()) -> str:
    """Return the summary of a run; texts from outside stand in code spans, in which nothing is a mention or a link."""
    return "\n".join((*_lines(proposals), *_access_lines(access))) + "\n"


def _access_lines(access: Sequence[AccessProposal]) -> Iterator[str]:
    """What is said of policies on resources and trust policies."""
    if not access:
        return
    emitted = [one for one in access if one.is_emitted]
    yield f"{len(emitted):,} of {len(access):,} policies with principals can be tightened."
    for one in emitted[:_SHOWN]:
        yield f"- {markdown_code(shorten(one.policy.label, _WIDTH))}: {markdown_text(shorten(one.reason, _WIDTH))}"
    if len(emitted) > _SHOWN:
        yield f"- and {len(emitted) - _SHOWN:,} more"
    kinds = Counter(finding.kind.value for one in access for finding in one.findings)
    if kinds:
        yield f"Findings on them: {', '.join(f'{kind} {count:,}' for kind, count in sorted(kinds.items()))}."


def _lines(proposals: Sequence[Proposal]) -> Iterator[str]:
    emitted = [p for p in proposals if p.is_emitted]
    granted = sum(len(p.verdicts) for p in proposals)
    yield f"**trailmin**: {len(emitted):,} of {len(proposals):,} roles can be tightened."
    if emitted:
        yield f"{sum(_gone(p) for p in emitted):,} of {granted:,} grants go; the largest:"
    largest = sorted(emitted, key=lambda p: (-_gone(p), p.account or "", p.role.name))
    yield from (f"- {_role(p)}: {markdown_text(shorten(p.reason, _WIDTH))}" for p in largest[:_SHOWN])
    if len(largest) > _SHOWN:
        yield f"- and {len(largest) - _SHOWN:,} more"
    yield from _of(proposals, Status.WITHHELD, "Withheld, because a check of our own output failed")
    yield from _of(proposals, Status.UNUSED_ROLE, "Not used at all")
    yield from _of(proposals, Status.INSUFFICIENT_EVIDENCE, "Not enough evidence yet")


def _of(proposals: Sequence[Proposal], status: Status, words: str) -> Iterator[str]:
    found = [_role(p) for p in proposals if p.status is status]
    if found:
        yield f"{words}: {list_some(found, _SHOWN)}."


def _gone(proposal: Proposal) -> int:
    return sum(not verdict.kept for verdict in proposal.verdicts)


def _role(proposal: Proposal) -> str:
    return markdown_code(shorten(f"{proposal.account or 'unknown'}/{proposal.role.name}", _WIDTH))
