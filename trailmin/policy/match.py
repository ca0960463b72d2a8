"""Actions against action patterns, ARNs against resource patterns.

A resource may itself be a pattern, with `*` for a part that is not known (`arn:aws:ec2:us-east-1:1:volume/*`): then
ask `resource_included` (every such resource) or `resources_intersect` (some such resource).
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from trailmin.policy import glob
from trailmin.policy.arn import Arn
from trailmin.policy.pattern import Pattern, glob_pattern, resource_pattern

NO_RESOURCE = "*"
"""The resource of a request for an action that takes none. Only a pattern that matches everything covers it."""

_ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?_.-]+")


def is_action_pattern(text: str) -> bool:
    """Whether `text` is `*` or `prefix:Name`, wildcards in the name only, as IAM asks of an Action element."""
    return _ACTION.fullmatch(text) is not None


@lru_cache(maxsize=1 << 15)
def action_pattern(text: str) -> Pattern:
    """The pattern of an action, in lower case: actions are case-insensitive and hold no policy variables."""
    lowered = glob_pattern(text.lower(), variables=False)
    return Pattern(text=text, tokens=lowered.tokens)


def action_matches(pattern: str, action: str) -> bool:
    """Whether an action pattern (`s3:Get*`) matches the action (`s3:GetObject`)."""
    return _action_regex(pattern).fullmatch(action.lower()) is not None


@lru_cache(maxsize=1 << 15)
def _action_regex(pattern: str) -> re.Pattern[str]:
    """Kept by the text: the same few patterns are asked about millions of actions."""
    return glob.regex_of(action_pattern(pattern))


def action_included(a: str, b: str) -> bool | None:
    """Whether every action that pattern `a` matches, future ones too, is matched by pattern `b`; None is unknown."""
    return glob.included(action_pattern(a), action_pattern(b))


def actions_intersect(a: str, b: str) -> bool:
    """Whether one action could be matched by both patterns."""
    return glob.intersects(action_pattern(a), action_pattern(b))


def resource_matches(pattern: str | Pattern, arn: str) -> bool:
    """Whether a resource pattern matches the very text `arn` for certain; `NO_RESOURCE` only if it matches all."""
    wanted = as_resource(pattern)
    return wanted.is_universal if arn == NO_RESOURCE else glob.matches(wanted, arn)


def resource_included(a: str | Pattern, b: str | Pattern) -> bool | None:
    """Whether every resource that `a` matches is matched by `b`, segment by segment; None is unknown."""
    return glob.included(as_resource(a), as_resource(b))


def resource_included_in_union(a: str | Pattern, patterns: Iterable[str | Pattern]) -> bool | None:
    """Whether every resource that `a` matches is matched by one of `patterns`; None is unknown."""
    return glob.included_in_union(as_resource(a), tuple(as_resource(pattern) for pattern in patterns))


def resources_intersect(a: str | Pattern, b: str | Pattern) -> bool:
    """Whether some resource could be matched by both, under any value of their variables."""
    return glob.intersects(as_resource(a), as_resource(b))


def resource_meet(a: str | Pattern, b: str | Pattern) -> str | None:
    """The text of a pattern within `b` that holds every resource both match; None where there is none.

    Segment by segment: `arn:aws:s3:::*` and `arn:*:s3:::logs/*` meet in `arn:aws:s3:::logs/*`.
    """
    first, second = as_resource(a), as_resource(b)
    if glob.included(first, second):
        return first.text
    if not glob.intersects(first, second):
        return None
    left, right = Arn.parse(first.text), Arn.parse(second.text)
    if left is None or right is None:
        return second.text
    segments = [glob.meet(x, y) for x, y in zip(left.segments, right.segments, strict=True)]
    known = [segment for segment in segments if segment is not None]
    # Overlapping patterns with a disjoint segment overlap only where a `*` runs past a colon.
    return ":".join(["arn", *known]) if len(known) == len(segments) else second.text


def as_resource(pattern: str | Pattern) -> Pattern:
    """A pattern as it is, a text read as a Resource element of a Version 2012-10-17 policy."""
    return pattern if isinstance(pattern, Pattern) else resource_pattern(pattern)
