"""Event selectors: which events a trail was told to log.

Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html and
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from trailmin.errors import TrailError


class Admission(IntEnum):
    """Whether events of a kind are logged; of several conditions the least counts, of several selectors the most."""

    NO = 0
    PARTLY = 1
    """Some are, or it hangs on what is not known."""
    YES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldCondition:
    """What one operator demands of one field."""

    field: str
    operator: str
    """`Equals`, `StartsWith` or `EndsWith`, each also with `Not` before it."""
    values: tuple[str, ...]

    def admits(self, pattern: str | None) -> Admission:
        """Whether every value that the pattern stands for meets the condition.

        Args:
            pattern: with `*`, `?` and `${…}` for unknown parts; None when nothing is known.
        """
        if pattern is None:
            return Admission.PARTLY
        compare = _COMPARISONS[self.operator.removeprefix("Not")]
        found = max((compare(pattern, value) for value in self.values), default=Admission.NO)
        return Admission(Admission.YES - found) if self.operator.startswith("Not") else found


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSelectors:
    """The selectors of all trails of an account; an event is logged where one of them admits it."""

    selectors: tuple[tuple[FieldCondition, ...], ...]
    """Each a list of conditions that hold together."""

    def admits_management(self, *, read_only: bool, event_source: str, event_name: str | None = None) -> bool:
        """Whether management events of a service are all logged, whoever calls.

        Args:
            read_only: reads or writes.
            event_source: such as `kms.amazonaws.com`.
            event_name: of one operation; None: of any.
        """
        event = {
            "eventCategory": "Management",
            "readOnly": _text(read_only),
            "eventSource": event_source,
            "eventName": event_name,
        }
        return self._admits(event) is Admission.YES

    def admits_data(
        self, resource_type: str, arn_pattern: str, *, read_only: bool | None, event_name: str | None = None
    ) -> Admission:
        """Whether data events of resources are logged.

        Args:
            resource_type: such as `AWS::S3::Object`.
            arn_pattern: as in a policy.
            read_only: reads or writes; None: both.
            event_name: of one operation; None: of any.
        """
        event = {
            "eventCategory": "Data",
            "resources.type": resource_type,
            "resources.ARN": arn_pattern,
            "readOnly": _text(read_only),
            "eventName": event_name,
        }
        return self._admits(event)

    def _admits(self, event: Mapping[str, str | None]) -> Admission:
        known = {"eventType": "AwsApiCall", **event}
        return max(
            (min((c.admits(known.get(c.field)) for c in one), default=Admission.YES) for one in self.selectors),
            default=Admission.NO,
        )


def parse_event_selectors(value: object) -> EventSelectors:
    """The selectors in the parsed output of `aws cloudtrail get-event-selectors`, of one trail or a list of several.

    Raises:
        TrailError: another form.
    """
    try:
        trails: list[Any] = value if isinstance(value, list) else [value]
        return EventSelectors(selectors=tuple(selector for trail in trails for selector in _parse_trail(trail)))
    except (KeyError, TypeError, AttributeError) as error:
        raise TrailError(
            "the event selectors are not in the form of the AWS CLI",
            hint="write them with: aws cloudtrail get-event-selectors --trail-name NAME",
        ) from error


def _parse_trail(trail: Mapping[str, Any]) -> list[tuple[FieldCondition, ...]]:
    basic, advanced = trail.get("EventSelectors"), trail.get("AdvancedEventSelectors")
    if basic is None and advanced is None:
        raise KeyError("EventSelectors")
    parsed = [_parse_advanced(selector) for selector in advanced or ()]
    for selector in basic or ():
        parsed += _parse_basic(selector)
    return parsed


def _parse_advanced(selector: Mapping[str, Any]) -> tuple[FieldCondition, ...]:
    """Several operators on one field are taken to hold together: the reading under which less is logged."""
    return tuple(
        FieldCondition(field=field["Field"], operator=operator, values=tuple(values))
        for field in selector["FieldSelectors"]
        for operator, values in field.items()
        if operator != "Field" and _is_operator(operator) and values
    )


def _parse_basic(selector: Mapping[str, Any]) -> list[tuple[FieldCondition, ...]]:
    read_only = {"ReadOnly": "true", "WriteOnly": "false"}.get(selector.get("ReadWriteType", "All"))
    kind = (FieldCondition(field="readOnly", operator="Equals", values=(read_only,)),) if read_only else ()
    parsed: list[tuple[FieldCondition, ...]] = []
    if selector.get("IncludeManagementEvents", True):
        excluded = tuple(selector.get("ExcludeManagementEventSources") or ())
        sources = (FieldCondition(field="eventSource", operator="NotEquals", values=excluded),) if excluded else ()
        parsed.append((_category("Management"), *kind, *sources))
    for resource in selector.get("DataResources") or ():
        of_type = FieldCondition(field="resources.type", operator="Equals", values=(resource["Type"],))
        parsed += [
            (_category("Data"), *kind, of_type, _basic_arn(resource["Type"], value))
            for value in resource.get("Values") or ()
        ]
    return parsed


def _basic_arn(resource_type: str, value: str) -> FieldCondition:
    """A whole ARN of a function or table means that one; a part of an ARN, and anything of S3, what begins with it."""
    is_whole = resource_type != "AWS::S3::Object" and value.count(":") >= 5
    return FieldCondition(field="resources.ARN", operator="Equals" if is_whole else "StartsWith", values=(value,))


def _category(name: str) -> FieldCondition:
    return FieldCondition(field="eventCategory", operator="Equals", values=(name,))


def _is_operator(name: str) -> bool:
    if name.removeprefix("Not") not in _COMPARISONS:
        raise KeyError(name)
    return True


def _text(read_only: bool | None) -> str | None:
    return None if read_only is None else str(read_only).lower()


_UNKNOWN = re.compile(r"\*|\?|\$\{[^}]*\}")


def _equals(pattern: str, value: str) -> Admission:
    if not _UNKNOWN.search(pattern):
        return Admission.YES if pattern == value else Admission.NO
    fits = value.startswith(_head(pattern)) and value.endswith(_tail(pattern))
    return Admission.PARTLY if fits else Admission.NO


def _starts_with(pattern: str, value: str) -> Admission:
    head = _head(pattern)
    if head.startswith(value):
        return Admission.YES
    return Admission.PARTLY if head != pattern and value.startswith(head) else Admission.NO


def _ends_with(pattern: str, value: str) -> Admission:
    tail = _tail(pattern)
    if tail.endswith(value):
        return Admission.YES
    return Admission.PARTLY if tail != pattern and value.endswith(tail) else Admission.NO


def _head(pattern: str) -> str:
    """What comes before the first unknown part."""
    return _UNKNOWN.split(pattern, maxsplit=1)[0]


def _tail(pattern: str) -> str:
    return _UNKNOWN.split(pattern)[-1]


_COMPARISONS: dict[str, Callable[[str, str], Admission]] = {
    "Equals": _equals,
    "StartsWith": _starts_with,
    "EndsWith": _ends_with,
}
