"""Rollout in steps: which kinds of change a proposal may make."""

from collections.abc import Sequence
from dataclasses import replace

from trailmin.synth.judged import Judged, Kept
from trailmin.synth.model import Mode, Verdict

_GRANTED_ELSEWHERE = frozenset({Verdict.USED, Verdict.IMPLIED})
"""Verdicts with which a grant goes because another statement keeps the action."""


def staged(judged: Sequence[Judged], mode: Mode) -> tuple[Judged, ...]:
    """Return the verdicts with what stays in a mode; each keeps at least what it would keep in `full`."""
    match mode:
        case Mode.NARROW_ACTIONS:
            return tuple(_whole(j, "resources") if j.kept else j for j in judged)
        case Mode.NARROW_RESOURCES:
            return tuple(j if j.kept or _is_granted_elsewhere(j) else _whole(j, "grants") for j in judged)
        case Mode.FULL | Mode.OBSERVE:
            return tuple(judged)


def _is_granted_elsewhere(judged: Judged) -> bool:
    return judged.verdict.verdict in _GRANTED_ELSEWHERE


def _whole(judged: Judged, left_alone: str) -> Judged:
    return as_it_is(judged, f"stays, since this mode leaves {left_alone} as they are")


def as_it_is(judged: Judged, reason: str) -> Judged:
    """Return the verdict on a grant that stays whole all the same, with the reason behind its own."""
    patterns = judged.grant.ref.statement.resources
    if judged.kept == (Kept(resources=patterns),):
        return judged
    words = f"{judged.verdict.reason}; {reason}"
    verdict = replace(judged.verdict, kept=judged.verdict.resources, conditions=(), reason=words)
    return Judged(grant=judged.grant, verdict=verdict, kept=(Kept(resources=patterns),))
