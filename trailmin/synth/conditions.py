"""Conditions that are added to what was used (DESIGN 7): where every event of a grant has the same few values.

`kms:ViaService` is added wherever it is certain, the keys of the network and the region on request, and tags in place
of lists of resources. What stays because it could not be seen gets none of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from trailmin.policy import Condition
from trailmin.synth.abac import by_tags
from trailmin.synth.context import known_context
from trailmin.synth.grants import Grant
from trailmin.synth.judged import Kept, RoleEvidence
from trailmin.synth.model import ContextKey
from trailmin.usage import Use

FEW = 5
"""Values of one key that a condition lists at most."""

VIA_SERVICE = "kms:ViaService"

_KEYS = {
    ContextKey.SOURCE_VPCE: "aws:SourceVpce",
    ContextKey.SOURCE_VPC: "aws:SourceVpc",
    ContextKey.REQUESTED_REGION: "aws:RequestedRegion",
}


def restricted(
    kept: tuple[Kept, ...], grant: Grant, uses: Sequence[Use], evidence: RoleEvidence
) -> tuple[tuple[Kept, ...], tuple[str, ...]]:
    """Return what stays of a used grant under the conditions that its uses allow, and why as clauses.

    Args:
        kept: What stays, narrowed to what was used.
        grant: Of which every use in the window would have shown.
        uses: All of them.
        evidence: Of the role.
    """
    added = tuple(sorted(_added(grant, uses, evidence), key=lambda condition: condition.key))
    reasons = [f"always with {c.key} {' or '.join(c.values)}" for c in added]
    if (tagged := by_tags(kept, grant, evidence)) is not None:
        kept = tagged.kept
        reasons.append(tagged.reason)
    both = (replace(k, conditions=(*added, *k.conditions)) for k in kept)
    return tuple(both), tuple(reasons)


def _added(grant: Grant, uses: Sequence[Use], evidence: RoleEvidence) -> Iterator[Condition]:
    if grant.action.startswith("kms:"):
        yield from _shared(VIA_SERVICE, grant, uses, evidence)
    if not any(use.invoked_by for use in uses):
        for wanted in sorted(evidence.options.add_conditions):
            yield from _shared(_KEYS[wanted], grant, uses, evidence)


def _shared(key: str, grant: Grant, uses: Sequence[Use], evidence: RoleEvidence) -> Iterator[Condition]:
    """The condition on a key that every use has, of few values, unless the statement has one on it already."""
    if any(condition.key.lower() == key.lower() for condition in grant.ref.statement.conditions):
        return
    found = [known_context(use, evidence.catalog).get(key.lower()) for use in uses]
    values = {value for values in found if values is not None for value in values}
    if None not in found and 0 < len(values) <= FEW:
        yield Condition(operator="StringEquals", key=key, values=tuple(sorted(values)))
