"""The text of `evidence.json`, of a thousand roles that share most of their verdicts."""

from collections.abc import Mapping

from trailmin.report.json_output import json_text
from trailmin.report.proposal_json import evidence_head_json, verdict_json
from trailmin.synth.model import GrantVerdict, Proposal


class EvidenceTexts:
    """The evidence of many roles as JSON text: a verdict that they share is spelt once."""

    def __init__(self, run: Mapping[str, object] | None = None) -> None:
        """Of the same run."""
        self._run = run
        # By id, each with its verdict, so that no other object gets the id.
        self._spelt: dict[int, tuple[GrantVerdict, str]] = {}

    def text(self, proposal: Proposal) -> str:
        """Return what `json_text` makes of a proposal's evidence: its headline and the verdict on each grant."""
        if len(self._spelt) > _SPELT_AT_ONCE:
            self._spelt.clear()
        head = json_text({**evidence_head_json(proposal, self._run), "verdicts": []})
        if not proposal.verdicts:
            return head
        verdicts = ",\n    ".join(map(self._verdict, proposal.verdicts))
        return f"{head.removesuffix(_NO_VERDICTS)}[\n    {verdicts}\n  ]\n}}\n"

    def _verdict(self, verdict: GrantVerdict) -> str:
        known = self._spelt.get(id(verdict))
        if known is None:
            # No string in JSON has a line end of its own.
            text = json_text(verdict_json(verdict)).removesuffix("\n").replace("\n", "\n    ")
            known = self._spelt[id(verdict)] = (verdict, text)
        return known[1]


_SPELT_AT_ONCE = 200_000
"""Verdicts whose texts are kept: about 100 MB."""

_NO_VERDICTS = "[]\n}\n"
