"""Records as events, and the legality of what the resolver makes of them, for the tests of this folder."""

import json
from functools import cache
from typing import Any

from trailmin.catalog import Catalog
from trailmin.trail import Event, events_of
from trailmin.usage.arn_form import ServiceForms

ACCOUNT = "111122223333"


def event_of(record: dict[str, Any]) -> Event:
    [event] = events_of(json.dumps({"Records": [record]}).encode(), "test.json")
    assert isinstance(event, Event), event
    return event


def record(source: str, name: str, parameters: Any = None, **more: Any) -> dict[str, Any]:
    role = f"arn:aws:iam::{ACCOUNT}:role/app"
    issuer = {"type": "Role", "arn": role, "accountId": ACCOUNT, "userName": "app"}
    return {
        "eventVersion": "1.09",
        "userIdentity": {
            "type": "AssumedRole",
            "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/app/i-1",
            "accountId": ACCOUNT,
            "sessionContext": {"sessionIssuer": issuer},
        },
        "eventTime": "2026-10-01T09:00:00Z",
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "requestParameters": parameters,
        "eventID": "11111111-2222-3333-4444-555555555555",
        "eventType": "AwsApiCall",
        "recipientAccountId": ACCOUNT,
        **more,
    }


def is_legal(catalog: Catalog, action: str, resource: str) -> bool:
    """Whether a resource is `*` or of a type that the action takes; unknown segments fit any."""
    found = catalog.action(action)
    if found is None or found.full_name != action:
        return False
    if resource == "*":
        return True
    legal = {kind.name.lower() for kind in found.resource_types}
    forms = _forms(catalog, found.prefix)
    return bool(legal & forms.types_of(resource)) or any(
        # Of a legal type, all that are alike: `apps/*` may be another type's literal text.
        (values := form.match(resource)) and form.placeholders and values[form.placeholders[-1]] == "*"
        for name in legal
        for form in forms.of_type(name)
    )


@cache
def _forms(catalog: Catalog, prefix: str) -> ServiceForms:
    return ServiceForms(catalog, prefix)
