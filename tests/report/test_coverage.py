from datetime import date

from trailmin.catalog import load_catalog
from trailmin.report.coverage import coverage_json
from trailmin.usage.account_coverage import AccountCoverage, SeenData
from trailmin.usage.coverage import Coverage


def test_coverage_tells_what_each_account_could_have_shown() -> None:
    seen = SeenData(prefix="s3", read_only=True, resource="arn:aws:s3:::b", first_date=date(2026, 9, 1))
    account = AccountCoverage(
        account="1",
        selectors=None,
        dates=frozenset({date(2026, 9, 2), date(2026, 9, 1)}),
        regions=frozenset({"us-east-1", "eu-west-1"}),
        management_seen=frozenset({True}),
        data_seen=(seen,),
        events=9,
    )
    told = coverage_json(
        Coverage(catalog=load_catalog(), since=date(2026, 9, 1), until=date(2026, 9, 3), accounts={"1": account})
    )
    assert told["accounts"] == [
        {
            "account": "1",
            "events": 9,
            "dates": ["2026-09-01", "2026-09-02"],
            "regions": ["eu-west-1", "us-east-1"],
            "missing": [{"since": "2026-09-03", "until": "2026-09-03"}],
            "first_event": None,
            "last_event": None,
            "multi_region_trail": False,
            "single_regions": None,
            "looked_up_regions": [],
            "digests": None,
            "selectors_known": False,
            "logged": [],
            "management_reads_seen": True,
            "management_writes_seen": False,
            "data_events_seen": [
                {"service": "s3", "read_only": True, "resource": "arn:aws:s3:::b", "first_date": "2026-09-01"}
            ],
        }
    ]
