"""The exit codes that hold after proposals were made."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from trailmin.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from trailmin.synth.access import AccessProposal
    from trailmin.synth.model import Proposal


def codes_of_roles(proposals: Iterable["Proposal"]) -> Iterator[ExitCode]:
    """Yield the exit codes that hold for proposals for roles."""
    for proposal in proposals:
        if proposal.is_emitted or any(finding.is_open for finding in proposal.guardrails):
            yield ExitCode.DIFFERS
        if _is_withheld(proposal):
            yield from _codes_of_checks(proposal)
            if any(change.is_regression for change in proposal.paths):
                yield ExitCode.DEFECT


def codes_of_policies(proposals: Iterable["AccessProposal"]) -> Iterator[ExitCode]:
    """Yield the exit codes that hold for proposals for policies with principals."""
    for proposal in proposals:
        if proposal.is_emitted:
            yield ExitCode.DIFFERS
        if _is_withheld(proposal):
            yield from _codes_of_checks(proposal)


def _is_withheld(proposal: "Proposal | AccessProposal") -> bool:
    from trailmin.synth.model import Status

    return proposal.status is Status.WITHHELD


def _codes_of_checks(proposal: "Proposal | AccessProposal") -> Iterator[ExitCode]:
    if proposal.proof is not None and not proposal.proof.proven:
        yield ExitCode.NOT_PROVEN
    if proposal.replay is not None and not proposal.replay.passed:
        yield ExitCode.DEFECT
