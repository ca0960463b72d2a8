"""The two promises, checked on our own output: no broader, nothing broken."""

from collections.abc import Sequence

from trailmin.catalog import Catalog
from trailmin.policy import NotProven, Policy, Proven, Refuted, included, included_by_containment
from trailmin.synth.model import ProofResult, ReplayResult
from trailmin.synth.replay import replay
from trailmin.synth.tighten import Tightened
from trailmin.usage import Use

CONTAINMENT = "every statement is contained in statements in force; every Deny is unchanged"
CASES = "shown for all requests, by cases over actions, resources and condition keys"


def check(tightened: Sequence[Tightened], uses: Sequence[Use], catalog: Catalog) -> tuple[ProofResult, ReplayResult]:
    """Return whether a role's policies after the change grant nothing more, and whether all that worked still does."""
    old = [t.before.policy for t in tightened]
    new = [policy for t in tightened if (policy := t.policy) is not None]
    return prove(new, old), replay(uses, old, new, catalog)


def prove(new: Sequence[Policy], old: Sequence[Policy]) -> ProofResult:
    """Return whether new policies grant nothing that the old ones do not, over every possible request.

    Containment of statements is tried first: it is what tightening aims at, and what a reviewer can follow.
    """
    if isinstance(included_by_containment(new, old), Proven):
        return ProofResult(proven=True, method=CONTAINMENT)
    match included(new, old):
        case Proven():
            return ProofResult(proven=True, method=CASES)
        case Refuted(witness=witness, allowed_by=statement):
            reason = f"{statement} allows {witness.action} on {witness.resource}, which is not allowed now"
            return ProofResult(proven=False, method=CASES, reason=reason)
        case NotProven(reason=reason):
            return ProofResult(proven=False, method=CASES, reason=reason)
