"""Log objects: where they come from, decoding, event selectors."""

from trailmin.trail.denial import is_authorization_failure
from trailmin.trail.event import Event, Principal, PrincipalKind, RejectedRecord
from trailmin.trail.events import events_of
from trailmin.trail.json_text import decode_json

__all__ = [
    "Event",
    "Principal",
    "PrincipalKind",
    "RejectedRecord",
    "decode_json",
    "events_of",
    "is_authorization_failure",
]
