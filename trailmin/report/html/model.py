"""What a report is made of. Sections carry what other parts of trailmin found, as tables shown as they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from trailmin.report.grouping import service_rows
from trailmin.synth.model import Proposal
from trailmin.usage.coverage import Coverage
from trailmin.usage.daily import DayCalls


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDiff:
    """The change to one file."""

    name: str
    """Path of the file, or the policy's name."""
    text: str
    """Unified diff."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A table of findings under a heading."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """As many texts in each as there are columns."""
    note: str | None = None
    """What to know before reading it, in a sentence."""
    is_alarming: bool = False
    """Whether somebody should look at it: counted in the list of roles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleReport:
    """What the page of one role shows."""

    proposal: Proposal
    diffs: tuple[FileDiff, ...] = ()
    days: tuple[DayCalls, ...] = ()
    """Days with calls, oldest first."""
    sections: tuple[Section, ...] = ()
    services: tuple[tuple[str, int, int, int], ...] = field(init=False)
    """What is granted of each service: prefix, grants seen, unseen but staying, going."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "services", tuple(service_rows(self.proposal)))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPoint:
    """The metrics of one run."""

    date: date
    values: Mapping[str, float]
    """Name of a metric to its value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the whole page shows."""

    roles: tuple[RoleReport, ...]
    coverage: Coverage | None = None
    trend: tuple[TrendPoint, ...] = ()
    """Oldest first."""
    sections: tuple[Section, ...] = ()
    """Findings that belong to no single role."""
    run: Mapping[str, object] = field(default_factory=dict)
    """Versions and options; nothing that differs from run to run with the same input."""
