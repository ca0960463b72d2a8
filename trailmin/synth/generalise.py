"""From the resources that were seen to the resources that a policy names: the seam to the learned patterns."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from trailmin.policy import NO_RESOURCE, resource_included
from trailmin.synth.patterns import LearnedPattern, Level, Summary, id_family, learn, parent
from trailmin.usage import Use

_ANYWHERE = ("*",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Generaliser:
    """From one observed ARN pattern to the one that a policy names."""

    level: Level
    learned: tuple[LearnedPattern, ...]
    _found: dict[str, str] = field(init=False, compare=False, repr=False)
    """Resource to its pattern: those that are patterns of their own, which no other covers, and those asked for."""
    _wild: tuple[str, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        patterns = [one.pattern for one in self.learned]
        object.__setattr__(self, "_found", {pattern: pattern for pattern in patterns})
        object.__setattr__(self, "_wild", tuple(p for p in patterns if "*" in p or "?" in p or "${" in p))

    def __call__(self, resource: str) -> str:
        """Return the learned pattern that a resource is one of; of one that only touches the grant, its container."""
        if resource not in self._found:
            wide = next((pattern for pattern in self._wild if resource_included(resource, pattern)), None)
            self._found[resource] = wide or (resource if self.level == "exact" else parent(resource))
        return self._found[resource]

    def of(self, patterns: Iterable[str]) -> tuple[LearnedPattern, ...]:
        """Return what is known of those patterns that stand for more than what was seen."""
        wanted = set(patterns)
        return tuple(one for one in self.learned if one.pattern in wanted and one.pattern not in one.examples)


def generaliser(
    level: Level,
    uses: Sequence[Use],
    *,
    within: Sequence[str] = _ANYWHERE,
    own_ids: frozenset[str] = frozenset(),
) -> Generaliser:
    """Return how the resources of one action are named at a level.

    Args:
        level: `exact`, `pattern` or `parent`.
        uses: All uses of the action in the window that are evidence.
        within: What the old grant is on.
        own_ids: Ids of what runs under the role: an instance that works on itself will have another id tomorrow.
    """
    named = [use for use in uses if use.resource != NO_RESOURCE]
    families = {(use.resource, family) for use in named if (family := id_family(use.resource)) is not None}
    own = frozenset(family for resource, family in families if resource[len(family) - 1 :] in own_ids)
    return Generaliser(level=level, learned=learn(summary_of(named), level=level, within=within, own=own))


def of_any_account(uses: Sequence[Use], *, enough: int) -> tuple[Use, ...]:
    """Return the uses, those of resources that enough accounts have of their own under one name with any account.

    The same is used in each account, in its own copy: what differs is the account alone.
    """
    own: dict[str, set[str]] = defaultdict(set)
    for use in uses:
        if (name := _of_any(use)) is not None and use.account is not None:
            own[name].add(use.account)
    alike = {name for name, accounts in own.items() if len(accounts) >= enough}
    return tuple(replace(use, resource=name) if (name := _of_any(use)) in alike and name else use for use in uses)


def _of_any(use: Use) -> str | None:
    """A resource in the account of who used it, with any account; None for all others."""
    parts = use.resource.split(":", 5)
    if len(parts) < 6 or not parts[4] or parts[4] != use.account:
        return None
    return ":".join((*parts[:4], "*", parts[5]))


def summary_of(uses: Iterable[Use]) -> Summary:
    """Return the summary of what was used: each resource with its first and its last day."""
    return Summary.of_many(
        seen
        for use in uses
        for seen in (
            (use.resource, use.count, use.first_seen.date()),
            (use.resource, 0, use.last_seen.date()),
        )
    )
