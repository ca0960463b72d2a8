"""AWS-managed policies that are far too wide for what a role does, and what fits closer.

They cannot be edited: a role gets another one, or the inline policy of its proposal. Another one fits when it grants
all that stays of the wide one, on the same resources; of those the one with fewest actions is told. Only policies whose
text the snapshot has are known.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from trailmin.catalog import Catalog
from trailmin.current import PolicyInForce, PolicyKind, StateInForce
from trailmin.policy import DecisionKind, Request, decide
from trailmin.synth.grants import allow_statements, grants_of
from trailmin.synth.model import GrantVerdict, Proposal, Status, Verdict

FAR_TOO_WIDE = 0.2
"""Share of a policy's actions below which the use of it makes it far too wide."""

_SEEN = frozenset({Verdict.USED, Verdict.IMPLIED, Verdict.COMPANION})
_JUDGED = frozenset({Status.TIGHTENED, Status.UNCHANGED, Status.OBSERVED})


def with_managed_fit(proposals: Sequence[Proposal], state: StateInForce, catalog: Catalog) -> tuple[Proposal, ...]:
    """Return proposals with a note on each AWS-managed policy that is far too wide for its role."""
    sizes = _known_policies(state, catalog)
    return tuple(replace(p, notes=(*p.notes, *_notes(p, sizes))) if p.status in _JUDGED else p for p in proposals)


def _known_policies(state: StateInForce, catalog: Catalog) -> dict[str, tuple[PolicyInForce, int]]:
    """ARN of each AWS-managed policy with a text → the policy and how many actions it grants."""
    found = {
        policy.arn: policy
        for snapshot in state.accounts.values()
        for policy in snapshot.managed_policies
        if policy.kind is PolicyKind.AWS_MANAGED and policy.arn is not None
    }
    return {arn: (policy, _actions_of(policy, catalog)) for arn, policy in sorted(found.items())}


def _actions_of(policy: PolicyInForce, catalog: Catalog) -> int:
    return len({grant.action for ref in allow_statements([policy]) for grant in grants_of(ref, catalog)})


def _notes(proposal: Proposal, known: Mapping[str, tuple[PolicyInForce, int]]) -> Iterator[str]:
    for policy in proposal.role.policies:
        if policy.kind is not PolicyKind.AWS_MANAGED:
            continue
        verdicts = [v for v in proposal.verdicts if v.policy == policy.name]
        granted = {v.action for v in verdicts}
        used = {v.action for v in verdicts if v.verdict in _SEEN}
        if granted and len(used) < FAR_TOO_WIDE * len(granted):
            share = f"{len(used):,} of its {len(granted):,} actions are used"
            advice = (_closest(policy, verdicts, len(granted), known), _replacement(proposal, policy))
            yield f"AWS-managed {policy.name} is far too wide: {'; '.join((share, *filter(None, advice)))}"


def _closest(
    policy: PolicyInForce,
    verdicts: Sequence[GrantVerdict],
    granted: int,
    known: Mapping[str, tuple[PolicyInForce, int]],
) -> str:
    stays = [v for v in verdicts if v.kept]
    if not stays:
        return "nothing of it has to stay, so it can be detached"
    fitting = [
        (actions, other.name)
        for arn, (other, actions) in known.items()
        if arn != policy.arn and actions < granted and _grants_all(other, stays)
    ]
    if not fitting:
        return "no AWS-managed policy in the snapshot fits closer"
    actions, name = min(fitting)
    return f"of the AWS-managed policies in the snapshot {name} fits closest, with {actions:,} actions"


def _grants_all(policy: PolicyInForce, stays: Sequence[GrantVerdict]) -> bool:
    requests = (Request(action=v.action, resource=resource) for v in stays for resource in v.kept)
    return all(decide([policy.policy], request).decision is DecisionKind.ALLOWED for request in requests)


def _replacement(proposal: Proposal, policy: PolicyInForce) -> str | None:
    found = [
        change.name for change in proposal.changes if change.replaces == policy.arn and change.replaces is not None
    ]
    return f"the inline policy {found[0]} stands in for it" if found else None
