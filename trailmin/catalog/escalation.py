"""Ways to more than a role was meant to have (`data/escalation_paths.toml`), each as the actions that it takes."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from trailmin.errors import CatalogError

PATH = Path(__file__).parent / "data" / "escalation_paths.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationPath:
    """A documented path of privilege escalation or lateral movement. All its actions must be allowed."""

    id: str
    name: str
    actions: tuple[str, ...]
    """`iam:PassRole` is not among them."""
    passed_to: str | None
    """The service that a role is passed to, so that `iam:PassRole` to it must be allowed as well."""
    source: str
    """Address of what documents it."""


@cache
def escalation_paths() -> tuple[EscalationPath, ...]:
    """Return all known paths, in the order of the table.

    Raises:
        CatalogError: The file is not what this module expects; a defect of the installation.
    """
    try:
        rows = tomllib.loads(PATH.read_text(encoding="utf-8"))["path"]
        return tuple(_path(row) for row in rows)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise CatalogError("the catalog's table of escalation paths is broken", hint="reinstall trailmin") from error


def _path(row: dict[str, Any]) -> EscalationPath:
    return EscalationPath(
        id=row["id"],
        name=row["name"],
        actions=tuple(row["actions"]),
        passed_to=row.get("passed_to"),
        source=row["source"],
    )
