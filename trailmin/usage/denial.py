"""The error message of a denial, where it names the action and the resource that were refused.

The messages quote what the caller sent: they are read for denials only, from their first character on, and an action
counts only when the catalog has it. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

import re
from dataclasses import dataclass

from trailmin.catalog import Action, Catalog
from trailmin.usage.arn_form import ServiceForms, escape_arn, forms_for, is_arn

# No text of the caller's stands before the action but the principal's ARN, which holds no white space.
_MESSAGE = re.compile(
    r"(?:User: )?\S{1,2048} is not authorized to perform: (?P<action>[A-Za-z0-9-]{1,64}:[A-Za-z0-9]{1,128})"
    r"(?: on (?:the )?resource: (?P<rest>.*))?",
    re.DOTALL,
)
_END = re.compile(r"\s+(?:because |with an explicit deny)")


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedDenial:
    """What a denial's message names."""

    action: Action
    resource: str | None
    """Pattern text of an ARN of a legal type, `*`, or None where the message names none of these."""


def read_denial(message: str | None, catalog: Catalog, forms: dict[str, ServiceForms]) -> NamedDenial | None:
    """The action and resource of a denial's message, or None where it names no action that exists.

    `forms` keeps the ARN forms of the services met so far.
    """
    found = _MESSAGE.match(message) if message else None
    action = catalog.action(found["action"]) if found else None
    if found is None or action is None:
        return None
    service = forms_for(catalog, forms, action.prefix)
    return NamedDenial(action=action, resource=_resource(found["rest"], action, service))


def _resource(rest: str | None, action: Action, forms: ServiceForms) -> str | None:
    if rest is None:
        return None
    # The resource is quoted from the request and may hold the very words that follow it: the last ones count.
    ends = list(_END.finditer(rest))
    text = (rest[: ends[-1].start()] if ends else rest).strip().strip('"')
    if text == "*":
        return text
    legal = {kind.name.lower() for kind in action.resource_types}
    return escape_arn(text) if is_arn(text) and legal & forms.types_of(text) else None
