"""Records inside what other services put around them, and records whose fields an SQL engine renamed.

Known wrappers: CloudWatch Logs (subscriptions, also through Firehose, and what its API returns), LookupEvents,
EventBridge, CloudTrail Lake and Athena (rows, and what GetQueryResults returns). They are told by their content.
Sources: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html,
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html,
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/query-supported-event-schemas.html,
https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table.html
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from trailmin.trail.json_text import decode_json
from trailmin.trail.wire import looks_like_record

NOT_JSON_TEXT: Final = b"\2"
"""Stands for a row whose nested columns are not JSON but an SQL engine's own text, which cannot be read for certain."""

_MAYBE: Final = re.compile(
    rb'"(?:logEvents|events|Events|CloudTrailEvent|detail|eventData|eventJson|eventdata|eventjson|eventname'
    rb'|QueryResultRows)"\s*:'
)
_DEPTH: Final = 3
"""How deep wrappers stand in one another: a record from EventBridge in CloudWatch Logs in what its API returns."""

_IN_TEXT: Final = ("CloudTrailEvent", "eventData", "eventJson", "eventdata", "eventjson", "message")
"""Members that hold a whole record, mostly as a text."""


def _by_lower_case(names: str) -> dict[str, str]:
    return {name.lower(): name for name in names.split()}


_FIELDS: Final = _by_lower_case(
    "eventVersion userIdentity eventTime eventSource eventName awsRegion sourceIPAddress userAgent errorCode "
    "errorMessage requestParameters additionalEventData requestID eventID readOnly resources eventType apiVersion "
    "managementEvent recipientAccountId sharedEventID vpcEndpointId vpcEndpointAccountId eventCategory"
)
_NESTED_FIELDS: Final = _by_lower_case(
    "type principalId arn accountId accessKeyId userName sessionContext attributes creationDate mfaAuthenticated "
    "sessionIssuer webIdFederationData federatedProvider sourceIdentity ec2RoleDelivery ec2IssuedInVpc onBehalfOf "
    "userId identityStoreArn inScopeOf sourceArn sourceAccount issuerType credentialsIssuedTo invokedBy "
    "identityProvider"
)
WHOLE_COLUMNS: Final = frozenset({"eventdata", "eventjson", "cloudtrailevent"})
"""Columns that hold a whole record."""

_JSON_COLUMNS: Final = ("userIdentity", "requestParameters", "resources")


def unwrap(value: bytes, depth: int = _DEPTH) -> Iterator[bytes]:
    """The records' JSON texts in a JSON text, or the text itself where it is no wrapper."""
    opened = None
    if _MAYBE.search(value) is not None:
        members = _json_or_none(value)
        opened = _open(members, depth) if isinstance(members, dict) else None
    return iter((value,)) if opened is None else opened


def is_wrapper(members: dict[str, Any]) -> bool:
    """Whether a JSON object is one of the known wrappers, be it an empty one."""
    return _open(members, _DEPTH) is not None


def row_to_record(row: dict[str, Any]) -> bytes:
    """The record in a row of an SQL engine's result: in one of its columns, or column by column."""
    for name, value in row.items():
        if name.lower() in WHOLE_COLUMNS and isinstance(value, str):
            return value.encode()
    fields = {_FIELDS[name.lower()]: value for name, value in row.items() if name.lower() in _FIELDS}
    record = {name: value for name, value in fields.items() if value not in (None, "", "null")}
    for name in _JSON_COLUMNS:
        value = record.get(name)
        if isinstance(value, str) and isinstance(value := _json_or_none(value), dict | list):
            record[name] = value
        elif name in record and not isinstance(value, dict | list):
            return NOT_JSON_TEXT
    record["userIdentity"] = _renamed(record.get("userIdentity"))
    record["requestParameters"] = _texts_opened(record.get("requestParameters"))
    record["resources"] = [_resource(one) for one in record.get("resources", ()) if isinstance(one, dict)]
    if isinstance(time := record.get("eventTime"), str):
        record["eventTime"] = time.removesuffix(" UTC")
    return msgspec.json.encode(record)


def _open(members: dict[str, Any], depth: int) -> Iterator[bytes] | None:
    """What is in a wrapper; None for anything else."""
    if looks_like_record(members):
        return None
    if members.get("messageType") == "CONTROL_MESSAGE":
        return iter(())
    listed = members.get("logEvents", members.get("Events", members.get("events")))
    if isinstance(listed, list) and all(isinstance(one, dict) for one in listed):
        return _each(listed, depth)
    if isinstance(rows := members.get("QueryResultRows"), list):
        return (row_to_record(_joined(row)) for row in rows)
    return _open_one(members, depth)


def _open_one(members: dict[str, Any], depth: int) -> Iterator[bytes] | None:
    """What is in a wrapper of a single record."""
    if "detail-type" in members and isinstance(detail := members.get("detail"), dict):
        return iter((msgspec.json.encode(detail),))
    inner = next((members[name] for name in _IN_TEXT if isinstance(members.get(name), dict | str)), None)
    if isinstance(inner, dict):
        return iter((msgspec.json.encode(inner),))
    if isinstance(inner, str):
        return unwrap(inner.encode(), depth - 1) if depth else iter((inner.encode(),))
    return iter((row_to_record(members),)) if members.keys() >= {"eventname", "eventsource"} else None


def _each(listed: list[dict[str, Any]], depth: int) -> Iterator[bytes]:
    for one in listed:
        opened = _open(one, depth - 1) if depth else None
        if opened is None:
            yield msgspec.json.encode(one)
        else:
            yield from opened


def _joined(row: object) -> dict[str, Any]:
    """A row of GetQueryResults: a list of objects of one column each."""
    cells = row if isinstance(row, list) else [row]
    return {name: value for cell in cells if isinstance(cell, dict) for name, value in cell.items()}


def _json_or_none(text: str | bytes) -> object:
    try:
        return decode_json(text)
    except ValueError:
        return None


def _renamed(value: Any) -> Any:
    """An identity with CloudTrail's spelling of its members."""
    if not isinstance(value, dict):
        return value
    return {_NESTED_FIELDS.get(name.lower(), name): _renamed(inner) for name, inner in value.items()}


def _resource(one: dict[str, Any]) -> dict[str, Any]:
    names = {"arn": "ARN", "arnprefix": "ARNPrefix", "accountid": "accountId"}
    return {names.get(name.lower(), name): value for name, value in one.items()}


def _texts_opened(parameters: Any) -> Any:
    """Parameters as a map of texts: what was nested stands in them as JSON."""
    if not isinstance(parameters, dict):
        return parameters
    return {name: _opened(value) for name, value in parameters.items()}


def _opened(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in {"{", "["}:
        inner = _json_or_none(value)
        return value if inner is None else inner
    return value
