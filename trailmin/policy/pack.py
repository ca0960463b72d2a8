"""Making policies smaller without changing what they mean today."""

import re
import sys
from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from trailmin.policy.action_catalog import ActionCatalog
from trailmin.policy.document import Statement
from trailmin.policy.glob import included_in_union
from trailmin.policy.match import action_pattern
from trailmin.policy.pattern import Pattern

_LAST = chr(sys.maxunicode)

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=:)")


def merge_statements(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """Fewer statements with exactly the same meaning, numbered anew; a second merge changes nothing.

    Statements that differ in nothing but their actions get the union of them, those that differ in nothing but their
    resources likewise, each in the place and with the Sid of the first. Lists of merged statements are sorted.
    """
    merged = [replace(statement, index=index) for index, statement in enumerate(statements)]
    while True:
        fewer = _merge(_merge(merged, _all_but_actions, _join_actions), _all_but_resources, _join_resources)
        if len(fewer) == len(merged):
            return tuple(replace(statement, index=index) for index, statement in enumerate(fewer))
        merged = fewer


def compress_actions(kept: AbstractSet[str], catalog: ActionCatalog, inside: Sequence[str]) -> tuple[str, ...]:
    """`kept` with wildcards in place of actions that begin with the same words, sorted.

    A wildcard matches at least two kept actions, no action of the catalog that is not kept, and stays within the union
    of the action patterns `inside` (the old grant), for future actions too. Actions that the catalog does not know, or
    whose service it does not know, stay as they are.
    """
    wanted = frozenset(name.lower() for name in kept)
    granted = [action_pattern(text) for text in inside]
    known: dict[str, list[str]] = {}
    chosen: list[str] = []
    for name in sorted(kept, key=lambda found: (found.lower(), found)):
        # In this order the names that one wildcard covers follow each other.
        if chosen and _begins_with(name, chosen[-1]):
            continue
        service = name.partition(":")[0].lower()
        if service not in known:
            known[service] = sorted(found.lower() for found in catalog.expand(f"{service}:*"))
        chosen.append(_shortest_wildcard(name, wanted, known[service], granted) or name)
    return tuple(chosen)


def _shortest_wildcard(
    name: str, wanted: frozenset[str], known: Sequence[str], granted: Sequence[Pattern]
) -> str | None:
    lowered = name.lower()
    for boundary in (*(found.end() for found in _WORD_START.finditer(name)), len(name)):
        start = lowered[:boundary]
        matched = _beginning_with(start, known)
        is_exact = len(matched) > 1 and lowered in matched and wanted.issuperset(matched)
        if is_exact and included_in_union(action_pattern(f"{start}*"), granted):
            return f"{name[:boundary]}*"
    return None


def _beginning_with(start: str, known: Sequence[str]) -> Sequence[str]:
    """Those of sorted names that begin so."""
    first = bisect_left(known, start)
    return known[first : bisect_left(known, start + _LAST, lo=first)]


def _begins_with(name: str, pattern: str) -> bool:
    return pattern.endswith("*") and name.lower().startswith(pattern[:-1].lower())


def _merge(
    statements: Sequence[Statement],
    key: Callable[[Statement], Hashable],
    join: Callable[[Statement, Statement], Statement],
) -> list[Statement]:
    merged: dict[Hashable, Statement] = {}
    for statement in statements:
        same = key(statement)
        merged[same] = join(merged[same], statement) if same in merged else statement
    return list(merged.values())


def _all_but_actions(statement: Statement) -> Hashable:
    # Two NotAction lists do not join: what either leaves is what both leave out together.
    actions = statement.index if statement.not_actions else ()
    return (*_frame(statement), actions, frozenset(statement.resources), frozenset(statement.not_resources))


def _all_but_resources(statement: Statement) -> Hashable:
    listed = bool(statement.resources)
    resources: object = () if listed else (statement.index, statement.not_resources)
    return (*_frame(statement), frozenset(statement.actions), frozenset(statement.not_actions), listed, resources)


def _frame(statement: Statement) -> tuple[Hashable, ...]:
    conditions = frozenset(
        (found.operator.lower(), found.key.lower(), frozenset(found.values)) for found in statement.conditions
    )
    return (statement.effect, statement.principals, statement.not_principals, conditions, statement.variables)


def _join_actions(first: Statement, second: Statement) -> Statement:
    return replace(first, actions=_union(first.actions, second.actions))


def _join_resources(first: Statement, second: Statement) -> Statement:
    return replace(first, resources=_union(first.resources, second.resources))


def _union(first: Iterable[str], second: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({*first, *second}, key=lambda text: (text.lower(), text)))
