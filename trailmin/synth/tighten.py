"""From plans to policy texts, edited in place, and down to the quotas (DESIGN 7)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from trailmin.catalog import Catalog
from trailmin.current import PolicyInForce, PolicyKind
from trailmin.policy import (
    INLINE_POLICIES_OF_ROLE,
    MANAGED_POLICY,
    Edit,
    Policy,
    RemoveStatement,
    ReplaceStatement,
    apply_edits,
    parse_policy,
    policy_size,
)
from trailmin.synth.grants import allow_statements
from trailmin.synth.judged import Judged
from trailmin.synth.model import ChangeKind, PolicyChange
from trailmin.synth.plan import StatementPlan, plan_statement

REPLACEMENT_PREFIX = "trailmin-"
"""Of the inline policy that stands in for an AWS-managed one, before that one's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tightened:
    """A policy in force and what becomes of it."""

    before: PolicyInForce
    text: str | None
    """None: nothing of it is left."""
    plans: tuple[StatementPlan, ...]
    edits: tuple[Edit, ...] = ()
    """What makes `text` of the text in force."""

    @property
    def is_changed(self) -> bool:
        """Whether anything goes."""
        return self.text != self.before.text

    @property
    def policy(self) -> Policy | None:
        """What the text says."""
        if self.text is None:
            return None
        return parse_policy(self.text) if self.is_changed else self.before.policy

    @property
    def size(self) -> int:
        """Its length as AWS counts it."""
        return policy_size(self.text) if self.text is not None else 0


def tighten_policy(policy: PolicyInForce, judged: Sequence[Judged], catalog: Catalog) -> Tightened:
    """Return a policy with only what stays, given the verdicts of every role that holds it."""
    by_statement: dict[int, list[Judged]] = defaultdict(list)
    for one in judged:
        by_statement[one.grant.ref.statement.index].append(one)
    taken = {s.sid for s in policy.policy.statements if s.sid is not None}
    plans = tuple(
        plan_statement(ref, by_statement[ref.statement.index], taken, catalog) for ref in allow_statements([policy])
    )
    return _with_plans(policy, plans)


def _with_plans(policy: PolicyInForce, plans: Sequence[StatementPlan]) -> Tightened:
    edits = [edit for plan in plans if (edit := _edit(plan)) is not None]
    text = apply_edits(policy.text, edits) if edits else policy.text
    return Tightened(before=policy, text=text, plans=tuple(plans), edits=tuple(edits))


def _edit(plan: StatementPlan) -> Edit | None:
    index = plan.ref.statement.index
    if plan.parts is None:
        return None
    return ReplaceStatement(index=index, parts=plan.parts) if plan.parts else RemoveStatement(index=index)


def fit_quotas(tightened: Sequence[Tightened]) -> tuple[tuple[Tightened, ...], tuple[str, ...]]:
    """Return the policies of one role within AWS's quotas, and notes on statements that stay as they are for it."""
    fitting = list(tightened)
    notes: list[str] = []
    while (excess := _over_quota(fitting)) is not None:
        position, quota = excess
        fitting[position], note = _restore_largest(fitting[position], quota)
        notes.append(note)
    return tuple(fitting), tuple(notes)


def _over_quota(tightened: Sequence[Tightened]) -> tuple[int, int] | None:
    """The policy to shrink and the quota that it breaks; policies that were not changed cannot be shrunk."""
    changed = [(t.size, i) for i, t in enumerate(tightened) if t.is_changed and t.text is not None]
    for size, i in changed:
        if tightened[i].before.kind is PolicyKind.CUSTOMER_MANAGED and size > MANAGED_POLICY.limit:
            return i, MANAGED_POLICY.limit
    inline = [(t.size, i) for i, t in enumerate(tightened) if is_inline_after(t)]
    if sum(size for size, _ in inline) > INLINE_POLICIES_OF_ROLE.limit:
        # Only these grew: an inline policy of which statements merely went is shorter than it was.
        grown = [(size, i) for size, i in inline if _may_have_grown(tightened[i])]
        if grown:
            return max(grown)[1], INLINE_POLICIES_OF_ROLE.limit
    return None


def _may_have_grown(tightened: Tightened) -> bool:
    if not tightened.is_changed or tightened.text is None:
        return False
    return tightened.before.kind is PolicyKind.AWS_MANAGED or any(plan.parts for plan in tightened.plans)


def is_inline_after(tightened: Tightened) -> bool:
    """Whether the policy is an inline one after the change; an AWS-managed one that changes becomes one."""
    kind = tightened.before.kind
    return kind is PolicyKind.INLINE or (kind is PolicyKind.AWS_MANAGED and tightened.is_changed)


def _restore_largest(tightened: Tightened, quota: int) -> tuple[Tightened, str]:
    split = [p for p in tightened.plans if p.parts]
    if not split:
        before = tightened.before
        note = f"{before.name} stays as it is: it would not fit the quota of {quota} characters"
        return Tightened(before=before, text=before.text, plans=()), note
    largest = max(split, key=_spelt_size)
    plans = [StatementPlan(ref=p.ref, parts=None) if p is largest else p for p in tightened.plans]
    note = f"{largest.ref.label} stays as it is: spelt out it would not fit the quota of {quota} characters"
    return _with_plans(tightened.before, plans), note


def _spelt_size(plan: StatementPlan) -> int:
    """About how many characters a plan writes out."""
    return sum(len(text) for part in plan.parts or () for text in (*(part.actions or ()), *(part.resources or ())))


def changes_of(tightened: Sequence[Tightened], role_arn: str | None) -> tuple[PolicyChange, ...]:
    """Return the changes to one role's policies."""
    taken = {t.before.name for t in tightened if t.before.kind is PolicyKind.INLINE}
    return tuple(replace(_change(t, role_arn, taken), edits=t.edits) for t in tightened if t.is_changed)


def _change(tightened: Tightened, role_arn: str | None, taken: set[str]) -> PolicyChange:
    before = tightened.before
    others = tuple(arn for arn in before.attached_to if arn != role_arn)
    match before.kind, tightened.text:
        case PolicyKind.INLINE, None:
            return PolicyChange(kind=ChangeKind.DELETE_INLINE, name=before.name, policy=before, new_text=None)
        case PolicyKind.INLINE, text:
            return PolicyChange(kind=ChangeKind.PUT_INLINE, name=before.name, policy=before, new_text=text)
        case PolicyKind.CUSTOMER_MANAGED, str(text):
            return PolicyChange(
                kind=ChangeKind.CREATE_VERSION, name=before.name, policy=before, new_text=text, shared_with=others
            )
        case PolicyKind.AWS_MANAGED, str(text):
            name = _replacement_name(before.name, taken)
            return PolicyChange(
                kind=ChangeKind.PUT_INLINE, name=name, policy=before, new_text=text, replaces=before.arn
            )
        case _:
            return PolicyChange(kind=ChangeKind.DETACH, name=before.name, policy=before, new_text=None)


def _replacement_name(managed: str, taken: set[str]) -> str:
    """A name that no inline policy of the role has: putting one under a taken name would overwrite it."""
    name = f"{REPLACEMENT_PREFIX}{managed}"[:128]
    free = next(c for n in range(1, len(taken) + 2) if (c := name if n == 1 else f"{name[:124]}-{n}") not in taken)
    taken.add(free)
    return free


def sizes_after(tightened: Sequence[Tightened]) -> Mapping[str, int]:
    """Return policy name to size as AWS counts it, after the change."""
    return {t.before.name: t.size for t in tightened if t.text is not None}
