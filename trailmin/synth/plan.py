"""From verdicts to the statements that replace one statement (DESIGN 7).

The statement's own spelling stays wherever all it stands for stays. What was seen is named; what stays because it
could not be seen is written as the widest wildcards that match nothing else.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from trailmin.catalog import Catalog
from trailmin.policy import Condition, Statement, StatementSpec, action_matches, compress_actions
from trailmin.synth.abridge import abridge, is_inside
from trailmin.synth.covering import without_included
from trailmin.synth.grants import StatementInForce
from trailmin.synth.judged import Judged, Kept
from trailmin.synth.model import Verdict

PASSED_TO_SERVICE = "iam:PassedToService"

_UNSEEN = frozenset({Verdict.NOT_OBSERVABLE, Verdict.TOO_NEW, Verdict.UNUSED})
"""Verdicts with which a grant that stays need not be named: wildcards that match nothing else stand for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementPlan:
    """What becomes of one statement."""

    ref: StatementInForce
    parts: tuple[StatementSpec, ...] | None
    """None: it stays as it is. Empty: it goes."""
    narrowed: frozenset[str] = frozenset()
    """The actions that go, or stay on less than they were granted on."""
    whole: "WholePart | None" = None
    """The part that keeps actions on all the statement's resources, where there is one."""
    stays: frozenset[str] = frozenset()
    """Those of them that stay as they are all the same, for want of room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WholePart:
    """The part of a statement that keeps actions on all its resources."""

    number: int
    """Which of the parts."""
    kept: frozenset[str]
    """Its actions."""
    is_abridged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stay:
    """What stays of one action."""

    kept: tuple[Kept, ...]
    is_unseen: bool


def plan_statement(
    ref: StatementInForce, judged: Sequence[Judged], taken_sids: set[str], catalog: Catalog
) -> StatementPlan:
    """Return what becomes of a statement, given the verdicts of every role that holds it.

    Args:
        ref: The statement.
        judged: The verdicts on its grants; several on the same action are united.
        taken_sids: The Sids in use in the policy; those of new parts are added.
        catalog: Which actions a pattern stands for.
    """
    stays = _stays(judged, ref.statement)
    whole = Kept(resources=ref.statement.resources)
    if all(stay.kept == (whole,) for stay in stays.values()):
        return StatementPlan(ref=ref, parts=None)
    groups: dict[Kept, dict[str, bool]] = defaultdict(dict)
    for action, stay in stays.items():
        for kept in stay.kept:
            groups[kept][action] = stay.is_unseen
    parts = tuple(
        _part(ref.statement, number, kept, actions, taken_sids, catalog)
        for number, (kept, actions) in enumerate(groups.items(), start=1)
    )
    left_alone = frozenset(action for action, stay in stays.items() if whole in stay.kept)
    return StatementPlan(
        ref=ref,
        parts=parts,
        narrowed=frozenset(stays) - left_alone,
        whole=WholePart(number=list(groups).index(whole), kept=left_alone) if left_alone else None,
    )


def abridge_plan(plan: StatementPlan, room: int, weight_of: Callable[[str], float]) -> StatementPlan:
    """Return a plan whose part on all the statement's resources takes no more than some characters for its actions.

    Args:
        plan: A plan with such a part.
        room: Characters, quotation marks and commas counted. Where it is too small, the part gets as short as it can.
        weight_of: How much it matters that an action goes.
    """
    if plan.whole is None or not plan.parts:
        return plan
    parts, number = list(plan.parts), plan.whole.number
    found = abridge(plan.whole.kept, plan.narrowed, plan.ref.statement, room, weight_of=weight_of)
    parts[number] = replace(parts[number], actions=found.patterns)
    return replace(plan, parts=tuple(parts), whole=replace(plan.whole, is_abridged=True), stays=found.stays)


def restore_plan(plan: StatementPlan) -> StatementPlan:
    """Return the plan that leaves the statement as it is."""
    return StatementPlan(ref=plan.ref, parts=None, narrowed=plan.narrowed, stays=plan.narrowed)


def _passed_to(service: str | None) -> tuple[Condition, ...]:
    return (Condition(operator="StringEquals", key=PASSED_TO_SERVICE, values=(service,)),) if service else ()


def _stays(judged: Sequence[Judged], statement: Statement) -> Mapping[str, _Stay]:
    """What stays of each action. Most of thousands stay alike, so that it is worked out once for those that do."""
    by_action: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        by_action[one.verdict.action].append(one)
    alike: dict[tuple[int, bool], _Stay] = {}
    stays: dict[str, _Stay] = {}
    for action, found in by_action.items():
        if len(found) > 1:
            stays[action] = _united(found, statement)
            continue
        # What `judged` holds lives on, so that no other object gets its id.
        key = (id(found[0].kept), found[0].verdict.verdict in _UNSEEN)
        if key not in alike:
            alike[key] = _united(found, statement)
        stays[action] = alike[key]
    return stays


def _united(judged: Sequence[Judged], statement: Statement) -> _Stay:
    whole = Kept(resources=statement.resources)
    kept = [k for one in judged for k in one.kept]
    is_unseen = any(one.kept and one.verdict.verdict in _UNSEEN for one in judged)
    if whole in kept:
        return _Stay(kept=(whole,), is_unseen=is_unseen)
    parts: dict[tuple[str | None, tuple[Condition, ...]], set[str]] = defaultdict(set)
    for k in kept:
        service = None if _has_key(statement, PASSED_TO_SERVICE) else k.passed_to
        parts[service, k.conditions] |= set(k.resources)
    return _Stay(
        kept=tuple(
            Kept(resources=without_included(parts[part]), passed_to=part[0], conditions=part[1])
            for part in sorted(parts, key=lambda p: (p[0] or "", [(c.key, c.values) for c in p[1]]))
        ),
        is_unseen=is_unseen,
    )


def _part(
    statement: Statement,
    number: int,
    kept: Kept,
    actions: Mapping[str, bool],
    taken_sids: set[str],
    catalog: Catalog,
) -> StatementSpec:
    spelt = tuple(_spelling(statement, actions, catalog))
    return StatementSpec(
        sid=_sid(statement.sid, number, taken_sids),
        actions=None if spelt == statement.actions else spelt,
        resources=None if kept.resources == statement.resources else kept.resources,
        add_conditions=(*_passed_to(kept.passed_to), *kept.conditions),
    )


def _spelling(statement: Statement, actions: Mapping[str, bool], catalog: Catalog) -> Iterator[str]:
    """Yield the patterns for a set of actions: the statement's own where they stand for nothing else."""
    left = dict(actions)
    for pattern in statement.actions:
        stands_for = catalog.expand(pattern) or (pattern,)
        if all(name in actions for name in stands_for):
            yield pattern
            for name in stands_for:
                left.pop(name, None)
    seen = [name for name, is_unseen in left.items() if not is_unseen]
    unseen = frozenset(name for name, is_unseen in left.items() if is_unseen)
    widest = tuple(_widest(unseen, statement, catalog))
    yield from sorted([*(n for n in seen if not any(action_matches(w, n) for w in widest)), *widest])


def _widest(unseen: frozenset[str], statement: Statement, catalog: Catalog) -> Iterator[str]:
    """Yield the widest patterns inside the statement that match nothing else."""
    for pattern in _compressed(unseen, statement.actions or ("*",), catalog):
        if is_inside(pattern, statement):
            yield pattern
        else:
            yield from (name for name in catalog.expand(pattern) if name in unseen)


@lru_cache(maxsize=1 << 8)
def _compressed(unseen: frozenset[str], inside: tuple[str, ...], catalog: Catalog) -> tuple[str, ...]:
    """The same actions go unseen in many roles."""
    return compress_actions(unseen, catalog, inside=inside)


def _sid(sid: str | None, number: int, taken: set[str]) -> str | None:
    if sid is None or number == 1:
        return sid
    candidate = next(c for n in range(number, number + len(taken) + 1) if (c := f"{sid}{n}") not in taken)
    taken.add(candidate)
    return candidate


def _has_key(statement: Statement, key: str) -> bool:
    return any(condition.key.lower() == key.lower() for condition in statement.conditions)
