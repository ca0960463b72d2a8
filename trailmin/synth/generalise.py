"""From the resources that were seen to the resources that a policy names.

Members of a container that come and go (objects of a bucket, streams of a log group) are named by their container;
whatever a person chose a name for (bucket, table, queue, secret, function, role) stays as it was seen.
"""

import re
from collections import Counter
from collections.abc import Callable

Generaliser = Callable[[str], str]
"""From one observed ARN pattern to the one that a policy names."""

_OBJECT = re.compile(r"(arn:[^:]*:s3:::[^/]+/)(?s:.+)")
_OBJECT_LAMBDA = re.compile(r"(arn:[^:]*:s3[^:]*:[^:]*:[^:]*:(?:accesspoint|bucket)/[^/]+/object/)(?s:.+)")
_LOG_STREAM = re.compile(r"(arn:[^:]*:logs:[^:]*:[^:]*:log-group:[^:]+:)(?s:.*)")
_TABLE_STREAM = re.compile(r"(arn:[^:]*:dynamodb:[^:]*:[^:]*:table/[^/]+/(?:stream|backup|export|import)/)(?s:.+)")
_MADE_UP_ID = re.compile(
    r"(arn:[^:]*:[^:]*:[^:]*:[^:]*:(?:[^:]*[/:])?)"
    r"(?:[a-z]{1,20}-[0-9a-f]{8,17}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-f]{32,64})"
)
# Elsewhere `name-20261101` is what a person calls a bucket, a table or a function.
_MAKES_IDS_UP = re.compile(r"arn:[^:]*:(?:ec2|ecs|ssm):")

_CONTAINERS = (_OBJECT, _OBJECT_LAMBDA, _LOG_STREAM, _TABLE_STREAM)

MANY_IDS = 10
"""From this many made-up ids of one kind on, the kind stands for them."""


def exact(resource: str) -> str:
    """The resource as it was seen."""
    return resource


def parent(resource: str) -> str:
    """A member's container with `*` behind it, everything else as it was seen."""
    for pattern in _CONTAINERS:
        if (match := pattern.fullmatch(resource)) is not None:
            return match.group(1) + "*"
    return resource


def id_family(resource: str) -> str | None:
    """For a resource named by an id that the service made up, the pattern of all its kind; None for any other.

    Only of services whose resources come and go by such ids: whoever names a key, a bucket or a role means that one.
    """
    match = _MADE_UP_ID.fullmatch(resource) if _MAKES_IDS_UP.match(resource) else None
    return None if match is None else match.group(1) + "*"


def generaliser(level: str, observed: frozenset[str], *, own_ids: frozenset[str] = frozenset()) -> Generaliser:
    """Return how the resources of one action are named at a level, given all that it was seen on.

    Args:
        level: `exact` or `parent`.
        observed: Every resource of the action in the window.
        own_ids: Ids of what runs under the role: an instance that works on itself will have another id tomorrow.
    """
    if level == "exact":
        return exact
    families = Counter(family for r in observed if (family := id_family(r)) is not None)
    widened = {family for family, ids in families.items() if ids >= MANY_IDS}
    widened |= {family for r in observed if (family := id_family(r)) is not None and r[len(family) - 1 :] in own_ids}

    def name(resource: str) -> str:
        family = id_family(resource)
        return family if family in widened and family is not None else parent(resource)

    return name
