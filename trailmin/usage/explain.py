"""What each record of a file means, one line a record: `trailmin explain`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from trailmin.trail.event import Event, RejectedRecord
from trailmin.usage.authorization import Authorization, Resolution
from trailmin.usage.resolver import Resolver

SET_ASIDE = "set_aside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What one record means: the event and its resolution, or why it was set aside."""

    record: Event | RejectedRecord
    resolution: Resolution | None
    """None for a record that was set aside."""

    def to_json(self) -> dict[str, Any]:
        """The line of `trailmin explain --json`, keys in their documented order."""
        if isinstance(self.record, RejectedRecord) or self.resolution is None:
            reason = self.record.reason if isinstance(self.record, RejectedRecord) else None
            return {**dict.fromkeys(_EVENT_KEYS), "outcome": SET_ASIDE, "authorizations": [], "unmapped": reason}
        return {
            "event_id": self.record.event_id,
            "event_source": self.record.source,
            "event_name": self.record.name,
            "principal": self.record.principal.arn,
            "outcome": self.resolution.outcome.value,
            "authorizations": [_authorization_json(one) for one in self.resolution.authorizations],
            "unmapped": self.resolution.unmapped,
        }


def explain(records: Iterable[Event | RejectedRecord], resolver: Resolver) -> Iterator[Explanation]:
    """An explanation for each record, in the order of the records."""
    for record in records:
        resolution = resolver.resolve(record) if isinstance(record, Event) else None
        yield Explanation(record=record, resolution=resolution)


_EVENT_KEYS = ("event_id", "event_source", "event_name", "principal")


def _authorization_json(one: Authorization) -> dict[str, Any]:
    line: dict[str, Any] = {
        "action": one.action,
        "resources": list(one.resources),
        "required": one.required,
        "basis": one.basis.value,
    }
    if one.passed_to is not None:
        line["passed_to"] = one.passed_to
    return line
