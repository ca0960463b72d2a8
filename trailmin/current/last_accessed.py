"""AWS's own record of which actions a role accessed when: a second witness beside the logs.

Source of the shape: AWS CLI reference, `iam get-service-last-accessed-details`, of a report that was generated with
`--granularity ACTION_LEVEL`.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from trailmin.current.model import LastAccess


def parse_last_accessed(value: object) -> tuple[LastAccess, ...]:
    """Return every action that a role accessed, sorted.

    Args:
        value: A JSON object of role ARN to the output of the AWS CLI, or a list of outputs, each with an added `Arn`.

    Raises:
        KeyError: Something is missing; TypeError, AttributeError and ValueError: it has another form.
    """
    outputs = value.items() if isinstance(value, dict) else [(entry["Arn"], entry) for entry in _list(value)]
    return tuple(sorted((a for arn, output in outputs for a in _accesses(arn, output)), key=_order))


def _accesses(role_arn: str, output: Mapping[str, Any]) -> Iterator[LastAccess]:
    for service in output["ServicesLastAccessed"]:
        for action in service.get("TrackedActionsLastAccessed") or ():
            if accessed := action.get("LastAccessedTime"):
                yield LastAccess(
                    role_arn=str(role_arn),
                    action=f"{service['ServiceNamespace']}:{action['ActionName']}",
                    time=_time(accessed),
                    region=action.get("LastAccessedRegion"),
                )


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("neither an object nor a list")
    return value


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    return time.astimezone(UTC) if time.tzinfo is not None else time.replace(tzinfo=UTC)


def _order(access: LastAccess) -> tuple[str, str, datetime]:
    return (access.role_arn, access.action, access.time)
