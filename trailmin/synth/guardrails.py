"""Requests that a team says must never, or must always, be allowed, asked of roles before and after a proposal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fnmatch import fnmatchcase

from trailmin.policy import DecisionKind, Policy, Request, decide
from trailmin.synth.after import policies_after
from trailmin.synth.model import GuardrailFinding, Proposal, Status


class GuardrailKind(StrEnum):
    """What a guardrail says of its request."""

    NEVER = "must-never"
    ALWAYS = "must-always"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guardrail:
    """A request that must never, or must always, be allowed to some roles."""

    kind: GuardrailKind
    roles: tuple[str, ...]
    """Globs of names and ARNs."""
    action: str
    resource: str
    """An ARN; `*` and `?` in it stand for any characters, so that the request is for any of these resources."""
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Condition keys that the request is known to have; others are not known."""

    @property
    def words(self) -> str:
        """The guardrail as a person says it."""
        given = "".join(f", {key} = {', '.join(values)}" for key, values in sorted(self.context.items()))
        return f"{self.kind.value}: {self.action} on {self.resource}{given}"

    def is_about(self, proposal: Proposal) -> bool:
        """Whether it is about a proposal's role."""
        names = (*proposal.role.names, proposal.role_arn or proposal.role.name)
        return any(fnmatchcase(name, pattern) for name in names for pattern in self.roles)


def with_guardrails(proposals: Sequence[Proposal], guardrails: Sequence[Guardrail]) -> tuple[Proposal, ...]:
    """Return the proposals with what guardrails find; one that would deny what must always be allowed is withheld.

    Of a role whose policies are not known, nothing is found.
    """
    return tuple(_with_findings(proposal, guardrails) if proposal.role.policies else proposal for proposal in proposals)


def _with_findings(proposal: Proposal, guardrails: Sequence[Guardrail]) -> Proposal:
    about = [guardrail for guardrail in guardrails if guardrail.is_about(proposal)]
    before = tuple(policy.policy for policy in proposal.role.policies)
    broken = [g for g in about if g.kind is GuardrailKind.ALWAYS and _is_denied_by(proposal, before, g)]
    kept = proposal
    if broken:
        reason = f"it would deny what must always be allowed ({broken[0].words})"
        kept = replace(proposal, status=Status.WITHHELD, reason=reason, changes=())
    after = policies_after(kept)
    found = (_finding(g, before, after, is_broken=g in broken) for g in about)
    return replace(kept, guardrails=tuple(one for one in found if one is not None))


def _is_denied_by(proposal: Proposal, before: Sequence[Policy], guardrail: Guardrail) -> bool:
    """Whether the request is allowed now and would not be with the proposal."""
    if not proposal.is_emitted:
        return False
    now, then = _decision(before, guardrail), _decision(policies_after(proposal), guardrail)
    return now is DecisionKind.ALLOWED and then is not DecisionKind.ALLOWED


def _finding(
    guardrail: Guardrail, before: Sequence[Policy], after: Sequence[Policy], *, is_broken: bool
) -> GuardrailFinding | None:
    now, then = _decision(before, guardrail), _decision(after, guardrail)
    if guardrail.kind is GuardrailKind.ALWAYS:
        if is_broken:
            return GuardrailFinding(rule=guardrail.words, text="the proposal would have denied it", is_open=True)
        if then is not DecisionKind.ALLOWED:
            return GuardrailFinding(rule=guardrail.words, text=f"it is {_WORDS[then]} now", is_open=True)
        return None
    if then in _POSSIBLE:
        return GuardrailFinding(rule=guardrail.words, text=f"it is {_WORDS[then]}", is_open=True)
    if now in _POSSIBLE:
        return GuardrailFinding(rule=guardrail.words, text="the proposal closes it", is_open=False)
    return None


def _decision(policies: Sequence[Policy], guardrail: Guardrail) -> DecisionKind:
    request = Request(action=guardrail.action, resource=guardrail.resource, context=guardrail.context)
    return decide(policies, request).decision


_POSSIBLE = frozenset({DecisionKind.ALLOWED, DecisionKind.UNDETERMINED})
_WORDS = {
    DecisionKind.ALLOWED: "allowed",
    DecisionKind.UNDETERMINED: "allowed on some resources or under some conditions",
    DecisionKind.IMPLICITLY_DENIED: "not allowed",
    DecisionKind.EXPLICITLY_DENIED: "denied",
}
