"""Rollout in steps: which kinds of change a proposal may make."""

from collections.abc import Sequence
from dataclasses import replace

from trailmin.policy import Statement
from trailmin.synth.judged import Judged, JudgedStatement, Kept
from trailmin.synth.model import Mode, Verdict

_GRANTED_ELSEWHERE = frozenset({Verdict.USED, Verdict.IMPLIED})
"""Verdicts with which a grant goes because another statement keeps the action."""


def staged(judged: Sequence[JudgedStatement], mode: Mode) -> tuple[JudgedStatement, ...]:
    """Return the verdicts with what stays in a mode; each keeps at least what it would keep in `full`."""
    if mode in {Mode.FULL, Mode.OBSERVE}:
        return tuple(judged)
    return tuple(
        replace(one, grants=tuple(_staged(judged, one.ref.statement, mode) for judged in one.grants)) for one in judged
    )


def _staged(judged: Judged, statement: Statement, mode: Mode) -> Judged:
    if mode is Mode.NARROW_ACTIONS:
        return _whole(judged, statement, "resources") if judged.kept else judged
    return judged if judged.kept or _is_granted_elsewhere(judged) else _whole(judged, statement, "grants")


def _is_granted_elsewhere(judged: Judged) -> bool:
    return judged.verdict.verdict in _GRANTED_ELSEWHERE


def _whole(judged: Judged, statement: Statement, left_alone: str) -> Judged:
    return as_it_is(judged, statement, f"stays, since this mode leaves {left_alone} as they are")


def as_it_is(judged: Judged, statement: Statement, reason: str) -> Judged:
    """Return the verdict on a grant of a statement that stays whole all the same, with the reason behind its own."""
    patterns = statement.resources
    if judged.kept == (Kept(resources=patterns),):
        return judged
    words = f"{judged.verdict.reason}; {reason}"
    verdict = replace(judged.verdict, kept=judged.verdict.resources, conditions=(), reason=words)
    return Judged(verdict=verdict, kept=(Kept(resources=patterns),))
