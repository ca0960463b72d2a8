"""The summary for a chat channel."""

import re

import pytest

from tests.report.example import HOSTILE, hostile_proposal, policy, proposal, put
from trailmin.report.chat import render_chat
from trailmin.synth.model import Status


def test_it_says_what_can_be_merged_and_what_needs_somebody() -> None:
    text = render_chat(
        [
            proposal(put(policy())),
            proposal(role_name="old", status=Status.UNUSED_ROLE),
            proposal(role_name="broken", status=Status.WITHHELD),
            proposal(role_name="young", status=Status.INSUFFICIENT_EVIDENCE),
        ]
    )
    assert text.splitlines() == [
        "**trailmin**: 1 of 4 roles can be tightened.",
        "3 of 28 grants go; the largest:",
        "- `111122223333/image-processor`: 3 of 7 grants go",
        "Withheld, because a check of our own output failed: `111122223333/broken`.",
        "Not used at all: `111122223333/old`.",
        "Not enough evidence yet: `111122223333/young`.",
    ]


def test_many_roles_are_counted_not_named() -> None:
    text = render_chat([proposal(put(policy()), role_name=f"role-{index}") for index in range(200)])
    assert "- and 190 more" in text
    assert len(text) < 2000


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_names_are_no_mentions_links_or_lines(hostile: str) -> None:
    text = render_chat([hostile_proposal(hostile)])
    outside = re.sub(r"(`+).+?\1", "", text)
    assert "@" not in outside
    assert "://" not in outside
    assert "<" not in outside
    assert len(text.splitlines()) <= 4
