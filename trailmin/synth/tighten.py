"""From plans to policy texts, edited in place (DESIGN 7)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from trailmin.catalog import Catalog
from trailmin.current import PolicyInForce, PolicyKind
from trailmin.policy import (
    Edit,
    Policy,
    RemoveStatement,
    ReplaceStatement,
    apply_edits,
    parse_policy,
    policy_size,
)
from trailmin.synth.grants import allow_statements
from trailmin.synth.judged import Judged, JudgedStatement
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


def tighten_policy(policy: PolicyInForce, judged: Sequence[JudgedStatement], catalog: Catalog) -> Tightened:
    """Return a policy with only what stays, given the verdicts of every role that holds it."""
    by_statement: dict[int, list[Judged]] = defaultdict(list)
    for one in judged:
        by_statement[one.ref.statement.index] += one.grants
    taken = {s.sid for s in policy.policy.statements if s.sid is not None}
    plans = tuple(
        plan_statement(ref, by_statement[ref.statement.index], taken, catalog) for ref in allow_statements([policy])
    )
    return with_plans(policy, plans)


def with_plans(policy: PolicyInForce, plans: Sequence[StatementPlan]) -> Tightened:
    """Return what becomes of a policy by the plans for its statements."""
    edits = [edit for plan in plans if (edit := _edit(plan)) is not None]
    text = apply_edits(policy.text, edits) if edits else policy.text
    return Tightened(before=policy, text=text, plans=tuple(plans), edits=tuple(edits))


def _edit(plan: StatementPlan) -> Edit | None:
    index = plan.ref.statement.index
    if plan.parts is None:
        return None
    return ReplaceStatement(index=index, parts=plan.parts) if plan.parts else RemoveStatement(index=index)


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
