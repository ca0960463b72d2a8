"""The proposals that a person asked for by naming roles or resources."""

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import TypeVar

from trailmin.errors import UsageError
from trailmin.synth.access import AccessProposal
from trailmin.synth.model import Proposal

_Proposed = TypeVar("_Proposed", Proposal, AccessProposal)


def select_proposals(proposals: Sequence[Proposal], names: Sequence[str]) -> tuple[Proposal, ...]:
    """Return the proposals for the roles that are named, in their own order; all of them for no names.

    A permission set goes by its name, and by those of its roles.

    A name that roles of several accounts have selects each of them.

    Raises:
        UsageError: No role is called so; the hint has suggestions.
    """
    for name in names:
        if not any(name in _names(proposal) for proposal in proposals):
            raise UsageError(f"no role is called '{name}'", hint=_suggestion(proposals, name))
    return tuple(p for p in proposals if not names or not set(names).isdisjoint(_names(p)))


def others_than(chosen: Iterable[_Proposed], proposals: Iterable[_Proposed]) -> tuple[_Proposed, ...]:
    """Return the proposals that were not chosen, in their own order."""
    kept = {id(proposal) for proposal in chosen}
    return tuple(proposal for proposal in proposals if id(proposal) not in kept)


def select_policies(proposals: Iterable[AccessProposal], named: Sequence[str]) -> tuple[AccessProposal, ...]:
    """Return the policies on the resources that are named, by ARN or by the end of it; all where none is.

    Raises:
        UsageError: No policy is on one of them.
    """
    known = tuple(proposals)
    for name in named:
        if not any(_is_called(proposal, name) for proposal in known):
            hint = "the snapshot and the code have those that are known; docs/resource-policies.md says how"
            raise UsageError(f"no policy is on {name!r}", hint=hint)
    return tuple(one for one in known if not named or any(_is_called(one, name) for name in named))


def is_on(proposal: AccessProposal, resource: str) -> bool:
    """Whether a policy is on a resource, or on what that is in (a bucket)."""
    return resource == proposal.policy.resource or resource.startswith(f"{proposal.policy.resource}/")


def _names(proposal: Proposal) -> Iterator[str]:
    yield from proposal.role.names
    if proposal.account is not None:
        yield f"{proposal.account}/{proposal.role.name}"
    if proposal.role_arn is not None:
        yield proposal.role_arn


def _suggestion(proposals: Sequence[Proposal], name: str) -> str:
    known = sorted({known for proposal in proposals for known in _names(proposal)})
    close = get_close_matches(name, known, n=3, cutoff=0.5)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return "trailmin roles --lake DIR lists those that the lake knows"


def _is_called(proposal: AccessProposal, name: str) -> bool:
    last = proposal.policy.resource.split(":", 5)[-1]
    return name in {proposal.policy.resource, last, last.rpartition("/")[2], last.rpartition(":")[2]}
