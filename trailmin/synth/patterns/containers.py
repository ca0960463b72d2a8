"""What is inside of what: members come and go, their containers have the names that people chose."""

import re

_CONTAINERS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(arn:[^:]*:logs:[^:]*:[^:]*:log-group:[^:]+:)(?s:.*)",
        r"(arn:[^:]*:dynamodb:[^:]*:[^:]*:table/[^/]+/(?:stream|backup|export|import)/)(?s:.+)",
        r"(arn:[^:]*:cloudformation:[^:]*:[^:]*:(?:stack|changeSet)/[^/]+/)(?s:.+)",
        r"(arn:[^:]*:states:[^:]*:[^:]*:(?:execution|express):[^:]+:)(?s:.+)",
        r"(arn:[^:]*:codebuild:[^:]*:[^:]*:build(?:-batch)?/[^:]+:)(?s:.+)",
    )
)
_OBJECTS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(arn:[^:]*:s3:::[^/]+/)(?s:.+)",
        r"(arn:[^:]*:s3[^:]*:[^:]*:[^:]*:(?:accesspoint|bucket)/[^/]+/object/)(?s:.+)",
    )
)
_MADE_UP_ID = re.compile(
    r"(arn:[^:]*:[^:]*:[^:]*:[^:]*:(?:[^:]*[/:])?)"
    r"(?:[a-z]{1,20}-[0-9a-f]{8,17}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-f]{32,64})"
)
# Elsewhere `name-20261101` is what a person calls a bucket, a table or a function.
_MAKES_IDS_UP = re.compile(r"arn:[^:]*:(?:ec2|ecs|ssm):")

MANY_IDS = 10
"""From this many made-up ids of one kind on, the kind stands for them."""


def container(resource: str) -> str | None:
    """Return what a member is in, as the pattern of all members whose names AWS makes: log streams, executions."""
    return _of(_CONTAINERS, resource)


def object_container(resource: str) -> str | None:
    """Return the bucket or access point that an object is in, as the pattern of all its objects."""
    return _of(_OBJECTS, resource)


def _of(patterns: tuple[re.Pattern[str], ...], resource: str) -> str | None:
    for pattern in patterns:
        if (match := pattern.fullmatch(resource)) is not None:
            return match.group(1) + "*"
    return None


def parent(resource: str) -> str:
    """Return a member's container with `*` behind it, everything else as it was seen."""
    return container(resource) or object_container(resource) or resource


def id_family(resource: str) -> str | None:
    """For a resource named by an id that the service made up, the pattern of all its kind; None for any other.

    Only of services whose resources come and go by such ids: whoever names a key, a bucket or a role means that one.
    """
    match = _MADE_UP_ID.fullmatch(resource) if _MAKES_IDS_UP.match(resource) else None
    return None if match is None else match.group(1) + "*"
