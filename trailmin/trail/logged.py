"""What event selectors log, kind by kind, in words."""

from collections.abc import Iterator
from dataclasses import dataclass

from trailmin.trail.selectors import Admission, EventSelectors, FieldCondition


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedKind:
    """One kind of event, and the selectors that admit it."""

    category: str
    """`Management` or `Data`."""
    resource_type: str | None
    """Of data events."""
    read_only: bool
    admission: Admission
    selectors: tuple[str, ...]
    """Each in words: its conditions, joined by `and`."""


def logged_kinds(selectors: EventSelectors) -> tuple[LoggedKind, ...]:
    """Return management events and each type of data events that a selector names, reads before writes."""
    types = sorted(
        {
            value
            for one in selectors.selectors
            for condition in one
            if condition.field == "resources.type" and condition.operator == "Equals"
            for value in condition.values
        }
    )
    kinds = [("Management", None), *(("Data", kind) for kind in types)]
    return tuple(
        _logged(selectors, category, kind, read_only) for category, kind in kinds for read_only in (True, False)
    )


def _logged(selectors: EventSelectors, category: str, resource_type: str | None, read_only: bool) -> LoggedKind:
    event = {
        "eventCategory": category,
        "eventType": "AwsApiCall",
        "readOnly": str(read_only).lower(),
        "resources.type": resource_type,
        "resources.ARN": "*",
    }
    found = [
        (admission, one)
        for one in selectors.selectors
        if (admission := min((c.admits(event.get(c.field)) for c in one), default=Admission.YES)) > Admission.NO
    ]
    return LoggedKind(
        category=category,
        resource_type=resource_type,
        read_only=read_only,
        admission=max((admission for admission, _ in found), default=Admission.NO),
        selectors=tuple(" and ".join(_words(one)) for _, one in found),
    )


def _words(conditions: tuple[FieldCondition, ...]) -> Iterator[str]:
    for condition in conditions:
        yield f"{condition.field} {condition.operator} {', '.join(condition.values)}"
