"""`drift`, `metrics` and the Prometheus text of `denied`, on the sample logs of one account, run by run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.cli.conftest import HOSTILE, SAMPLES, UNPRINTABLE, Run
from tests.cli.records import record, write_log
from trailmin.lake import Lake
from trailmin.lake.runs import last_run
from trailmin.report.prometheus import denied_text
from trailmin.trail import PrincipalKind
from trailmin.usage.denials import DenialKind, Denials
from trailmin.usage.model import PrincipalUsage

ACCOUNT, ROLE = "777788889999", "ledger-sync"
CONFIGURATION = f"""
[trail]
sources = ["{SAMPLES / "AWSLogs" / ACCOUNT}"]
workers = 1
[lake]
path = "lake"
[current]
paths = ["snapshots"]
[output]
path = "out"
"""
WIDER = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:CreateUser", "Resource": "*"}]}


@dataclass(frozen=True, slots=True)
class Site:
    """A configuration with its lake and the account's snapshot."""

    folder: Path
    run: Run

    @property
    def lake(self) -> Path:
        return self.folder / "lake"

    def nightly(self) -> int:
        return self.run("run", "-c", self.folder / "trailmin.toml").exit_code

    def findings(self, code: int) -> list[dict[str, Any]]:
        result = self.run("drift", "--lake", self.lake, "--current", self.folder / "snapshots", "--json")
        assert result.exit_code == code, result.stderr
        shown = json.loads(result.stdout)
        assert (shown["schema"], shown["exit_codes"][0]) == ("trailmin/drift/1", code)
        return list(shown["findings"])

    @property
    def details(self) -> Path:
        return self.folder / "snapshots" / ACCOUNT / "authorization-details.json"

    def add_role(self, name: str) -> None:
        """A role like the one that is there, of another name."""
        details = json.loads(self.details.read_text())
        (role,) = [role for role in details["RoleDetailList"] if role["RoleName"] == ROLE]
        details["RoleDetailList"].append(role | {"RoleName": name, "Arn": role["Arn"].replace(ROLE, name)})
        self.details.write_text(json.dumps(details))

    def put(self, *policies: Mapping[str, Any]) -> None:
        """Let the role hold these inline policies and nothing else."""
        details = json.loads(self.details.read_text())
        (role,) = [role for role in details["RoleDetailList"] if role["RoleName"] == ROLE]
        role["AttachedManagedPolicies"] = []
        role["RolePolicyList"] = [
            {"PolicyName": f"p{place}", "PolicyDocument": policy} for place, policy in enumerate(policies)
        ]
        self.details.write_text(json.dumps(details))

    def proposed(self) -> Sequence[Mapping[str, Any]]:
        (row,) = [row for row in last_run(Lake.open(self.lake)) if row["role"] == ROLE]
        return [json.loads(one["text"]) for one in row["proposed"]]


@pytest.fixture
def site(run: Run, tmp_path: Path) -> Site:
    copytree(SAMPLES / "snapshots" / ACCOUNT, tmp_path / "snapshots" / ACCOUNT)
    (tmp_path / "trailmin.toml").write_text(CONFIGURATION)
    return Site(tmp_path, run)


def samples_of(text: str) -> dict[str, float]:
    """Name and labels to value, read by Prometheus's own parser."""
    return {
        sample.name + "".join(f" {value}" for _, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_proposal_is_merged_reverted_widened_by_hand_and_mended(site: Site) -> None:
    assert site.nightly() == 10
    (finding,) = site.findings(10)
    assert (finding["kind"], finding["role"], finding["account"]) == ("not-merged-yet", ROLE, ACCOUNT)
    merged, before = site.proposed(), site.details.read_text()
    site.put(*merged)
    assert site.findings(0) == []
    assert site.nightly() in {0, 10}

    now = site.details.read_text()
    site.details.write_text(before)
    (finding,) = site.findings(10)
    assert finding["kind"] == "reverted"
    site.details.write_text(now)
    site.add_role("newcomer")
    (finding,) = site.findings(10)
    assert (finding["kind"], finding["role"]) == ("new-role", "newcomer")
    site.details.write_text(now)

    site.put(*merged, WIDER)
    (finding,) = site.findings(10)
    assert finding["kind"] == "widened-by-hand"
    assert finding["witness"]["action"].lower() == "iam:createuser"
    assert site.nightly() in {0, 10}
    (finding,) = site.findings(10)
    assert finding["kind"] == "widened-by-hand"
    site.put(*merged)
    assert site.nightly() in {0, 10}
    assert site.findings(0) == []

    figures = json.loads(site.run("metrics", "--lake", site.lake, "--json").stdout)
    assert figures["schema"] == "trailmin/metrics/1"
    assert figures["proposals_merged"] == 1
    assert figures["grants_revoked"] > 0
    assert figures["time_to_revoke_days"]["count"] == figures["grants_revoked"]
    assert figures["time_to_remediate_days"] == {"count": 1, "median": 0.0, "longest": 0}
    assert [point["drifted_roles"] for point in figures["runs"]] == [0, 0, 1, 0]
    assert figures["runs"][0]["false_allow_share"] > figures["last"]["false_allow_share"]
    told = samples_of(site.run("metrics", "--lake", site.lake, "--format", "prometheus").stdout)
    assert told["trailmin_proposals_merged_total"] == 1
    assert told["trailmin_grants_revoked_total"] == figures["grants_revoked"]
    assert told["trailmin_grants_unused"] == figures["last"]["unused"]
    assert told["trailmin_false_allow_ratio"] == pytest.approx(figures["last"]["false_allow_share"], abs=1e-6)
    assert "median 0 days" in site.run("metrics", "--lake", site.lake).stdout
    # All runs looked at the same logs: a trend needs two days.
    assert "Grants unused" not in (site.folder / "out" / "report.html").read_text()


def test_the_same_run_twice_is_remembered_once(site: Site) -> None:
    site.nightly()
    page = (site.folder / "out" / "report.html").read_bytes()
    site.nightly()
    assert len(json.loads(site.run("metrics", "--lake", site.lake, "--json").stdout)["runs"]) == 1
    assert (site.folder / "out" / "report.html").read_bytes() == page


def test_without_a_recorded_run_both_say_what_to_do(run: Run, sample_lake: Path) -> None:
    for command in (["metrics"], ["drift", "--current", SAMPLES / "snapshots"]):
        result = run(*command, "--lake", sample_lake)
        assert result.exit_code == 1
        assert "trailmin run" in result.stderr


def test_refused_calls_are_told_to_prometheus(run: Run, sample_lake: Path) -> None:
    result = run("denied", "--lake", sample_lake, "--format", "prometheus")
    assert result.exit_code == 0, result.stderr
    told = samples_of(result.stdout)
    portal = "444455556666 arn:aws:iam::444455556666:role/legacy-admin-portal"
    assert told[f"trailmin_denied_calls {portal.replace(' ', ' ')} role legacy-admin-portal"] > 100
    listed = json.loads(run("denied", "--lake", sample_lake, "--json").stdout)["roles"]
    counted = [value for name, value in told.items() if name.startswith("trailmin_denied_calls ")]
    assert sorted(counted) == sorted(role["denied"] for role in listed)


def test_a_burst_of_refused_calls_is_a_spike_against_the_roles_own_days(run: Run, tmp_path: Path) -> None:
    days = [date(2026, 9, 1) + timedelta(days=day) for day in range(20)]
    refused = {"errorCode": "AccessDenied", "errorMessage": "Access Denied"}
    calls = [(day, number) for day in days for number in range(80 if day == days[-2] else 1)]
    records = [
        record(eventID=f"{day}-{number}", eventTime=f"{day}T10:{number % 60:02}:00Z", **refused)
        for day, number in calls
    ]
    write_log(tmp_path / "logs" / "a.json.gz", *records)
    run("ingest", tmp_path / "logs", "--lake", tmp_path / "lake", "--workers", "1")
    (role,) = json.loads(run("denied", "--lake", tmp_path / "lake", "--json").stdout)["roles"]
    assert [(spike["date"], spike["calls"]) for spike in role["looks_like"]["spikes"]] == [("2026-09-19", 80)]
    told = samples_of(run("denied", "--lake", tmp_path / "lake", "--format", "prometheus").stdout)
    assert [value for name, value in told.items() if name.startswith("trailmin_denied_spikes ")] == [1]


def test_a_boundary_that_cuts_and_a_managed_policy_that_is_too_wide_are_told(
    run: Run, sample_lake: Path, tmp_path: Path
) -> None:
    account = "444455556666"
    copytree(SAMPLES / "snapshots" / account, tmp_path / "snapshots" / account)
    path = tmp_path / "snapshots" / account / "authorization-details.json"
    details = json.loads(path.read_text())
    (boundary,) = [policy for policy in details["Policies"] if policy["PolicyName"] == "workload-boundary"]
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    boundary["PolicyVersionList"][0]["Document"] = document
    path.write_text(json.dumps(details))
    current = ("--current", tmp_path / "snapshots", "--current", SAMPLES / "snapshots" / "111122223333")
    result = run("tighten", "payments-worker", "web-instance", *current, "--lake", sample_lake, "-o", tmp_path / "out")
    assert result.exit_code == 10, result.stderr
    worker = json.loads((tmp_path / "out" / account / "payments-worker" / "evidence.json").read_text())
    cut = {grant["action"] for grant in worker["verdicts"] if grant["cut_by"] is not None}
    assert cut == {grant["action"] for grant in worker["verdicts"] if not grant["action"].startswith("s3:")}
    instance = (tmp_path / "out" / "111122223333" / "web-instance" / "evidence.json").read_text()
    assert "AWS-managed AmazonSSMManagedInstanceCore is far too wide" in instance


def test_names_from_logs_stay_label_values() -> None:
    arn = f'arn:aws:iam::{ACCOUNT}:role/x"}} 1\n{HOSTILE}\\'
    principal = PrincipalUsage(
        kind=PrincipalKind.ROLE, arn=arn, account=ACCOUNT, name=f'"{HOSTILE}', uses=(), unmapped=(), events=3, denied=3,
        undetermined=0, active_dates=(), first_seen=None, last_seen=None, workloads={},
    )  # fmt: skip
    denials = Denials(kind=DenialKind.PROBING, reason="", calls=3, actions=2, days=1, spikes=())
    text = denied_text([principal], {arn: denials})
    assert UNPRINTABLE.isdisjoint(text)
    names = {sample.name for family in text_string_to_metric_families(text) for sample in family.samples}
    assert all(name.startswith("trailmin_denied_") for name in names)
    assert len(samples_of(text)) == 8
