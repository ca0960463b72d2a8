"""Queues and streams that Lambda was told to read for functions, as the log shows it.

Source: Lambda API Reference, CreateEventSourceMapping. The event tells no more of a mapping that was made before the
window, so a list from here is never whole: it adds to that of a snapshot.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from trailmin.current import EventSourceMapping
from trailmin.lake import Lake
from trailmin.trail import decode_json

_CREATED = """
    SELECT DISTINCT account, region, request_parameters
    FROM events
    WHERE event_source = 'lambda.amazonaws.com' AND starts_with(event_name, 'CreateEventSourceMapping')
      AND error_code IS NULL AND account IS NOT NULL AND region IS NOT NULL AND date BETWEEN ? AND ?
    ORDER BY ALL
"""


def read_event_source_mappings(lake: Lake, since: date, until: date) -> Mapping[str, tuple[EventSourceMapping, ...]]:
    """Return account to the mappings that were made in the window, both ends included, sorted.

    Raises:
        LakeError: The lake cannot be read.
    """
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in lake.query(_CREATED, (since, until)).to_pylist():
        fields = _fields(row["request_parameters"])
        function, source = fields.get("functionName"), fields.get("eventSourceArn")
        if isinstance(function, str) and isinstance(source, str) and source.startswith("arn:"):
            found[row["account"]].add((_function_arn(function, source, row["region"], row["account"]), source))
    return {
        account: tuple(EventSourceMapping(function_arn=f, source_arn=s) for f, s in sorted(pairs))
        for account, pairs in found.items()
    }


def _fields(parameters: str | None) -> Mapping[str, Any]:
    try:
        given = decode_json(parameters) if parameters else None
    except ValueError:
        return {}
    return given if isinstance(given, Mapping) else {}


def _function_arn(function: str, source: str, region: str, account: str) -> str:
    """The ARN of a function that is named by its name, the end of its ARN (`ACCOUNT:function:NAME`) or its ARN."""
    if function.startswith("arn:"):
        return function
    partition = source.split(":")[1]
    name = function.partition("function:")[2] or function
    return f"arn:{partition}:lambda:{region}:{account}:function:{name}"
