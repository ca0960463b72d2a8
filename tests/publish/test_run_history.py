from datetime import date
from pathlib import Path

from tests.lake.test_runs import row
from trailmin.lake import Lake
from trailmin.lake.runs import record_run
from trailmin.publish.run_history import metrics_from_lake, trend_from_lake
from trailmin.report.html import Report, render_report


def test_the_trend_has_one_point_for_each_day_of_logs_and_the_report_draws_it(tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    assert trend_from_lake(lake) == ()
    september, october = date(2026, 9, 30), date(2026, 10, 31)
    record_run(lake, "1", lambda _: [row("a", granted=10, unused=8)])
    record_run(lake, "2", lambda _: [row("a", granted=10, unused=5)])
    record_run(lake, "3", lambda _: [row("a", until=october, granted=5, unused=0, drift="reverted")])
    first, last = trend_from_lake(lake)
    assert (first.date, last.date) == (september, october)
    assert (first.values["Grants unused"], last.values["Grants unused"]) == (5, 0)
    assert first.values["Unused of those in force, %"] == 50
    assert last.values["Roles that drifted"] == 1
    assert "Roles that drifted" in render_report(Report(roles=(), trend=(first, last)))


def test_unused_grants_are_counted_by_age_and_times_are_spread(tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    found = dict(row("a")["verdicts"][0])  # type: ignore[index]
    groups = [
        {**found, "unused_since": date(2026, 9, 29), "actions": ["s3:GetObject", "s3:PutObject"]},
        {**found, "unused_since": date(2026, 9, 1)},
        {**found, "unused_since": date(2026, 6, 1)},
        {**found, "unused_since": None, "verdict": "used"},
    ]
    record_run(lake, "1", lambda _: [row("a", detected_days=2, revoked=[{"days": 4, "grants": 3}])])
    revoked = [{"days": 10, "grants": 1}]
    record_run(lake, "2", lambda _: [row("a", verdicts=groups, remediated_days=6, revoked=revoked, is_merged=True)])
    metrics = metrics_from_lake(lake)
    assert list(metrics.unused_by_age.values()) == [2, 1, 0, 1]
    assert (metrics.time_to_revoke.count, metrics.time_to_revoke.median, metrics.time_to_revoke.longest) == (4, 4.0, 10)
    assert (metrics.time_to_detect.median, metrics.time_to_remediate.median) == (2.0, 6.0)
    assert (metrics.merged, metrics.revoked, len(metrics.runs)) == (1, 4, 2)
