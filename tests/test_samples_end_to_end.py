"""The sample roles come out as a security engineer would write them by hand."""

import difflib
import json
import os
from pathlib import Path

import pytest

from trailmin.current import load_current
from trailmin.engine import open_engine
from trailmin.job import propose_from_lake
from trailmin.lake import Lake, ingest
from trailmin.packaged import packaged_path
from trailmin.policy import Proven, included_by_containment, parse_policy
from trailmin.synth import Options, Proposal, Status, Verdict
from trailmin.trail.sources import open_source

SAMPLES = packaged_path("sample_logs")
GOLDEN = Path(__file__).parent / "golden" / "samples"
ROLES = (
    "analytics-reader", "ci-deploy", "image-processor", "ledger-sync", "legacy-admin-portal", "order-notifier",
    "orders-task", "partner-sync", "payments-worker", "report-exporter", "thumbnail-and-metadata", "web-instance",
)  # fmt: skip


@pytest.fixture(scope="session")
def proposals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Proposal]:
    lake = Lake.create(tmp_path_factory.mktemp("end-to-end") / "lake")
    ingest([open_source(str(SAMPLES / "AWSLogs"))], lake, engine=open_engine(1))
    state = load_current([SAMPLES / "snapshots", SAMPLES / "policies"])
    assert not state.notes
    return {p.role.name: p for p in propose_from_lake(lake, state, Options())}


def new_texts(proposal: Proposal) -> dict[str, str]:
    return {change.name: change.new_text for change in proposal.changes if change.new_text is not None}


def grants(proposal: Proposal) -> set[tuple[str, str]]:
    """Every action and resource that the new policies allow."""
    policies = [parse_policy(text) for text in new_texts(proposal).values()]
    return {(a, r) for p in policies for s in p.statements if s.is_allow for a in s.actions for r in s.resources}


@pytest.mark.parametrize("name", ROLES)
def test_the_policies_of_a_role_are_those_that_were_reviewed(proposals: dict[str, Proposal], name: str) -> None:
    """Set `TRAILMIN_WRITE_GOLDEN` to write the files anew; then read them."""
    found = {k: json.loads(text) for k, text in sorted(new_texts(proposals[name]).items())}
    text = json.dumps(found, indent=2) + "\n"
    golden = GOLDEN / f"{name}.json"
    if os.environ.get("TRAILMIN_WRITE_GOLDEN"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(text)
    diff = difflib.unified_diff(golden.read_text().splitlines(), text.splitlines(), "reviewed", "found", lineterm="")
    assert not list(diff)


@pytest.mark.parametrize("name", ROLES)
def test_every_proposal_is_proven_and_replayed(proposals: dict[str, Proposal], name: str) -> None:
    found = proposals[name]
    assert found.status is Status.TIGHTENED
    assert found.proof is not None
    assert found.replay is not None
    assert found.proof.proven
    assert found.replay.passed
    changed = {c.policy.name for c in found.changes if c.policy is not None}
    untouched = [p.policy for p in found.role.policies if p.name not in changed]
    new = [*untouched, *(parse_policy(text) for text in new_texts(found).values())]
    assert isinstance(included_by_containment(new, [p.policy for p in found.role.policies]), Proven)


def test_the_image_processor_has_what_it_does_and_nothing_else(proposals: dict[str, Proposal]) -> None:
    group = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/image-processor:*"
    table = "arn:aws:dynamodb:us-east-1:111122223333:table/ImageMetadata"
    assert grants(proposals["image-processor"]) == {
        ("s3:ListBucket", "arn:aws:s3:::acme-image-uploads"),
        ("s3:GetObject", "arn:aws:s3:::acme-image-uploads/incoming/????-??-??/*"),
        ("dynamodb:PutItem", table),
        ("dynamodb:UpdateItem", table),
        ("logs:CreateLogStream", group),
        ("logs:PutLogEvents", group),
    }


def test_the_deployment_role_passes_each_role_to_its_own_service(proposals: dict[str, Proposal]) -> None:
    (text,) = [t for t in new_texts(proposals["ci-deploy"]).values() if "iam:PassRole" in t]
    passing = [s for s in json.loads(text)["Statement"] if s["Action"] == "iam:PassRole"]
    assert {
        (s["Resource"].rsplit("/")[-1], s["Condition"]["StringEquals"]["iam:PassedToService"]) for s in passing
    } == {
        ("orders-task", "ecs-tasks.amazonaws.com"),
        ("image-processor", "lambda.amazonaws.com"),
    }


def test_the_probed_role_gets_no_denied_action(proposals: dict[str, Proposal]) -> None:
    found = proposals["legacy-admin-portal"]
    assert found.activity.denied > 100
    assert {action for action, _ in grants(found)} == {"s3:GetObject", "s3:ListBucket"}


def test_what_the_account_without_data_events_cannot_judge_stays_with_its_selector(
    proposals: dict[str, Proposal],
) -> None:
    found = proposals["ledger-sync"]
    verdicts = {v.action: v for v in found.verdicts}
    for action, kind in (("s3:GetObject", "AWS::S3::Object"), ("dynamodb:PutItem", "AWS::DynamoDB::Table")):
        assert verdicts[action].verdict is Verdict.NOT_OBSERVABLE
        assert kind in str(verdicts[action].selector)
        assert verdicts[action].kept == verdicts[action].resources
    assert verdicts["dynamodb:CreateTable"].verdict is Verdict.UNUSED
    assert verdicts["sqs:ReceiveMessage"].verdict is Verdict.COMPANION


def test_deny_conditions_and_boundary_are_untouched(proposals: dict[str, Proposal]) -> None:
    found = proposals["payments-worker"]
    (text,) = [t for t in new_texts(found).values() if "Deny" in t]
    (before,) = [p for p in found.role.policies if p.name == "Payments"]

    def of(source: str, effect: str) -> list[object]:
        return [s if effect == "Deny" else s["Condition"] for s in json.loads(source)["Statement"]
                if s["Effect"] == effect and "Condition" in s]  # fmt: skip

    assert of(text, "Deny") == of(before.text, "Deny") != []
    assert of(text, "Allow") == of(before.text, "Allow") != []
    assert found.role.boundary is not None
    assert not [c for c in found.changes if c.policy is not None and c.policy.arn == found.role.boundary.arn]


def test_roles_that_are_not_ours_are_explained(proposals: dict[str, Proposal]) -> None:
    found = proposals["AWSServiceRoleForAutoScaling"]
    assert (found.status, found.changes) == (Status.EXPLAINED, ())


def test_of_a_permission_set_whose_accounts_are_not_known_nothing_goes(proposals: dict[str, Proposal]) -> None:
    found = proposals["AWSReservedSSO_PowerUserAccess"]
    assert (found.status, found.changes) == (Status.INSUFFICIENT_EVIDENCE, ())
    assert "permission-sets.json" in found.reason


def test_the_role_that_nobody_used_is_reported(proposals: dict[str, Proposal]) -> None:
    assert proposals["old-batch"].status is Status.UNUSED_ROLE
    assert not proposals["old-batch"].changes


def test_what_was_widened_last_week_is_too_new(proposals: dict[str, Proposal]) -> None:
    found = proposals["partner-sync"]
    new = [v for v in found.verdicts if v.verdict is Verdict.TOO_NEW]
    assert new
    assert all(v.kept == v.resources for v in new)


def test_not_action_becomes_an_explicit_list(proposals: dict[str, Proposal]) -> None:
    assert "NotAction" in proposals["analytics-reader"].role.policies[0].text
    assert "NotAction" not in "".join(new_texts(proposals["analytics-reader"]).values())
