"""The hand-made tables: one TOML file per service in `data/services/`, every row with its source.

`CONTRIBUTING.md` has the recipe for adding a row; `tests/catalog/test_service_table.py` checks that all actions exist.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trailmin.catalog.observability import Companion, ObservabilityKind
from trailmin.catalog.operation import OperationAction, PassedRole, Trigger
from trailmin.errors import CatalogError

FOLDER = Path(__file__).parent / "data" / "services"

ANY_OPERATION = "*"
"""As the name in a `conditional` row: every operation of the service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRow:
    """Actions that some operations are checked for.

    `operation` rows stand in place of the same-named action, `conditional` rows beside it.
    """

    names: tuple[str, ...]
    actions: tuple[OperationAction, ...]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NamesRow:
    """Operations with something in common: that they need no permission, or what their `readOnly` is."""

    names: tuple[str, ...]
    source: str
    read_only: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PassRoleRow:
    """Operations that pass a role by the same parameters."""

    names: tuple[str, ...]
    roles: tuple[PassedRole, ...]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DataEventRow:
    """Operations that CloudTrail logs as data events of some resource types."""

    names: tuple[str, ...]
    resource_types: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservabilityRow:
    """What is known of actions beyond what their operations tell."""

    actions: tuple[str, ...]
    kind: ObservabilityKind
    read_only: bool | None
    resource_types: tuple[str, ...]
    event_sources: tuple[str, ...]
    """Empty for those of the service itself."""
    event_names: tuple[str, ...]
    parents: tuple[str, ...]
    used_by: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagementList:
    """The operations that AWS names as logged management events; an operation outside the list may go unlogged."""

    only: frozenset[str]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTable:
    """All hand-made rows of one service."""

    prefix: str
    operations: tuple[ActionRow, ...]
    conditionals: tuple[ActionRow, ...]
    no_permission: tuple[NamesRow, ...]
    read_only: tuple[NamesRow, ...]
    pass_role: tuple[PassRoleRow, ...]
    data_events: tuple[DataEventRow, ...]
    observability: tuple[ObservabilityRow, ...]
    management: ManagementList | None
    unlisted_data_plane: str | None
    """The source that says the service logs data events whose operations AWS does not list; None where it does not."""
    companions: tuple[Companion, ...]


def covered_prefixes() -> tuple[str, ...]:
    """The services that have a file, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def read_service_table(prefix: str) -> ServiceTable:
    """The rows of a service; a table without rows when it has no file.

    Raises:
        CatalogError: The file is not what this module expects; a defect of the installation.
    """
    path = FOLDER / f"{prefix}.toml"
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        return _service_table(prefix, document)
    except (KeyError, TypeError, ValueError) as error:
        raise CatalogError(
            f"the catalog's table of '{prefix}' is broken: {error}", hint="reinstall trailmin"
        ) from error


def _service_table(prefix: str, document: dict[str, Any]) -> ServiceTable:
    management = document.get("management")
    return ServiceTable(
        prefix=prefix,
        operations=tuple(_action_row(row) for row in document.get("operation", ())),
        conditionals=tuple(_action_row(row) for row in document.get("conditional", ())),
        no_permission=tuple(_names_row(row) for row in document.get("no_permission", ())),
        read_only=tuple(_names_row(row) for row in document.get("read_only", ())),
        pass_role=tuple(_pass_role_row(row) for row in document.get("pass_role", ())),
        data_events=tuple(_data_event_row(row) for row in document.get("data_event", ())),
        observability=tuple(_observability_row(row) for row in document.get("observability", ())),
        management=management and ManagementList(only=frozenset(management["only"]), source=management["source"]),
        unlisted_data_plane=document.get("unlisted_data_plane"),
        companions=tuple(companion for row in document.get("companion", ()) for companion in _companions(row)),
    )


def _action_row(row: dict[str, Any]) -> ActionRow:
    actions = tuple(_operation_action(action) for action in row["actions"])
    return ActionRow(names=tuple(row["names"]), actions=actions, source=row["source"])


def _operation_action(row: str | dict[str, Any]) -> OperationAction:
    if isinstance(row, str):
        return OperationAction(action=row)
    return OperationAction(
        action=row["action"],
        when=_trigger(row),
        instead_of=row.get("instead_of"),
        resource_of=row.get("resource_of"),
        resource_path=row.get("resource_path"),
        required=row.get("required", True),
    )


def _trigger(row: dict[str, Any]) -> Trigger | None:
    return Trigger(any_of=tuple(row["when"]), value_pattern=row.get("matches")) if "when" in row else None


def _names_row(row: dict[str, Any]) -> NamesRow:
    return NamesRow(names=tuple(row["names"]), source=row["source"], read_only=row.get("value"))


def _pass_role_row(row: dict[str, Any]) -> PassRoleRow:
    roles = tuple(
        PassedRole(
            parameter_path=path,
            service=row.get("service"),
            is_instance_profile=row.get("instance_profile", False),
            required=row.get("required", True),
            when=_trigger(row),
        )
        for path in row["paths"]
    )
    return PassRoleRow(names=tuple(row["names"]), roles=roles, source=row["source"])


def _data_event_row(row: dict[str, Any]) -> DataEventRow:
    types = tuple(sorted(row["resource_types"]))
    return DataEventRow(names=tuple(row["names"]), resource_types=types, source=row["source"])


def _observability_row(row: dict[str, Any]) -> ObservabilityRow:
    return ObservabilityRow(
        actions=tuple(row["actions"]),
        kind=row["kind"],
        read_only=row.get("read_only"),
        resource_types=_sorted(row.get("resource_types", ())),
        event_sources=_sorted(row.get("event_sources", ())),
        event_names=_sorted(row.get("event_names", ())),
        parents=_sorted(row.get("parents", ())),
        used_by=_sorted(row.get("used_by", ())),
        source=row["source"],
    )


def _companions(row: dict[str, Any]) -> Iterable[Companion]:
    for action in row["actions"]:
        yield Companion(action=action, bound_to=row["bound_to"], of_action=row.get("of_action"), source=row["source"])


def _sorted(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(values))
