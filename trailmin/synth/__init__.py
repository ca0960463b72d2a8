"""Verdicts, tightening and replay: from usage and the state in force to proposals."""

from trailmin.synth.model import GrantVerdict, Options, Proposal, Status, Verdict
from trailmin.synth.propose import Evidence, propose

__all__ = ["Evidence", "GrantVerdict", "Options", "Proposal", "Status", "Verdict", "propose"]
