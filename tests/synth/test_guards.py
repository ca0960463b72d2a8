from datetime import date, timedelta

import pytest

from tests.synth.situation import DAYS, SINCE, UNTIL, allow, inline, proposal_for, use
from trailmin.synth import Options, Status
from trailmin.synth.guards import thin_evidence
from trailmin.synth.model import Window

WINDOW = Window(since=SINCE, until=UNTIL)
ALL = frozenset(DAYS)


def test_enough_evidence_has_no_objection() -> None:
    assert thin_evidence(WINDOW, ALL, DAYS, Options()) is None


def test_a_short_window_is_thin() -> None:
    short = Window(since=UNTIL - timedelta(days=9), until=UNTIL)
    assert thin_evidence(short, ALL, DAYS[-10:], Options()) == "the window has 10 days, fewer than 30"


def test_days_without_logs_are_thin_beyond_their_share() -> None:
    assert thin_evidence(WINDOW, frozenset(DAYS[2:]), DAYS, Options()) is None
    assert "3 of 45 days have no logs" in str(thin_evidence(WINDOW, frozenset(DAYS[3:]), DAYS, Options()))


def test_little_activity_is_thin_and_none_is_left_to_others() -> None:
    assert "active on 6 days" in str(thin_evidence(WINDOW, ALL, DAYS[:6], Options()))
    assert thin_evidence(WINDOW, ALL, (), Options()) is None


def test_a_window_shorter_than_two_rounds_of_work_is_thin() -> None:
    monthly = (*DAYS[:7], SINCE + timedelta(days=36))
    assert "paused for 30 days" in str(thin_evidence(WINDOW, ALL, monthly, Options()))


@pytest.mark.parametrize(("ignore", "status"), [(False, Status.INSUFFICIENT_EVIDENCE), (True, Status.TIGHTENED)])
def test_below_the_guards_nothing_goes_unless_asked(ignore: bool, status: Status) -> None:
    found = proposal_for(
        inline(allow("s3:*")),
        uses=[use("s3:GetObject", "arn:aws:s3:::b/k")],
        dates=[date(2026, 9, 10)],
        ignore_guards=ignore,
    )
    assert found.status is status
    assert bool(found.changes) is ignore
