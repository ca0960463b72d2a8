"""Whose permissions an event shows."""

from trailmin.trail.event import Event, PrincipalKind


def is_role_evidence(event: Event) -> bool:
    """Whether the event shows what a role was authorised for.

    A call that a service makes in a role's session (`invokedBy` beside a role identity: a forward access session) is
    checked against the role's permissions. A bare service identity, another account's caller or an anonymous one
    never is.
    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
    """
    return event.principal.kind is PrincipalKind.ROLE and event.principal.arn is not None
