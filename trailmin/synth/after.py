"""The policies of a role once a proposal is merged."""

from trailmin.policy import Policy, parse_policy
from trailmin.synth.model import Proposal


def policies_after(proposal: Proposal) -> tuple[Policy, ...]:
    """Return the identity policies that a role holds after its proposal; those in force where there is none."""
    return tuple(policy for _, policy in named_policies_after(proposal))


def named_policies_after(proposal: Proposal) -> tuple[tuple[str, Policy], ...]:
    """Return the same, each with its name."""
    held = proposal.role.policies
    if not proposal.is_emitted:
        return tuple((policy.name, policy.policy) for policy in held)
    changed = [change.policy for change in proposal.changes if change.policy is not None]
    stay = [(one.name, one.policy) for one in held if not any(one is policy for policy in changed)]
    new = [
        (change.name, parse_policy(change.new_text, origin=change.name))
        for change in proposal.changes
        if change.new_text
    ]
    return (*stay, *new)
