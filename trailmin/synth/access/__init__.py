"""Policies on resources and trust policies: who may, who did, and no broader than that."""

from trailmin.synth.access.model import (
    AccessFinding,
    AccessProposal,
    AccessVerdict,
    FindingKind,
)
from trailmin.synth.access.propose import AccessEvidence, propose_resource_policies, propose_trust_policies

__all__ = [
    "AccessEvidence",
    "AccessFinding",
    "AccessProposal",
    "AccessVerdict",
    "FindingKind",
    "propose_resource_policies",
    "propose_trust_policies",
]
