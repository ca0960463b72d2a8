"""Whether an event's parameters make a conditional action apply."""

import re
from collections.abc import Callable
from typing import Any

from trailmin.catalog import Trigger
from trailmin.usage.call import Call, values_at
from trailmin.usage.stand_in import StandIn, ValueReadError


def compile_trigger(trigger: Trigger | None) -> Callable[[Call], bool]:
    """A test of a call's parameters for the trigger; one that always holds for None.

    A value counts when it is there (not null, not empty, not `false`) and matches the trigger's pattern, if any.
    """
    if trigger is None:
        return lambda _call: True
    paths = tuple(path.lower() for path in trigger.any_of)
    pattern = re.compile(trigger.value_pattern, re.IGNORECASE) if trigger.value_pattern is not None else None

    def holds(call: Call) -> bool:
        return any(_counts(value, pattern) for path in paths for value in values_at(call.parameters, path))

    return holds


def compile_elements(trigger: Trigger, list_path: str) -> Callable[[Call], list[Any]]:
    """The elements of the list at `list_path` (`items[]`) for which the trigger holds; its paths go through it."""
    start = list_path.lower()
    paths = [path.lower() for path in trigger.any_of]
    inner = [path.removeprefix(f"{start}.") for path in paths if path.startswith(f"{start}.")]
    pattern = re.compile(trigger.value_pattern, re.IGNORECASE) if trigger.value_pattern is not None else None

    def matching(call: Call) -> list[Any]:
        return [
            element
            for element in values_at(call.parameters, start)
            if any(_counts(value, pattern) for name in inner for value in values_at(element, name))
        ]

    return matching


def _counts(value: Any, pattern: re.Pattern[str] | None) -> bool:
    if pattern is not None and isinstance(value, StandIn):
        raise ValueReadError(value.key)
    if isinstance(value, list) and pattern is not None:
        return any(_counts(element, pattern) for element in value)
    if value is None or value is False or value in ("", "false", [], {}):
        return False
    return pattern is None or pattern.search(value if isinstance(value, str) else str(value)) is not None
