"""A sample of operations that were looked up in AWS's reference by hand, to measure how often the catalog errs."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from trailmin.catalog.catalog import Catalog
from trailmin.catalog.operation import NoPermission, OperationRule, Unmapped
from trailmin.errors import CatalogError

PATH = Path(__file__).parent / "data" / "checked_operations.toml"

PASS_ROLE = "iam:PassRole"  # noqa: S105 (an action)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedOperation:
    """An operation of the sample with what the reference says of it."""

    event_source: str
    operation: str
    expected: tuple[str, ...] | None
    """Every action that a call may need, as the reference lists them; empty where none is needed. None: nobody could
    look it up, so that it does not count as checked."""
    source: str
    """The page, or why there is none."""

    @property
    def label(self) -> str:
        """Event source and operation, as one text."""
        return f"{self.event_source} {self.operation}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """How the catalog did."""

    sampled: int
    checked: int
    errors: tuple[str, ...]
    """Operations for which the catalog has an action that the reference does not have, or none of its actions."""
    incomplete: tuple[str, ...]
    """Operations for which the reference has further actions that a call may need."""


def read_sample() -> tuple[CheckedOperation, ...]:
    """The sample, in the order of its file.

    Raises:
        CatalogError: The file is not what this module expects; a defect of the installation.
    """
    try:
        rows = tomllib.loads(PATH.read_text(encoding="utf-8"))["operation"]
        return tuple(
            CheckedOperation(
                event_source=row["event_source"],
                operation=row["name"],
                expected=tuple(row["expected"]) if "expected" in row else None,
                source=row["source"],
            )
            for row in rows
        )
    except (OSError, KeyError, ValueError) as error:
        raise CatalogError("the sample of checked operations is broken", hint="reinstall trailmin") from error


def check_sample(catalog: Catalog, sample: Iterable[CheckedOperation]) -> CheckResult:
    """Compare what the catalog says of each checked operation with what the reference does."""
    rows = list(sample)
    checked = [row for row in rows if row.expected is not None]
    found = [(row, _actions(catalog, row)) for row in checked]
    return CheckResult(
        sampled=len(rows),
        checked=len(checked),
        errors=tuple(_difference(row, has - set(row.expected or ())) for row, has in found if _is_wrong(row, has)),
        incomplete=tuple(
            _difference(row, set(row.expected or ()) - has)
            for row, has in found
            if not _is_wrong(row, has) and set(row.expected or ()) - has
        ),
    )


def _actions(catalog: Catalog, row: CheckedOperation) -> set[str]:
    rule = catalog.operation(row.event_source, row.operation)
    match rule:
        case NoPermission() | Unmapped():
            return set()
        case OperationRule() if rule.basis == "guess":
            return set()
        case _:
            return {part.action for part in rule.actions} | ({PASS_ROLE} if rule.pass_role else set())


def _is_wrong(row: CheckedOperation, has: set[str]) -> bool:
    expected = set(row.expected or ())
    return bool(has - expected) or (bool(expected) and not has)


def _difference(row: CheckedOperation, actions: set[str]) -> str:
    return f"{row.label}: {', '.join(sorted(actions)) or 'no action'}"
