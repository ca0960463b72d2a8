"""The steps of a rollout: report only, fewer actions, narrower resources, both."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.synth.situation import allow, granted, inline, proposal_for, text_of, use, verdict_on
from tests.synth.test_laws import KEPT, QUICK, one_use, statements
from trailmin.catalog import load_catalog
from trailmin.policy import parse_policy
from trailmin.synth import Proposal, Status, Verdict
from trailmin.synth.check import prove
from trailmin.synth.model import Mode

PHOTO = use("s3:GetObject", "arn:aws:s3:::photos/a.jpg")


def photos(mode: Mode) -> Proposal:
    held = inline(allow(["s3:GetObject", "s3:DeleteBucket"], "arn:aws:s3:::*"))
    return proposal_for(held, uses=[PHOTO], mode=mode, resources="exact")


def test_observing_reports_what_would_change_and_emits_nothing() -> None:
    found = photos(Mode.OBSERVE)
    assert (found.status, found.is_emitted) == (Status.OBSERVED, False)
    assert found.reason == "nothing is changed, only observed: 1 of 2 grants go, 1 is narrowed"
    assert verdict_on(found, "s3:DeleteBucket").verdict is Verdict.UNUSED


def test_narrowing_actions_leaves_resources_as_they_are() -> None:
    assert granted(photos(Mode.NARROW_ACTIONS)) == {"s3:GetObject": ["arn:aws:s3:::*"]}


def test_narrowing_resources_removes_no_action() -> None:
    found = photos(Mode.NARROW_RESOURCES)
    assert granted(found) == {"s3:DeleteBucket": ["arn:aws:s3:::*"], "s3:GetObject": ["arn:aws:s3:::photos/a.jpg"]}
    kept = verdict_on(found, "s3:DeleteBucket")
    assert kept.verdict is Verdict.UNUSED
    assert kept.kept == ("arn:aws:s3:::*",)
    assert kept.reason.endswith("stays, since this mode leaves grants as they are")


def test_in_full_both_happen() -> None:
    assert granted(photos(Mode.FULL)) == {"s3:GetObject": ["arn:aws:s3:::photos/a.jpg"]}


def test_what_stays_of_a_wildcard_stays_as_wildcards() -> None:
    found = proposal_for(inline(allow("s3:*")), uses=[PHOTO], mode=Mode.NARROW_RESOURCES)
    assert found.status is Status.TIGHTENED
    assert len(text_of(found) or "") < 6_000


def actions_of(text: str | None) -> set[str]:
    if text is None:
        return set()
    catalog = load_catalog()
    found = [s for s in parse_policy(text).statements if s.is_allow]
    return {name for s in found for pattern in s.actions for name in catalog.expand(pattern)}


@QUICK
@given(
    held=st.lists(statements(), min_size=1, max_size=3),
    seen=st.lists(one_use(), max_size=4),
    mode=st.sampled_from(list(Mode)),
)
def test_every_mode_grants_no_more_and_breaks_nothing(held: list[dict[str, Any]], seen: list[Any], mode: Mode) -> None:
    policy = inline(*held)
    found = proposal_for(policy, uses=seen, mode=mode)
    assert found.status in {*KEPT, Status.OBSERVED}
    if found.replay is not None:
        assert found.replay.passed
    new = text_of(found)
    assert prove([parse_policy(new)] if new is not None else [], [policy.policy]).proven
    if mode is Mode.NARROW_RESOURCES and not any("NotAction" in s for s in held):
        assert actions_of(new) == actions_of(policy.text)
    if mode is Mode.NARROW_ACTIONS:
        assert all(set(v.kept) in (set(), set(v.resources)) for v in found.verdicts)


@pytest.mark.parametrize("mode", Mode)
def test_unused_grants_are_called_unused_in_every_mode(mode: Mode) -> None:
    assert verdict_on(photos(mode), "s3:DeleteBucket").verdict is Verdict.UNUSED
