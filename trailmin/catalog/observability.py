"""What CloudTrail can show of an action, as data."""

from dataclasses import dataclass
from typing import Literal

ObservabilityKind = Literal["management", "data", "network", "never", "permission-only", "unknown"]
"""How an action's use shows in CloudTrail. `permission-only`: no event of its own, checked inside its parents' calls.
`never`: AWS names no event that would show it. `unknown`: nobody has looked; both count as not observable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observability:
    """How, if at all, the use of one action shows in CloudTrail."""

    action: str
    kind: ObservabilityKind
    read_only: bool | None
    """Whether its events are read events; None where unknown or where there are none."""
    resource_types: tuple[str, ...] = ()
    """For data events the CloudTrail resource types that an event selector has to name, such as `AWS::S3::Object`."""
    event_sources: tuple[str, ...] = ()
    """Event sources whose events show the action, such as `s3.amazonaws.com`."""
    event_names: tuple[str, ...] = ()
    """Names of the events that show the action."""
    parents: tuple[str, ...] = ()
    """For `permission-only`: the actions whose calls the action is checked in, or is only of use with."""
    used_by: tuple[str, ...] = ()
    """Service principals that alone use the action, such as `s3.amazonaws.com` for replication: in a role that none of
    them may assume the action has no use. Empty where anyone may use it, or where that is not known."""
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """Where an action that CloudTrail does not show is bound to something that is known."""

    action: str
    bound_to: Literal["action", "event-source-mapping", "tracing"]
    """`action`: goes where `of_action` was seen. `event-source-mapping`: the function polls what its event source
    mapping points to. `tracing`: needed while the function's active tracing is on."""
    of_action: str | None
    """The observed action, for `action` only."""
    source: str
