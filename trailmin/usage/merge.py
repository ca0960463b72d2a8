"""One principal that the log has under several names: with its path in one event, without it in another.

The roles of one permission set, one in each account, are joined in the same way.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from trailmin.usage.model import PrincipalUsage, Use


def merge_usage(spellings: Sequence[PrincipalUsage]) -> PrincipalUsage:
    """Return the usage of one principal from those of its spellings, at least one; the longest ARN names it."""
    if len(spellings) == 1:
        return spellings[0]
    named = max(spellings, key=lambda p: (len(p.arn or ""), p.arn or ""))
    workloads = Counter[str]()
    for principal in spellings:
        workloads.update(principal.workloads)
    return replace(
        named,
        uses=tuple(sorted((use for p in spellings for use in p.uses), key=_order)),
        unmapped=tuple(
            sorted((u for p in spellings for u in p.unmapped), key=lambda u: (u.event_source, u.event_name))
        ),
        events=sum(p.events for p in spellings),
        denied=sum(p.denied for p in spellings),
        undetermined=sum(p.undetermined for p in spellings),
        active_dates=tuple(sorted({day for p in spellings for day in p.active_dates})),
        first_seen=min((p.first_seen for p in spellings if p.first_seen is not None), default=None),
        last_seen=max((p.last_seen for p in spellings if p.last_seen is not None), default=None),
        workloads=dict(sorted(workloads.items())),
    )


def _order(use: Use) -> tuple[str, ...]:
    call = (use.action, use.resource, use.event_source, use.event_name, str(use.first_seen))
    return (*call, use.account or "", use.workload or "", use.outcome, *use.event_ids)
