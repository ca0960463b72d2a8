"""Proof of inclusion: do new policies allow nothing that old ones do not, over every possible request?"""

from trailmin.policy.inclusion.prover import included

__all__ = ["included"]
