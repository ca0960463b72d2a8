"""The policies of a role down to AWS's quotas (DESIGN 7)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trailmin.current import PolicyKind
from trailmin.policy import INLINE_POLICIES_OF_ROLE, MANAGED_POLICY
from trailmin.synth.plan import StatementPlan, abridge_plan, restore_plan
from trailmin.synth.tighten import Tightened, with_plans

_QUOTES_AND_COMMA = 3


def fit_quotas(
    tightened: Sequence[Tightened], weight_of: Callable[[str], float]
) -> tuple[tuple[Tightened, ...], tuple[str, ...]]:
    """Return the policies of one role within AWS's quotas, and notes on what stays for it.

    What is kept because it could not be seen is abridged, statement by statement, the longest first; where that does
    not do, the longest statements stay as they are.

    Args:
        tightened: What would become of each policy.
        weight_of: How much it matters that an action goes.
    """
    fitting = list(tightened)
    notes: list[str] = []
    while (excess := _over_quota(fitting)) is not None:
        fitting[excess.position], note = _shrunk(fitting[excess.position], excess, weight_of)
        notes.append(note)
    return tuple(fitting), tuple(notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Excess:
    """A policy to shrink."""

    position: int
    characters: int
    """Too many."""
    quota: int


def _over_quota(tightened: Sequence[Tightened]) -> _Excess | None:
    """The policy to shrink; policies that were not changed cannot be shrunk."""
    for i, one in enumerate(tightened):
        over = one.size - MANAGED_POLICY.limit
        if one.is_changed and one.before.kind is PolicyKind.CUSTOMER_MANAGED and over > 0:
            return _Excess(position=i, characters=over, quota=MANAGED_POLICY.limit)
    limit = INLINE_POLICIES_OF_ROLE.limit
    over = sum(one.size for one in tightened if _is_inline_after(one)) - limit
    # Only these grew: an inline policy of which statements merely went is shorter than it was.
    grown = [(one.size, i) for i, one in enumerate(tightened) if _may_have_grown(one)]
    return _Excess(position=max(grown)[1], characters=over, quota=limit) if over > 0 and grown else None


def _may_have_grown(tightened: Tightened) -> bool:
    if not tightened.is_changed or tightened.text is None or not _is_inline_after(tightened):
        return False
    return tightened.before.kind is PolicyKind.AWS_MANAGED or any(plan.parts for plan in tightened.plans)


def _is_inline_after(tightened: Tightened) -> bool:
    """Whether the policy is an inline one after the change; an AWS-managed one that changes becomes one."""
    kind = tightened.before.kind
    return kind is PolicyKind.INLINE or (kind is PolicyKind.AWS_MANAGED and tightened.is_changed)


def _shrunk(tightened: Tightened, excess: _Excess, weight_of: Callable[[str], float]) -> tuple[Tightened, str]:
    """The policy with its longest statement abridged, or as it was, and a note on that."""
    spelt = [plan for plan in tightened.plans if plan.parts]
    if not spelt:
        before = tightened.before
        note = f"{before.name} stays as it is: it would not fit the quota of {excess.quota} characters"
        return Tightened(before=before, text=before.text, plans=()), note
    old = max(spelt, key=_spelt_size)
    if _is_abridgeable(old):
        new = abridge_plan(old, _actions_size(old) - excess.characters, weight_of)
        note = (
            f"{old.ref.label}: {len(new.stays)} grants stay that would go or be narrowed, since what could not be seen "
            f"has to stay and spelt out it would not fit the quota of {excess.quota} characters"
        )
    else:
        new = restore_plan(old)
        note = f"{old.ref.label} stays as it is: spelt out it would not fit the quota of {excess.quota} characters"
    return with_plans(tightened.before, [new if plan is old else plan for plan in tightened.plans]), note


def _is_abridgeable(plan: StatementPlan) -> bool:
    """Whether it is for the actions that stay on all resources that a plan is long, and they are all named yet."""
    is_whole = plan.whole is not None and not plan.whole.is_abridged
    return is_whole and 2 * _actions_size(plan) > _spelt_size(plan)


def _actions_size(plan: StatementPlan) -> int:
    """The characters of the actions that stay on all resources."""
    actions = plan.parts[plan.whole.number].actions if plan.parts and plan.whole is not None else None
    return sum(len(text) + _QUOTES_AND_COMMA for text in actions or ())


def _spelt_size(plan: StatementPlan) -> int:
    """About how many characters a plan writes out."""
    return sum(len(text) for part in plan.parts or () for text in (*(part.actions or ()), *(part.resources or ())))
