"""From an event's source (`monitoring.amazonaws.com`) to the IAM prefix of its actions (`cloudwatch`)."""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from trailmin.errors import CatalogError

PATH = Path(__file__).parent / "data" / "event_sources.toml"

DOMAINS = (".amazonaws.com", ".amazonaws.com.cn")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """An event source whose label is not its IAM prefix."""

    label: str
    prefix: str
    source: str


def read_source_rows() -> tuple[SourceRow, ...]:
    """The hand-made rows, as the file orders them.

    Raises:
        CatalogError: The file is not what this module expects; a defect of the installation.
    """
    try:
        rows = tomllib.loads(PATH.read_text(encoding="utf-8"))["event_source"]
        return tuple(SourceRow(label=row["label"], prefix=row["prefix"], source=row["source"]) for row in rows)
    except (OSError, KeyError, ValueError) as error:
        raise CatalogError("the catalog's table of event sources is broken", hint="reinstall trailmin") from error


class EventSources:
    """Looks event sources up among the hand-made rows, the IAM prefixes and botocore's endpoint names, in turn."""

    def __init__(self, rows: Collection[SourceRow], prefixes: Collection[str], labels: Mapping[str, str]) -> None:
        self._rows = {row.label: row.prefix for row in rows}
        self._why = {row.label: row.source for row in rows}
        self._prefixes = prefixes
        self._labels = labels

    def prefix(self, event_source: str) -> str | None:
        """The IAM prefix, or None when no service is known by that source."""
        label = _label(event_source)
        if label is None:
            return None
        # `models.lex` is a label of two parts; elsewhere the first part names the service.
        return self._prefix_of_label(label) or self._prefix_of_label(label.split(".", 1)[0])

    def why(self, event_source: str) -> str | None:
        """How the prefix of an event source is known; None when it is not."""
        label = _label(event_source)
        for each in () if label is None else (label, label.split(".", 1)[0]):
            if each in self._rows:
                return self._why[each]
            if each in self._prefixes:
                return "the IAM prefix itself"
            if each in self._labels:
                return "botocore's endpoint and signing names"
        return None

    def sources(self, prefix: str) -> tuple[str, ...]:
        """The event sources of a prefix, sorted, under the domain of the `aws` partition."""
        labels = {label for label, of in self._rows.items() if of == prefix}
        if self._rows.get(prefix, prefix) == prefix:
            labels.add(prefix)
        return tuple(sorted(f"{label}{DOMAINS[0]}" for label in labels))

    def _prefix_of_label(self, label: str) -> str | None:
        if label in self._rows:
            return self._rows[label]
        return label if label in self._prefixes else self._labels.get(label)


def _label(event_source: str) -> str | None:
    lowered = event_source.strip().lower()
    for domain in DOMAINS:
        if lowered.endswith(domain):
            return lowered.removesuffix(domain)
    return None
