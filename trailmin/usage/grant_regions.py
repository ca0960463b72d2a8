"""The regions that a grant can be used in."""

import re
from collections.abc import Iterator, Sequence

from trailmin.trail.trails import GLOBAL_REGION

_GLOBAL_PREFIXES = frozenset({"iam", "organizations", "route53", "cloudfront"})
_WILDCARD = re.compile(r"[*?]|\$\{")


def regions_of_any(action: str, resources: Sequence[str], parents: Sequence[str] | None) -> frozenset[str] | None:
    """Return the regions of a grant's calls: of those that the action is checked in, where it has none of its own.

    None where it may be any.

    A role is IAM's and has no region, and is passed wherever the call is made that passes it.
    """
    if parents is None:
        return _regions_of(action, resources)
    found: set[str] = set()
    for parent in parents:
        regions = _regions_of(parent, resources_in(parent, action, resources))
        if regions is None:
            return None
        found |= regions
    return frozenset(found)


def _regions_of(action: str, resources: Sequence[str]) -> frozenset[str] | None:
    """The regions that a grant can be used in; None where it may be any. Buckets do not tell theirs."""
    if action.split(":", maxsplit=1)[0] in _GLOBAL_PREFIXES:
        return frozenset({GLOBAL_REGION})
    parts = [resource.split(":", 5) for resource in resources]
    regions = frozenset(p[3] if len(p) == 6 else "" for p in parts)
    return None if any(not region or _WILDCARD.search(region) for region in regions) else regions


def named_regions(action: str, resources: Sequence[str]) -> Iterator[str]:
    """Yield the regions that a grant names, and that of global services where it is of one."""
    if action.split(":", maxsplit=1)[0] in _GLOBAL_PREFIXES:
        yield GLOBAL_REGION
    for resource in resources:
        parts = resource.split(":", 5)
        region = parts[3] if len(parts) == 6 else ""
        if region and not any(c in region for c in "*?$"):
            yield region


def is_of_global_service(action: str, parents: Sequence[str] | None) -> bool:
    """Whether an action, or a call that it is checked in, is of a service without regions."""
    return any(one.split(":", maxsplit=1)[0] in _GLOBAL_PREFIXES for one in parents or (action,))


def resources_in(parent: str, action: str, resources: Sequence[str]) -> Sequence[str]:
    """Return what a call may be on that an action with some resources is checked in: of another service, anything."""
    return resources if parent.split(":", maxsplit=1)[0] == action.split(":", maxsplit=1)[0] else ("*",)
