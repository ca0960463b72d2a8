"""What of an event decides what it was authorised with."""

from typing import NamedTuple

from trailmin.trail.event import Event, Principal


class DistinctRequest(NamedTuple):
    """What several events have in common; a tuple, because a roll-up makes many and tuples are made fast.

    The fields are those of `Event`.
    """

    source: str
    name: str
    event_type: str | None
    category: str | None
    error_code: str | None
    error_message: str | None
    region: str | None
    account: str | None
    principal: Principal
    request_parameters: str | None
    resources: str | None


Request = Event | DistinctRequest
"""Whatever has these fields."""
