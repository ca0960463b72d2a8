"""Verdicts put together the way a reviewer reads them: what was seen one by one, the rest by service and reason."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import add

from trailmin.report.escape import visible
from trailmin.report.listing import list_some
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
        return list_some(self.actions, limit)


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
    groups: dict[tuple[int, str, str, str, str], list[GrantVerdict]] = defaultdict(list)
    for verdict in verdicts:
        if verdict.verdict in kinds:
            service = verdict.action.partition(":")[0]
            key = (_ORDER[verdict.verdict], verdict.policy, service, verdict.reason, verdict.selector or "")
            groups[key].append(verdict)
    return tuple(_group(key[2], groups[key]) for key in sorted(groups))


_ORDER = {verdict: place for place, verdict in enumerate(Verdict)}


def _group(service: str, members: Sequence[GrantVerdict]) -> VerdictGroup:
    return VerdictGroup(
        policy=members[0].policy,
        service=service,
        verdict=members[0].verdict,
        reason=members[0].reason,
        selector=members[0].selector,
        actions=tuple(sorted({v.action for v in members})),
    )


def service_rows(proposal: Proposal) -> list[tuple[str, int, int, int]]:
    """Return what is granted of each service: prefix, seen, unseen but staying, going; the largest first.

    Without a proposal to merge nothing goes, whatever the verdicts.
    """
    found: dict[str, list[int]] = {}
    emitted = proposal.is_emitted
    for verdict in proposal.verdicts:
        prefix = verdict.action.partition(":")[0]
        row = found.get(prefix)
        if row is None:
            row = found[prefix] = [0, 0, 0]
        row[2 if emitted and not verdict.kept else 0 if verdict.verdict in SEEN else 1] += 1
    rows: dict[str, list[int]] = {}
    for prefix, numbers in found.items():
        held = rows.setdefault(visible(prefix), [0, 0, 0])
        held[:] = map(add, held, numbers)
    ordered = sorted(rows.items(), key=lambda one: (-sum(one[1]), one[0]))
    return [(prefix, seen, unseen, gone) for prefix, (seen, unseen, gone) in ordered]
