"""Decides how CloudTrail shows an action: by the operations that are checked for it, unless a row says otherwise.

In doubt the answer is `unknown` or `never`, which both count as not observable: an action that is wrongly called logged
would be called unused, and break a workload when it is taken away.
"""

import re
from collections import defaultdict
from collections.abc import Iterable

from trailmin.catalog.observability import Observability, ObservabilityKind
from trailmin.catalog.operation import OperationRule
from trailmin.catalog.operation_rules import OperationRules
from trailmin.catalog.service_table import DataEventRow, ObservabilityRow

CONTROL_PLANE = re.compile(r"^(Create|Delete|Update|Describe|List|Tag|Untag)[A-Z]")
"""Names that stay management events even where AWS does not say which operations of a service are data events."""

SAME_EVENT = "CloudTrail user guide: API calls are management events unless AWS lists them as data events"


class ObservabilityRules:
    """How CloudTrail shows the actions of one service."""

    def __init__(self, rules: OperationRules, event_sources: tuple[str, ...]) -> None:
        self._rules = rules
        self._table = rules.table
        self._event_sources = event_sources
        self._rows = {action.lower(): row for row in self._table.observability for action in row.actions}
        self._data_events: dict[str, list[DataEventRow]] = defaultdict(list)
        for row in self._table.data_events:
            for name in row.names:
                self._data_events[name].append(row)
        self._read_only = {name: row.read_only for row in self._table.read_only for name in row.names}
        self._shown_by: dict[str, list[str]] = defaultdict(list)
        self._inside: dict[str, set[str]] = defaultdict(set)
        for name in rules.names:
            self._index(name)

    def observe(self, action: str) -> Observability:
        """How CloudTrail shows the action, given as the catalog spells it."""
        row = self._rows.get(action.lower())
        if row is not None:
            return self._from_row(action, row)
        names = self._shown_by.get(action, [])
        if any(name in self._data_events for name in names):
            return self._as_data(action, names)
        if names:
            return self._as_management(action, names)
        if action in self._inside:
            return Observability(
                action=action,
                kind="permission-only",
                read_only=None,
                parents=tuple(sorted(self._inside[action])),
                source="checked inside other operations, by their parameters",
            )
        return self._blind(action, "unknown", "no operation is known to be checked for it")

    def _index(self, name: str) -> None:
        rule = self._rules.rule(name)
        if not isinstance(rule, OperationRule) or rule.basis == "guess":
            return
        first = rule.actions[0].action
        for each in rule.actions:
            if (each.when is None and each.required) or each.instead_of is not None:
                self._shown_by[each.action].append(name)
            elif each.action != first:
                self._inside[each.action].add(first)

    def _from_row(self, action: str, row: ObservabilityRow) -> Observability:
        is_logged = row.kind in ("management", "data", "network")
        return Observability(
            action=action,
            kind=row.kind,
            read_only=row.read_only,
            resource_types=row.resource_types,
            event_sources=(row.event_sources or self._event_sources) if is_logged else (),
            event_names=row.event_names,
            parents=row.parents,
            used_by=row.used_by,
            source=row.source,
        )

    def _as_data(self, action: str, names: Iterable[str]) -> Observability:
        rows = [row for name in names for row in self._data_events.get(name, ())]
        return Observability(
            action=action,
            kind="data",
            read_only=self._is_read_only(names),
            resource_types=tuple(sorted({each for row in rows for each in row.resource_types})),
            event_sources=self._event_sources,
            event_names=tuple(sorted(names)),
            source="; ".join(dict.fromkeys(row.source for row in rows)),
        )

    def _as_management(self, action: str, names: list[str]) -> Observability:
        listed = self._table.management
        if listed is not None:
            names = [name for name in names if name in listed.only]
            if not names:
                return self._blind(action, "never", f"not among the logged operations: {listed.source}")
        elif self._table.unlisted_data_plane is not None and not any(CONTROL_PLANE.match(name) for name in names):
            return self._blind(action, "unknown", self._table.unlisted_data_plane)
        return Observability(
            action=action,
            kind="management",
            read_only=self._is_read_only(names),
            event_sources=self._event_sources,
            event_names=tuple(sorted(names)),
            source=listed.source if listed else SAME_EVENT,
        )

    def _blind(self, action: str, kind: ObservabilityKind, source: str) -> Observability:
        return Observability(action=action, kind=kind, read_only=None, source=source)

    def _is_read_only(self, names: Iterable[str]) -> bool | None:
        """What all the operations' events have as `readOnly`; None where they differ."""
        values = {self._read_only.get(name, self._rules.operations.is_read(name)) for name in names}
        return values.pop() if len(values) == 1 else None
