"""The policies of a role once a proposal is merged."""

from trailmin.policy import Policy, parse_policy
from trailmin.synth.model import Proposal


def policies_after(proposal: Proposal) -> tuple[Policy, ...]:
    """Return the identity policies that a role holds after its proposal; those in force where there is none."""
    if not proposal.is_emitted:
        return tuple(policy.policy for policy in proposal.role.policies)
    changed = [change.policy for change in proposal.changes if change.policy is not None]
    stay = [held.policy for held in proposal.role.policies if not any(held is policy for policy in changed)]
    new = [parse_policy(change.new_text, origin=change.name) for change in proposal.changes if change.new_text]
    return (*stay, *new)
