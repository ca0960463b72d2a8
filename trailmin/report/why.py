"""The chain from a grant to its events, as words and as JSON."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.text import Text

from trailmin.report.json_output import schema
from trailmin.report.listing import list_some
from trailmin.report.proposal_json import verdict_json
from trailmin.report.terminal import inert
from trailmin.report.usage import use_json
from trailmin.synth.model import Status
from trailmin.synth.why import Link, Why
from trailmin.usage.model import Use

_SHOWN = 5
"""Resources with their calls; the JSON has all."""

_STAYS = {"whole": "stays as it is", "narrowed": "stays, narrowed to", "no": "goes"}


def why_json(why: Why) -> dict[str, Any]:
    """Return the chain with every use behind it."""
    proposal = why.proposal
    return {
        "schema": schema("why"),
        "role": proposal.role.name,
        "role_arn": proposal.role_arn,
        "account": proposal.account,
        "status": proposal.status.value,
        "reason": proposal.reason,
        "window": {"since": proposal.window.since.isoformat(), "until": proposal.window.until.isoformat()},
        "action": why.action,
        "resource": why.resource,
        "grants": [
            {
                **verdict_json(link.verdict),
                "policy_kind": link.policy_kind,
                "stays": link.stays,
                "uses": [use_json(use) for use in link.uses],
            }
            for link in why.links
        ],
        "not_granted": [use_json(use) for use in why.ungranted],
        "denied": [use_json(use) for use in why.denied],
    }


def why_text(why: Why) -> Text:
    """Return the chain as lines for a person; texts from outside are inert."""
    return Text("\n").join(_lines(why))


def _lines(why: Why) -> Iterator[Text]:
    proposal = why.proposal
    on = f" on {why.resource}" if why.resource is not None else ""
    window = f"{proposal.window.since} to {proposal.window.until}"
    yield inert(f"{proposal.role.name}: {why.action}{on}, {window}", "bold")
    yield inert(f"role: {proposal.status.value}, {proposal.reason}")
    is_known = proposal.status is not Status.GENERATED
    if not why.links and is_known:
        yield inert("grant: none; no policy in force of this role grants it" + on)
    for link in why.links:
        yield Text("")
        yield from _link_lines(link)
    if why.ungranted:
        yield Text("")
        yield inert("allowed by something else than the policies of the role:" if is_known else "allowed:")
        yield from _use_lines(why.ungranted)
    if why.denied:
        yield Text("")
        yield inert("refused, which is no evidence for a grant:")
        yield from _use_lines(why.denied)


def _link_lines(link: Link) -> Iterator[Text]:
    verdict = link.verdict
    sid = f" ({verdict.sid})" if verdict.sid else ""
    place = f"{link.policy_kind} policy {verdict.policy}, statement {verdict.statement + 1}{sid}"
    yield inert(f"grant:    {verdict.action} on {list_some(verdict.resources, _SHOWN)}, by {place}")
    yield inert(f"verdict:  {verdict.verdict.value}: {verdict.reason}{'; pinned' if verdict.pinned else ''}")
    yield inert(f"coverage: {verdict.coverage or 'not measured'}")
    if verdict.selector:
        yield inert(f"          it would show with: {verdict.selector}")
    on = f" {list_some(verdict.kept_where, _SHOWN)}" if link.stays == "narrowed" else ""
    yield inert(f"result:   {_STAYS[link.stays]}{on}")
    yield inert("events:   none seen" if not link.uses else "events:")
    yield from _use_lines(link.uses)


def _use_lines(uses: Sequence[Use]) -> Iterator[Text]:
    for use in uses[:_SHOWN]:
        calls = f"{use.count:,} call{'s' if use.count != 1 else ''}"
        seen = f"{calls}, {_time(use.first_seen)} to {_time(use.last_seen)}, {use.outcome.value}, {use.basis.value}"
        yield inert(f"  {use.event_name} on {use.resource}: {seen}")
        yield inert(f"    event ids: {', '.join(use.event_ids) or 'none'}")
    if len(uses) > _SHOWN:
        rest = uses[_SHOWN:]
        yield inert(f"  and {len(rest):,} more rows with {sum(use.count for use in rest):,} calls")


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"
