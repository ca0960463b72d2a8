"""The two promises, checked on our own output: no broader, nothing broken."""

from collections.abc import Sequence

from trailmin.catalog import Catalog
from trailmin.policy import Proven, included_by_containment
from trailmin.synth.model import ProofResult, ReplayResult
from trailmin.synth.replay import replay
from trailmin.synth.tighten import Tightened
from trailmin.usage import Use

METHOD = "every statement is contained in statements in force; every Deny is unchanged"


def check(tightened: Sequence[Tightened], uses: Sequence[Use], catalog: Catalog) -> tuple[ProofResult, ReplayResult]:
    """Return whether a role's policies after the change grant nothing more, and whether all that worked still does."""
    old = [t.before.policy for t in tightened]
    new = [policy for t in tightened if (policy := t.policy) is not None]
    match included_by_containment(new, old):
        case Proven():
            proof = ProofResult(proven=True, method=METHOD)
        case failed:
            proof = ProofResult(proven=False, method=METHOD, reason=failed.reason)
    return proof, replay(uses, old, new, catalog)
