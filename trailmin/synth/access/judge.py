"""The verdict on each grant of a policy on a resource: one action for one principal."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from trailmin.synth.access.calls import Call, evidence_of_calls
from trailmin.synth.access.model import AccessVerdict
from trailmin.synth.access.view import StatementView, account_of, is_whole_account
from trailmin.synth.model import CallEvidence, Verdict

_SESSION_ACTIONS = frozenset({"sts:TagSession", "sts:SetSourceIdentity"})
"""Checked inside AssumeRole*; of a web identity its token decides, which no event shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is said of one action for one principal."""

    verdict: Verdict
    reason: str
    stays: bool
    calls: tuple[Call, ...] = ()

    @property
    def evidence(self) -> CallEvidence:
        """The calls behind it."""
        return evidence_of_calls(self.calls)


def judge_statement(view: StatementView) -> dict[tuple[str, str], dict[str, Standing]]:
    """Return principal to action to what is said of it, in the statement's order."""
    return {principal: {a: _judge(view, principal, a) for a in view.actions} for principal in view.principals}


def verdicts_of(
    view: StatementView,
    judged: Mapping[tuple[str, str], Mapping[str, Standing]],
    kept: Mapping[tuple[tuple[str, str], str], tuple[str, ...]] | None,
) -> Iterator[AccessVerdict]:
    """Yield the verdicts with what stays.

    Args:
        view: The statement.
        judged: What is said of it.
        kept: Principal and action to who keeps the action in its place; None where the statement is left as it is.
    """
    for principal, actions in judged.items():
        for action, standing in actions.items():
            yield AccessVerdict(
                statement=view.statement.index,
                sid=view.statement.sid,
                principal=principal_text(principal),
                action=action,
                verdict=standing.verdict,
                reason=standing.reason,
                kept=(principal[1],) if kept is None else kept.get((principal, action), ()),
                evidence=standing.evidence,
            )


def principal_text(principal: tuple[str, str]) -> str:
    """A principal as one text."""
    kind, value = principal
    return value if kind in {"AWS", "*"} else f"{kind}:{value}"


def is_own_account(view: StatementView, principal: tuple[str, str]) -> bool:
    """Whether a principal is the whole account that the resource is in: its identity policies decide then."""
    kind, value = principal
    return kind == "AWS" and is_whole_account(value) and account_of(value) == view.facts.policy.account


def _judge(view: StatementView, principal: tuple[str, str], action: str) -> Standing:
    calls = view.calls(principal, action)
    if calls:
        count = sum(call.evidence.calls for call in calls)
        reason = f"seen in {count} call{'s' if count != 1 else ''}"
        return Standing(verdict=Verdict.USED, reason=reason, stays=True, calls=calls)
    if view.facts.too_new is not None:
        return Standing(verdict=Verdict.TOO_NEW, reason=view.facts.too_new, stays=True)
    if principal[0] == "Service" and (known := _service(view, principal[1])) is not None:
        return known
    if (unseen := _need_not_show(view, principal, action)) is not None:
        return Standing(verdict=Verdict.NOT_OBSERVABLE, reason=unseen, stays=True)
    return Standing(verdict=Verdict.UNUSED, reason=f"not seen, although {view.observe(action).reason}", stays=False)


def _need_not_show(view: StatementView, principal: tuple[str, str], action: str) -> str | None:
    """Why it says nothing that no call was seen; None where it says that there was none."""
    facts = view.facts
    if is_own_account(view, principal) and not facts.is_trust:
        return "leaves it to the account's own identity policies, which are tightened themselves"
    if facts.is_trust and action in _SESSION_ACTIONS:
        return "checked inside the call that assumes"
    if facts.is_trust and facts.was_active and not facts.calls:
        return "the role was active, and no call shows that assumed it"
    observation = view.observe(action)
    return None if observation.full else observation.reason


def _service(view: StatementView, service: str) -> Standing | None:
    """What the configuration says of a service, whose calls do not show dependably."""
    if view.facts.is_trust:
        return None
    sources = [link.source for link in view.facts.links if link.service == service]
    if sources:
        reason = f"configured: {', '.join(sorted(sources))}"
        return Standing(verdict=Verdict.COMPANION, reason=reason, stays=True)
    if service not in view.facts.linked_services:
        reason = f"calls of {service} need not show, and its configuration is not known"
        return Standing(verdict=Verdict.NOT_OBSERVABLE, reason=reason, stays=True)
    return None
