"""What every reader of a resource type looks like."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trailmin.usage.arn_form import ArnForm, ServiceForms
from trailmin.usage.call import Call


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Target:
    """Which resource is looked for: one type of one action, in one operation. Compared by identity."""

    operation: str
    """The event's name without a date suffix."""
    action: str
    type_name: str
    """In lower case."""
    form: ArnForm
    forms: ServiceForms
    legal: frozenset[str]
    """All types that the action takes, in lower case."""
    is_needed: bool
    """Whether every call needs a resource of the type, so that a less plain naming counts too."""
    resource_of: str | None
    """`source` or `target` where the operation works on two resources."""
    resource_path: str | None
    """The parameter path, in lower case, below which the resource is named."""


TypeReader = Callable[[Call, Target, Sequence[str]], Sequence[str]]
"""Finds the resources of one type in a call.

Arguments: the call, what is looked for, and the record's listed resources of that type (pattern text). Returns pattern
text of ARNs of that type, empty where the call names none.
"""
