"""From all that an action was seen on to the few patterns that a policy names (DESIGN 7)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from trailmin.policy import resource_included, resource_included_in_union, resource_meet
from trailmin.synth.patterns.choose import Unit, apply, choose, is_wild, matcher, text_of
from trailmin.synth.patterns.containers import MANY_IDS, container, id_family, parent
from trailmin.synth.patterns.cover import Covered, Place
from trailmin.synth.patterns.describe import AlsoMatches, also_matches
from trailmin.synth.patterns.labels import Family
from trailmin.synth.patterns.segment import NAMES, is_open
from trailmin.synth.patterns.summary import Path, Summary

Level = Literal["exact", "pattern", "parent"]

MAX_PATTERNS = 40
"""Of one action: beyond, the containers with most patterns are named more widely."""
_EXAMPLES = 3
_NO_BASE = 1 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedPattern:
    """One pattern, and what it stands for."""

    pattern: str
    values: int
    """Distinct resources that were seen; past the bounds of a summary about so many."""
    calls: int
    examples: tuple[str, ...]
    """Up to three of them."""
    also_matches: AlsoMatches
    held_out: float | None
    """Of the resources seen on the last fifth of the days, the share that patterns made from the days before match;
    None where there were too few days."""


@dataclass(slots=True)
class _Named:
    pattern: str
    paths: list[Path]
    held: int = 0
    held_matched: int = 0
    is_held_out: bool = False


def learn(
    summary: Summary, *, level: Level, within: Sequence[str], own: frozenset[str] = frozenset()
) -> tuple[LearnedPattern, ...]:
    """Return patterns inside of `within` that match all of what was seen there, sorted.

    `exact` names each resource (past the bounds of a summary, each family), `pattern` what it takes to match the ones
    to come, `parent` the container. Each level matches what the one before it does.

    Args:
        summary: What the action was seen on.
        level: How widely to name.
        within: The resource patterns of the old grant.
        own: Families of made-up ids (`id_family`) that stand for their ids from the first one on.
    """
    named = _named(list(summary.paths()), level, own)
    inside: dict[str, _Named] = {}
    for one in named:
        for pattern in _inside(one.pattern, within):
            _add(inside, pattern, one)
    return tuple(_learned(one) for one in _without_covered(inside))


def _named(paths: Sequence[Path], level: Level, own: frozenset[str]) -> list[_Named]:
    if level == "exact":
        return [_Named(text_of(p), [p]) for p in paths]
    found: dict[str, _Named] = {}
    rest: list[Path] = []
    families: dict[str, list[Path]] = defaultdict(list)
    for path in paths:
        text = text_of(path)
        if text == "*":
            found.setdefault(text, _Named(text, [])).paths.append(path)
        elif (inside := container(text)) is not None:
            found.setdefault(inside, _Named(inside, [])).paths.append(path)
        elif (family := id_family(text)) is not None:
            families[family].append(path)
        else:
            rest.append(path)
    for family, members in families.items():
        if len(members) >= MANY_IDS or family in own:
            found.setdefault(family, _Named(family, [])).paths.extend(members)
        else:
            rest += members
    learned = [*found.values(), *_learn_units(rest)]
    if level == "pattern":
        return learned
    wide: dict[str, _Named] = {}
    for one in learned:
        _add(wide, parent(one.pattern), one)
    return list(wide.values())


def _learn_units(paths: Sequence[Path]) -> list[_Named]:
    units = _units(paths)
    for unit in units:
        choose(unit)
    while sum(len(u.covered) for u in units) > MAX_PATTERNS and any(u.can_widen for u in units):
        widest = max((u for u in units if u.can_widen), key=lambda u: (len(u.covered), u.head))
        apply(widest, widest.level + 1)
    return [named for unit in units for named in _held_out(unit)]


def _units(paths: Sequence[Path]) -> list[Unit]:
    """Containers of members by themselves; names by partition, service, region and account, which are never widened."""
    objects: dict[tuple[str, ...], list[Path]] = defaultdict(list)
    names: dict[str, list[Path]] = defaultdict(list)
    for path in paths:
        base = _base(path)
        head = path.labels[:base]
        if base < _NO_BASE and len(path.labels) > base and not any(isinstance(label, Family) for label in head):
            objects[tuple(label for label in head if isinstance(label, str))].append(path)
        else:
            names[text_of(Path(path.labels[:1], path.leaf))].append(path)
    _move_many_containers(objects, names)
    units = [
        Unit(head="".join(key), paths=members, place=Place(depth=len(key), base=len(key)))
        for key, members in sorted(objects.items())
    ]
    for name, members in sorted(names.items()):
        base = max(_base(p) for p in members)
        units.append(Unit(head=name, paths=members, place=Place(depth=1, base=base)))
    return units


def _base(path: Path) -> int:
    """Depth of what is inside of a container, for the services whose members callers name; beyond any path else."""
    labels = [label if isinstance(label, str) else label.lead for label in path.labels[:4]]
    parts = labels[0].split(":") if labels else []
    if len(parts) < 6 or not parts[2].startswith("s3"):
        return _NO_BASE
    if parts[2] == "s3" and not parts[3] and not parts[4]:
        return 2
    return 4 if len(labels) == 4 and labels[3] == "object/" else _NO_BASE


def _move_many_containers(objects: dict[tuple[str, ...], list[Path]], names: dict[str, list[Path]]) -> None:
    """Let very many buckets that keep coming be seen together: one pattern may stand for their names."""
    by_head: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for key in objects:
        if len(key) == 2:
            by_head[key[0]].append(key)
    for head, keys in by_head.items():
        members = {key[1]: objects[key] for key in keys}
        if len(keys) >= NAMES.words and is_open(members, NAMES.days):
            for key in keys:
                names[head] += objects.pop(key)


def _held_out(unit: Unit) -> list[_Named]:
    match_of = matcher(unit.trained) if unit.trained is not None else None
    found = []
    for covered in unit.covered:
        named = _Named(covered.pattern, covered.paths)
        if match_of is not None:
            named.is_held_out = True
            _count_held(named, covered, unit.split, match_of)
        found.append(named)
    return found


def _count_held(named: _Named, covered: Covered, split: int, match_of: Callable[[Path], str | None]) -> None:
    for path in covered.paths:
        if path.leaf.last > split:
            named.held += path.leaf.values
            if match_of(path) is not None:
                named.held_matched += path.leaf.values


def _inside(pattern: str, within: Iterable[str]) -> list[str]:
    if resource_included_in_union(pattern, within):
        return [pattern]
    return sorted({met for wide in within if (met := resource_meet(pattern, wide)) is not None})


def _add(found: dict[str, _Named], pattern: str, one: _Named) -> None:
    named = found.setdefault(pattern, _Named(pattern, []))
    known = {id(p) for p in named.paths}
    named.paths += [p for p in one.paths if id(p) not in known]
    named.held += one.held
    named.held_matched += one.held_matched
    named.is_held_out |= one.is_held_out


def _without_covered(found: dict[str, _Named]) -> list[_Named]:
    """Drop each pattern that another one includes; what it stood for goes to that one."""
    wild = [p for p in sorted(found) if is_wild(p)]
    kept = dict(found)
    for pattern in sorted(found):
        wider = next((w for w in wild if w != pattern and w in kept and _is_wider(w, pattern)), None)
        if wider is not None:
            _add(kept, wider, kept.pop(pattern))
    return [kept[p] for p in sorted(kept)]


def _is_wider(wide: str, narrow: str) -> bool:
    if not resource_included(narrow, wide):
        return False
    return not resource_included(wide, narrow) or wide < narrow


def _learned(named: _Named) -> LearnedPattern:
    examples = sorted({e for p in named.paths for e in p.leaf.examples})[:_EXAMPLES]
    return LearnedPattern(
        pattern=named.pattern,
        values=sum(p.leaf.values for p in named.paths),
        calls=sum(p.leaf.count for p in named.paths),
        examples=tuple(text for _, text in examples),
        also_matches=also_matches(named.pattern),
        held_out=named.held_matched / named.held if named.is_held_out and named.held else None,
    )
