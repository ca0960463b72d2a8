"""What one event was authorised with."""

from enum import StrEnum
from typing import NamedTuple


class Outcome(StrEnum):
    """How the authorization of one call ended (DESIGN's rules are in `usage.outcome`)."""

    ALLOWED = "allowed"
    DENIED = "denied"
    UNDETERMINED = "undetermined"
    NOT_AN_API_CALL = "not_an_api_call"
    NO_PERMISSION_NEEDED = "no_permission_needed"


class Basis(StrEnum):
    """The rule by which an action was derived from an event."""

    SAME_NAME = "same-name"
    OVERRIDE = "override"
    PARAMETER = "parameter"
    """A conditional action, triggered by a request parameter."""
    DENIAL_MESSAGE = "denial-message"
    API_GATEWAY = "api-gateway"
    PASSED_ROLE = "passed-role"
    S3_404 = "s3-404"
    GUESS = "guess"
    """Never becomes a grant."""


IMPLIED_BASES = frozenset({Basis.PASSED_ROLE, Basis.S3_404, Basis.PARAMETER})
"""Checked inside another call: no event carries the action's own name."""


class Authorization(NamedTuple):
    """One action that a call was checked for; a tuple, because each event has its own and tuples are made fast."""

    action: str
    """As the catalog spells it: `s3:GetObject`."""
    resources: tuple[str, ...]
    """ARNs, sorted; `*` stands for an unknown part in that segment only, or alone for an action without resources."""
    required: bool
    """False where the call may have been authorised without it."""
    basis: Basis
    passed_to: str | None = None
    """Of `iam:PassRole`: the service the role is passed to (`iam:PassedToService`), where known."""


class Resolution(NamedTuple):
    """What the resolver makes of one event; a tuple for the same reason."""

    outcome: Outcome
    authorizations: tuple[Authorization, ...]
    unmapped: str | None
    """Why no action, or not each, could be told; None when they could, or when none is needed."""
