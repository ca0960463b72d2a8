"""Verdicts put together the way a reviewer reads them: what was seen one by one, the rest by service and reason."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from trailmin.synth.model import GrantVerdict, PolicyChange, Proposal, Verdict

SEEN = (Verdict.USED, Verdict.IMPLIED, Verdict.COMPANION)
"""Verdicts that rest on calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictGroup:
    """Grants of one service in one policy with one verdict for one reason."""

    policy: str
    service: str
    """Service prefix."""
    verdict: Verdict
    reason: str
    selector: str | None
    actions: tuple[str, ...]
    """Sorted, each once."""

    def name_actions(self, limit: int) -> str:
        """Return the actions as one text, at most `limit` of them by name."""
        named = ", ".join(self.actions[:limit])
        more = len(self.actions) - limit
        return f"{named} and {more} more" if more > 0 else named


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many grants have which verdict."""

    granted: int
    used: int
    implied: int
    companion: int
    unused: int
    not_observable: int
    too_new: int
    pinned: int
    """Of those above: how many stay because someone said so."""

    @property
    def seen(self) -> int:
        """Grants that rest on calls."""
        return self.used + self.implied + self.companion


def count_verdicts(proposal: Proposal) -> Counts:
    """Return how many grants of a proposal have which verdict."""
    return Counts(
        granted=len(proposal.verdicts),
        used=proposal.count(Verdict.USED),
        implied=proposal.count(Verdict.IMPLIED),
        companion=proposal.count(Verdict.COMPANION),
        unused=proposal.count(Verdict.UNUSED),
        not_observable=proposal.count(Verdict.NOT_OBSERVABLE),
        too_new=proposal.count(Verdict.TOO_NEW),
        pinned=sum(v.pinned for v in proposal.verdicts),
    )


def seen_verdicts(proposal: Proposal) -> tuple[GrantVerdict, ...]:
    """Return the verdicts that rest on calls, by policy, statement and action."""
    return tuple(
        sorted((v for v in proposal.verdicts if v.verdict in SEEN), key=lambda v: (v.policy, v.statement, v.action))
    )


def size_after(change: PolicyChange, proposal: Proposal) -> int | None:
    """Return a policy's size after its change, None where it goes; a replacement is listed under what it replaces."""
    if change.new_text is None:
        return None
    before = change.policy.name if change.policy else change.name
    return proposal.sizes.get(change.name, proposal.sizes.get(before))


def group_verdicts(verdicts: Iterable[GrantVerdict], *kinds: Verdict) -> tuple[VerdictGroup, ...]:
    """Return the verdicts of some kinds in groups, sorted by kind, policy, service and reason."""
    chosen = sorted((v for v in verdicts if v.verdict in kinds), key=_group_key)
    return tuple(_group(key, list(members)) for key, members in groupby(chosen, key=_group_key))


def _group_key(verdict: GrantVerdict) -> tuple[int, str, str, str, str]:
    service = verdict.action.partition(":")[0]
    order = list(Verdict).index(verdict.verdict)
    return (order, verdict.policy, service, verdict.reason, verdict.selector or "")


def _group(key: tuple[int, str, str, str, str], members: Sequence[GrantVerdict]) -> VerdictGroup:
    return VerdictGroup(
        policy=key[1],
        service=key[2],
        verdict=members[0].verdict,
        reason=members[0].reason,
        selector=members[0].selector,
        actions=tuple(sorted({v.action for v in members})),
    )
