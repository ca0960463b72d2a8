"""EventBridge: rules on the default bus and on others, buses by name or ARN.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-manage-iam-access.html
"""

from collections.abc import Sequence
from typing import Any

from trailmin.usage.arn_form import escape_arn, is_arn
from trailmin.usage.call import UNKNOWN, Call, values_at
from trailmin.usage.resources.generic import read_generic
from trailmin.usage.resources.interface import Target

_DEFAULT = "default"
_MADE = {
    ("CreateEventSource", "event-sourcev2"): "EventSourceName",
    ("CreateSubscriber", "subscriber"): "SubscriberName",
}
_ARN_PATHS = ("eventbusarn", "eventsourcearn", "subscriberarn", "arn")


def read_rule_on_default_bus(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The rule, where the call names no bus or the default one."""
    if _bus(call) != _DEFAULT:
        return []
    return [target.form.fill(call, {"RuleName": name}) for name in _rules(call)] or read_generic(call, target, listed)


def read_rule_on_custom_bus(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """The rule below the bus that the call names."""
    bus = _bus(call)
    if bus == _DEFAULT:
        return listed or (read_generic(call, target, ()) if "resourcearn" in call.parameters else [])
    values = {"EventBusName": escape_arn(bus)}
    return [target.form.fill(call, {**values, "RuleName": name}) for name in _rules(call)] or listed


def read_bus(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """Buses; those of `PutEvents` entries, `default` where an entry names none."""
    if _of_second_kind(call, "eventbusarn"):
        return []
    if target.operation == "PutEvents":
        entries = list(values_at(call.parameters, "entries[]")) or [{}]
        names = [_entry_bus(entry) for entry in entries]
    elif target.operation in {"CreateEventBus", "DeleteEventBus", "DescribeEventBus", "UpdateEventBus"}:
        names = call.texts("name") or [_DEFAULT]
    else:
        names = call.texts("eventsourcearn") + call.texts("destination.arn")
    found = [
        escape_arn(name) if is_arn(name) else target.form.fill(call, {"EventBusName": escape_arn(name)})
        for name in names
    ]
    return listed or found or read_generic(call, target, listed)


def read_of_second_kind(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """Buses, sources and subscribers of the newer API, which ends their ARNs in an id: by ARN only."""
    made = _MADE.get((target.operation, target.type_name))
    if made is not None:
        return [target.form.fill(call, {made: escape_arn(call.text("name") or "") or UNKNOWN})]
    texts = [text for path in (*_ARN_PATHS, "resourcearn") for text in call.texts(path)]
    return [escape_arn(text) for text in texts if target.type_name in target.forms.types_of(text)] or listed


def read_event_source(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """A partner's event source, by its name."""
    return [] if _of_second_kind(call, "eventsourcearn") else read_generic(call, target, listed)


READERS = {
    "rule-on-default-event-bus": read_rule_on_default_bus,
    "rule-on-custom-event-bus": read_rule_on_custom_bus,
    "event-bus": read_bus,
    "event-busv2": read_of_second_kind,
    "event-source": read_event_source,
    "event-sourcev2": read_of_second_kind,
    "subscriber": read_of_second_kind,
}


def _bus(call: Call) -> str:
    return (call.text("eventbusname") or _DEFAULT).rpartition("/")[2]


def _entry_bus(entry: Any) -> str:
    bus = entry.get("eventbusname") if isinstance(entry, dict) else None
    return bus if isinstance(bus, str) and bus else _DEFAULT


def _rules(call: Call) -> list[str]:
    return [escape_arn(name) for path in ("rule", "name") for name in call.texts(path) if not is_arn(name)]


def _of_second_kind(call: Call, path: str) -> bool:
    return any("v2/" in text for text in call.texts(path))
