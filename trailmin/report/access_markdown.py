"""The text of a pull request that tightens a policy on a resource, or a trust policy."""

from collections.abc import Iterator, Sequence

from trailmin.report.escape import markdown_cell, markdown_code, markdown_text, shorten
from trailmin.synth.access.model import AccessProposal

_SHOWN = 100
_WIDTH = 120


def render_access(proposal: AccessProposal, refused: Sequence[str], *, has_scripts: bool) -> str:
    """Return the Markdown of a proposal that changes something; texts from outside stand as code or are escaped.

    Args:
        proposal: With something to merge.
        refused: What is not changed in place in infrastructure code, a sentence each.
        has_scripts: Whether scripts beside it put the policy on the resource.
    """
    lines = [*_lines(proposal, refused)]
    if has_scripts:
        lines += ("## Apply and roll back", "", "`apply.sh` puts the policy on the resource, `rollback.sh` undoes it.")
    return "\n".join(lines).rstrip("\n") + "\n"


def _lines(proposal: AccessProposal, refused: Sequence[str]) -> Iterator[str]:
    what = "trust policy" if proposal.is_trust else "policy"
    yield f"# Tighten the {what} of {_code(proposal.policy.resource)}"
    yield ""
    yield f"{markdown_text(proposal.reason[:1].upper() + proposal.reason[1:])}."
    yield ""
    yield from _promises(proposal)
    yield from _verdicts(proposal)
    if proposal.findings:
        yield from ("## Findings", "", "| finding | principal | what | advice |", "|---|---|---|---|")
        for one in proposal.findings[:_SHOWN]:
            yield _row(one.kind.value, _cell(one.principal), _text(one.text), _text(one.advice or ""))
        yield from _more(len(proposal.findings))
    if refused:
        yield from ("## What is not changed in place", "", *(f"- {markdown_text(reason)}" for reason in refused), "")
    if proposal.notes:
        yield from ("## Notes", "", *(f"- {markdown_text(note)}" for note in proposal.notes[:_SHOWN]), "")


def _promises(proposal: AccessProposal) -> Iterator[str]:
    if proposal.proof is not None and proposal.proof.proven:
        method = markdown_text(proposal.proof.method)
        yield f"- **No broader:** proven. It lets nobody in who is not let in now ({method})."
    if proposal.replay is not None and proposal.replay.passed:
        kept = proposal.replay.kept
        yield f"- **Nothing broken:** {kept:,} authorised calls of the window were replayed, and all are still let in."
    yield ""


def _verdicts(proposal: AccessProposal) -> Iterator[str]:
    yield from ("## Who may, and who did", "", "| principal | action | verdict | why | stays with |")
    yield "|---|---|---|---|---|"
    for one in proposal.verdicts[:_SHOWN]:
        kept = ", ".join(_cell(principal) for principal in one.kept) or "nobody"
        yield _row(_cell(one.principal), _cell(one.action), one.verdict.value, _text(one.reason), kept)
    yield from _more(len(proposal.verdicts))


def _more(count: int) -> Iterator[str]:
    if count > _SHOWN:
        yield f"\n{count - _SHOWN:,} more are in `evidence.json`."
    yield ""


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return markdown_cell(_code(text))


def _text(text: str) -> str:
    return markdown_cell(markdown_text(shorten(text, 2 * _WIDTH)))


def _code(text: str) -> str:
    return markdown_code(shorten(text, _WIDTH))
