"""From paths to a few patterns that match them all: place by place, wide only where there is a case for it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

from trailmin.synth.patterns.labels import Family, Label, as_family, join
from trailmin.synth.patterns.segment import NAMES, Rule, family_pattern, is_made_up, is_open, shape_of, widened
from trailmin.synth.patterns.summary import Path
from trailmin.synth.patterns.tokens import Kind

_SEPARATORS = ("/", ":")


@dataclass(slots=True)
class Covered:
    """A pattern and the paths it was made for."""

    pattern: str
    paths: list[Path] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in a path the next segment stands."""

    depth: int
    base: int
    """Depth from which on segments are members of a container; those before are names."""
    dated: bool = False
    """Whether a folder above is any date."""

    def below(self, *, dated: bool) -> "Place":
        """The next place."""
        return Place(depth=self.depth + 1, base=self.base, dated=self.dated or dated)


@dataclass(frozen=True, slots=True)
class _Branch:
    """The paths that go on in one way from a place."""

    paths: Sequence[Path]
    pattern: str | None
    """Of their next segment; None where they end."""
    dated: bool = False
    """Whether it is any date."""


def cover(paths: Sequence[Path], place: Place, rule: Rule) -> list[Covered]:
    """Return patterns for what follows a place, each with its paths; together they match all of the paths."""
    found: dict[str, Covered] = {}
    for branch in _branches(paths, place, rule):
        if branch.pattern is None:
            tails = [Covered("", list(branch.paths))]
        else:
            tails = cover(branch.paths, place.below(dated=branch.dated), rule)
        for tail in tails:
            text = _tidy((branch.pattern or "") + tail.pattern)
            found.setdefault(text, Covered(text)).paths.extend(tail.paths)
    return [found[text] for text in sorted(found)]


def _branches(paths: Sequence[Path], place: Place, rule: Rule) -> Iterator[_Branch]:
    depth = place.depth
    active = NAMES if depth < place.base else rule
    ends: list[Path] = []
    families: dict[Family, list[Path]] = defaultdict(list)
    literals: dict[str, list[Path]] = defaultdict(list)
    for path in paths:
        if len(path.labels) == depth:
            ends.append(path)
        elif isinstance(label := path.labels[depth], Family):
            families[label].append(path)
        else:
            literals[label].append(path)
    if ends:
        yield _Branch(ends, None)
    for family, members in families.items():
        yield _Branch(members, _final(family_pattern(family), members, place))
    words: dict[str, list[Path]] = {}
    for group in _by_shape(literals):
        if is_made_up(next(iter(group))):
            yield from _made_up(group, words, place, active)
        else:
            words.update(group)
    yield from _words(words, place, active)


def _made_up(
    group: Mapping[str, list[Path]], words: dict[str, list[Path]], place: Place, rule: Rule
) -> Iterator[_Branch]:
    """Yield the branch of a shape; where its values are to be named, each of them, and words get what has no case."""
    found = widened(group, rule, dated=place.dated)
    if found is None and len(group) > 1:
        for segment, members in group.items():
            yield from _made_up({segment: members}, words, place, rule)
    elif found is None:
        words.update(group)
    else:
        members = _all_of(group)
        is_only_dates = found.kinds <= {Kind.DATE}
        pattern = found.text if is_only_dates else _final(found.text, members, place)
        yield _Branch(members, pattern, dated=Kind.DATE in found.kinds)


def _all_of(group: Mapping[str, list[Path]]) -> list[Path]:
    return [path for paths in group.values() for path in paths]


def _by_shape(literals: Mapping[str, list[Path]]) -> list[dict[str, list[Path]]]:
    groups: dict[tuple[str, ...], dict[str, list[Path]]] = defaultdict(dict)
    for segment in sorted(literals):
        groups[shape_of(segment)][segment] = literals[segment]
    return list(groups.values())


def _words(words: Mapping[str, list[Path]], place: Place, rule: Rule) -> Iterator[_Branch]:
    for is_folder in (True, False):
        some = {w: paths for w, paths in words.items() if w.endswith(_SEPARATORS) is is_folder}
        if len(some) > rule.listed or (len(some) >= rule.words and is_open(some, rule.days)):
            members = _all_of(some)
            yield _Branch(members, _final(_common(sorted(some)), members, place))
        else:
            yield from (_Branch(paths, word) for word, paths in some.items())


def _common(words: Iterable[Label]) -> str:
    # Words of one width are no ids of fixed width.
    return family_pattern(replace(as_family(reduce(join, words)), numbered=False))


def _final(pattern: str, members: Sequence[Path], place: Place) -> str:
    """Below a folder of the container the names of files are `*`: ids, numbers and endings change together."""
    in_folder = place.depth > place.base
    is_last = all(len(p.labels) == place.depth + 1 for p in members)
    return "*" if in_folder and is_last and not pattern.endswith(_SEPARATORS) else pattern


def _tidy(text: str) -> str:
    while text.endswith("*/*"):
        text = text[:-2]
    return text
