"""Which paths to more than a role was meant to have are open to it, before and after a proposal.

A path is open when each of its requests is allowed on every resource of the action's types; in part when some request
is allowed on some resources only, or under conditions; closed when one of its requests can never be allowed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache

from trailmin.catalog import Catalog
from trailmin.catalog.escalation import EscalationPath, escalation_paths
from trailmin.policy import NO_RESOURCE, DecisionKind, Policy, Request, decide, policy_of
from trailmin.synth.after import policies_after
from trailmin.synth.escalation_model import PathChange, Reach
from trailmin.synth.grants import names_action
from trailmin.synth.model import Proposal, Status

_PASS_ROLE = "iam:PassRole"  # noqa: S105  # an action
_PASSED_TO = "iam:PassedToService"
_PLACEHOLDER = re.compile(r"\$\{\w+\}")


_REACHES = {
    DecisionKind.ALLOWED: Reach.OPEN,
    DecisionKind.UNDETERMINED: Reach.IN_PART,
    DecisionKind.IMPLICITLY_DENIED: Reach.CLOSED,
    DecisionKind.EXPLICITLY_DENIED: Reach.CLOSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Whose reach is asked for: the identity policies, under a boundary, of a role in an account."""

    policies: tuple[Policy, ...]
    boundary: Policy | None = None
    """None where there is none, or its text is not known."""
    partition: str = "aws"
    account: str = "*"


def with_paths(proposals: Sequence[Proposal], catalog: Catalog) -> tuple[Proposal, ...]:
    """Return the proposals with the paths that are open to their roles. One that would open a path is withheld."""
    return tuple(_with_paths(proposal, path_changes(proposal, catalog)) for proposal in proposals)


def _with_paths(proposal: Proposal, paths: tuple[PathChange, ...]) -> Proposal:
    worse = next((change for change in paths if change.is_regression), None)
    if worse is None:
        return replace(proposal, paths=paths)
    reason = f"a check of our own output failed: it would open a path that is closed now ({worse.path.name})"
    return replace(proposal, paths=paths, status=Status.WITHHELD, reason=reason, changes=())


def path_changes(proposal: Proposal, catalog: Catalog) -> tuple[PathChange, ...]:
    """Return the paths that are not closed to a role both now and after its proposal, in the order of the table.

    Of a role whose policies are not known nothing is said.
    """
    if not proposal.role.policies:
        return ()
    now = Holder(
        policies=tuple(policy.policy for policy in proposal.role.policies),
        boundary=proposal.role.boundary.policy if proposal.role.boundary is not None else None,
        partition=_partition_of(proposal.role_arn),
        account=(proposal.account if proposal.role.permission_set is None else None) or "*",
    )
    before = reaches(now, catalog)
    after = reaches(replace(now, policies=policies_after(proposal)), catalog) if proposal.is_emitted else before
    return tuple(
        PathChange(path=path, before=before[path.id], after=after[path.id])
        for path in escalation_paths()
        if max(before[path.id], after[path.id]) > Reach.CLOSED
    )


def _partition_of(role_arn: str | None) -> str:
    """The partition of a role; `aws` where a log does not tell, or tells what is no ARN."""
    parts = (role_arn or "").split(":", 2)
    return parts[1] if len(parts) == 3 else "aws"


@lru_cache(maxsize=1 << 6)
def reaches(holder: Holder, catalog: Catalog) -> Mapping[str, Reach]:
    """Return how far each path leads a role, by the path's id. Many roles hold the same."""
    asked: dict[tuple[str, str | None], Reach] = {}

    def reach(action: str, passed_to: str | None = None) -> Reach:
        key = (action, passed_to)
        if key not in asked:
            asked[key] = _reach(holder, action, passed_to, catalog)
        return asked[key]

    return {path.id: min(reach(action, service) for action, service in _steps(path)) for path in escalation_paths()}


def _steps(path: EscalationPath) -> Iterator[tuple[str, str | None]]:
    yield from ((action, None) for action in path.actions)
    if path.passed_to is not None:
        yield _PASS_ROLE, path.passed_to


def _reach(holder: Holder, action: str, passed_to: str | None, catalog: Catalog) -> Reach:
    """The reach of one action. It is open only when it is allowed on all types of resources that it takes."""
    context = {} if passed_to is None else {_PASSED_TO: (passed_to,)}
    about = [one for policy in holder.policies if (one := _about(policy, action)).statements]
    if not any(statement.is_allow for policy in about for statement in policy.statements):
        return Reach.CLOSED
    found = {
        _REACHES[decide(about, Request(action=action, resource=resource, context=context)).decision]
        for resource in _resources(action, holder, catalog)
    }
    identity = _together(found)
    if holder.boundary is None or identity is Reach.CLOSED:
        return identity
    return min(
        identity, _reach(replace(holder, policies=(holder.boundary,), boundary=None), action, passed_to, catalog)
    )


def _about(policy: Policy, action: str) -> Policy:
    """The policy with those statements only that are about an action."""
    return policy_of([s for s in policy.statements if names_action(s, action)], version=policy.version)


def _together(found: Set[Reach]) -> Reach:
    return min(found) if len(found) == 1 else Reach.IN_PART


def _resources(action: str, holder: Holder, catalog: Catalog) -> tuple[str, ...]:
    known = catalog.action(action)
    if known is None or not known.takes_resources:
        return (NO_RESOURCE,)
    types = (catalog.resource_type(known.prefix, one.name) for one in known.resource_types)
    return tuple(sorted({_filled(arn, holder) for kind in types if kind is not None for arn in kind.arn_patterns}))


def _filled(arn: str, holder: Holder) -> str:
    arn = arn.replace("${Partition}", holder.partition).replace("${Account}", holder.account)
    return _PLACEHOLDER.sub("*", arn)
