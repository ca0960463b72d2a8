"""The text of `evidence.json`, of a thousand roles that share most of their verdicts."""

from collections.abc import Hashable, Mapping
from dataclasses import fields
from operator import attrgetter

from trailmin.report.json_output import json_text
from trailmin.report.proposal_json import evidence_head_json, verdict_json
from trailmin.synth.model import GrantVerdict, Proposal


class EvidenceTexts:
    """The texts of `evidence_json` of many roles: what verdicts have in common is spelt once."""

    def __init__(self, run: Mapping[str, object] | None = None) -> None:
        """Of the same run."""
        self._run = run
        # By id, each with its verdict, so that no other object gets the id.
        self._spelt: dict[int, tuple[GrantVerdict, str]] = {}
        self._around_actions: dict[Hashable, tuple[str, str]] = {}

    def text(self, proposal: Proposal) -> str:
        """Return what `json_text` makes of a proposal's evidence."""
        if len(self._spelt) > _SPELT_AT_ONCE:
            self._spelt.clear()
            self._around_actions.clear()
        head = json_text({**evidence_head_json(proposal, self._run), "verdicts": []})
        if not proposal.verdicts:
            return head
        verdicts = ",\n    ".join(map(self._verdict, proposal.verdicts))
        return f"{head.removesuffix(_NO_VERDICTS)}[\n    {verdicts}\n  ]\n}}\n"

    def _verdict(self, verdict: GrantVerdict) -> str:
        known = self._spelt.get(id(verdict))
        if known is None:
            known = self._spelt[id(verdict)] = (verdict, self._spell(verdict))
        return known[1]

    def _spell(self, verdict: GrantVerdict) -> str:
        """The text of one: most verdicts of a wide statement differ in nothing but the action."""
        action = f'"action": {json_text(verdict.action).removesuffix(_LINE_END)}'
        alike = _ALL_BUT_THE_ACTION(verdict)
        if alike not in self._around_actions:
            # No string in JSON has a line end or a quote of its own, so that this is the key and no text in a value.
            text = json_text(verdict_json(verdict)).removesuffix(_LINE_END).replace(_LINE_END, "\n    ")
            before, _, after = text.partition(action)
            self._around_actions[alike] = (before, after)
        before, after = self._around_actions[alike]
        return f"{before}{action}{after}"


_SPELT_AT_ONCE = 200_000
"""Verdicts whose texts are kept: about 100 MB."""

_NO_VERDICTS = "[]\n}\n"

_LINE_END = "\n"

_ALL_BUT_THE_ACTION = attrgetter(*(field.name for field in fields(GrantVerdict) if field.name != "action"))
