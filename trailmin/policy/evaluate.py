"""The decision of identity policies on a request, three-valued, with the statement that made it.

Source: IAM User Guide, "Policy evaluation logic": an explicit deny, then an allow, then the implicit deny.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from trailmin.policy.document import Effect, Policy
from trailmin.policy.request import Mismatch, Request, StatementRef, Term, match_statement, reference


class DecisionKind(StrEnum):
    """How identity policies decide on a request."""

    ALLOWED = "Allowed"
    EXPLICITLY_DENIED = "ExplicitlyDenied"
    IMPLICITLY_DENIED = "ImplicitlyDenied"
    """No Allow can match; whether a Deny does may not be known."""
    UNDETERMINED = "Undetermined"
    """It depends on keys or parts of the resource that are not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A decision, and who made it."""

    decision: DecisionKind
    by: StatementRef | None
    """The first statement that decided; None for an implicit deny."""


def decide(policies: Sequence[Policy], request: Request) -> Decision:
    """The decision of identity policies, taken together. Principals are not looked at."""
    denies = matching_statements(policies, request, Effect.DENY)
    for ref, term in denies:
        if not term:
            return Decision(decision=DecisionKind.EXPLICITLY_DENIED, by=ref)
    allows = matching_statements(policies, request, Effect.ALLOW)
    if not allows:
        return Decision(decision=DecisionKind.IMPLICITLY_DENIED, by=None)
    certain = next((ref for ref, term in allows if not term), None)
    if certain is not None and not denies:
        return Decision(decision=DecisionKind.ALLOWED, by=certain)
    return Decision(decision=DecisionKind.UNDETERMINED, by=(denies or allows)[0][0])


def matching_statements(
    policies: Sequence[Policy], request: Request, effect: Effect
) -> list[tuple[StatementRef, Term]]:
    """The statements of one effect that match, or could under some unknown values, with what that takes."""
    found: list[tuple[StatementRef, Term]] = []
    for index, policy in enumerate(policies):
        for statement in policy.statements:
            if statement.effect is not effect:
                continue
            term = match_statement(statement, request)
            if not isinstance(term, Mismatch):
                found.append((reference(policies, index, statement), term))
    return found
