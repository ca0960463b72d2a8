"""A sample of operations that were looked up in AWS's reference by hand, to measure how often the catalog errs."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from trailmin.catalog.catalog import Catalog
from trailmin.catalog.operation import OperationRule
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
    """Operations that are always checked for an action which the reference does not have for them, or for none of
    those that it has."""
    beyond: tuple[str, ...]
    """Operations with an action, on some condition, that another source has and the reference does not."""
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
    checked = [_compared(catalog, row, frozenset(row.expected)) for row in rows if row.expected is not None]
    wrong = [one for one in checked if one.is_wrong]
    right = [one for one in checked if not one.is_wrong]
    return CheckResult(
        sampled=len(rows),
        checked=len(checked),
        errors=tuple(one.told(one.always or one.sometimes) for one in wrong),
        beyond=tuple(one.told(one.sometimes - one.expected) for one in right if one.sometimes - one.expected),
        incomplete=tuple(one.told(one.lacking) for one in right if one.lacking),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """One operation's actions: in the reference, always checked by the catalog, and on some condition only."""

    label: str
    expected: frozenset[str]
    always: frozenset[str]
    sometimes: frozenset[str]

    @property
    def lacking(self) -> frozenset[str]:
        return self.expected - self.always - self.sometimes

    @property
    def is_wrong(self) -> bool:
        return bool(self.always - self.expected) or (bool(self.expected) and self.lacking == self.expected)

    def told(self, actions: frozenset[str]) -> str:
        return f"{self.label}: {', '.join(sorted(actions)) or 'no action'}"


def _compared(catalog: Catalog, row: CheckedOperation, expected: frozenset[str]) -> _Compared:
    rule = catalog.operation(row.event_source, row.operation)
    always: set[str] = set()
    sometimes: set[str] = set()
    if isinstance(rule, OperationRule) and rule.basis != "guess":
        replaced = {part.instead_of for part in rule.actions}
        for part in rule.actions:
            is_fixed = part.when is None and part.required and part.action not in replaced
            (always if is_fixed else sometimes).add(part.action)
        sometimes |= {PASS_ROLE} if rule.pass_role else set()
    return _Compared(
        label=row.label, expected=expected, always=frozenset(always), sometimes=frozenset(sometimes - always)
    )
