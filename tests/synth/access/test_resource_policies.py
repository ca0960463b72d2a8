"""Policies on resources: who called, what stays, and in which form."""

from datetime import timedelta

import pytest

from tests.synth.access.scene import (
    ACCOUNT,
    BUCKET,
    FUNCTION,
    NOON,
    OTHER,
    QUEUE,
    account_only,
    anonymous,
    caller,
    evidence,
    grant,
    on,
    propose_for,
    service,
    statements_of,
    use,
)
from tests.synth.situation import MANAGEMENT_ONLY
from trailmin.current import Organization
from trailmin.synth.access import AccessProposal, FindingKind
from trailmin.synth.model import Options, Status, Verdict

OBJECT = f"{BUCKET}/2026/a.jpg"
S3 = "s3.amazonaws.com"
PARTNER = {"AWS": f"arn:aws:iam::{OTHER}:root"}
UPLOADER = f"arn:aws:iam::{OTHER}:role/uploader"
INVOKE = grant({"Service": S3}, "lambda:InvokeFunction", FUNCTION, Sid="FromBucket")


def kinds(proposal: AccessProposal) -> list[FindingKind]:
    return [finding.kind for finding in proposal.findings]


def test_a_service_is_tied_to_the_bucket_that_is_configured() -> None:
    called = service(S3, use("lambda:InvokeFunction", FUNCTION))
    proposal = propose_for(on(FUNCTION, INVOKE), evidence(called), links=[(S3, BUCKET, FUNCTION)])
    (statement,) = statements_of(proposal)
    assert statement["Condition"] == {
        "ArnLike": {"aws:SourceArn": BUCKET},
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
    }
    assert statement["Sid"] == "FromBucket"
    assert proposal.proof is not None
    assert proposal.proof.proven
    assert proposal.replay is not None
    assert (proposal.replay.calls, proposal.replay.kept) == (3, 3)
    assert kinds(proposal) == [FindingKind.CONFUSED_DEPUTY]


def test_without_configuration_the_source_s_account_is_only_advised() -> None:
    called = service(S3, use("lambda:InvokeFunction", FUNCTION))
    proposal = propose_for(on(FUNCTION, INVOKE), evidence(called))
    assert proposal.status is Status.UNCHANGED
    (finding,) = proposal.findings
    assert finding.kind is FindingKind.CONFUSED_DEPUTY
    assert finding.advice == f'add StringEquals aws:SourceAccount "{ACCOUNT}", where the service sends it'


def test_a_service_that_was_not_seen_stays_unless_its_configuration_says_that_it_does_not_call() -> None:
    policy = on(FUNCTION, INVOKE, grant(PARTNER, "lambda:GetFunction", FUNCTION))
    seen = evidence(caller(OTHER, "uploader", use("lambda:GetFunction", FUNCTION)))
    unknown = propose_for(policy, seen)
    assert {v.verdict for v in unknown.verdicts if v.principal == f"Service:{S3}"} == {Verdict.NOT_OBSERVABLE}
    known = propose_for(policy, seen, known=[S3])
    assert {v.verdict for v in known.verdicts if v.principal == f"Service:{S3}"} == {Verdict.UNUSED}
    assert [s["Action"] for s in statements_of(known)] == ["lambda:GetFunction"]


def test_a_configured_service_that_was_not_seen_stays_tied_to_its_source() -> None:
    proposal = propose_for(on(FUNCTION, INVOKE), evidence(), links=[(S3, BUCKET, FUNCTION)])
    assert [v.verdict for v in proposal.verdicts] == [Verdict.COMPANION]
    assert statements_of(proposal)[0]["Condition"]["ArnLike"] == {"aws:SourceArn": BUCKET}


def test_a_service_stays_as_it_is_where_not_all_of_its_configuration_is_known() -> None:
    called = service(S3, use("lambda:InvokeFunction", FUNCTION))
    proposal = propose_for(on(FUNCTION, INVOKE), evidence(called), links=[(S3, BUCKET, FUNCTION)], all_links=False)
    assert proposal.status is Status.UNCHANGED
    assert proposal.notes == (f"{S3} stays as it is: not all of its configuration is known",)


def test_that_sources_of_accounts_that_were_not_read_are_shut_out_is_said() -> None:
    proposal = propose_for(on(FUNCTION, INVOKE), evidence(), links=[(S3, BUCKET, FUNCTION)])
    assert proposal.notes == (
        f"{S3} is tied to what the accounts that were read have configured: sources elsewhere are shut out",
    )


def test_an_account_becomes_the_roles_that_called() -> None:
    policy = on(BUCKET, grant(PARTNER, ["s3:PutObject", "s3:GetObject"], f"{BUCKET}/*"))
    proposal = propose_for(policy, evidence(caller(OTHER, "uploader", use("s3:PutObject", OBJECT))))
    (statement,) = statements_of(proposal)
    assert statement["Principal"] == {"AWS": UPLOADER}
    assert statement["Action"] == ["s3:PutObject"]
    assert {(v.action, v.verdict, v.kept) for v in proposal.verdicts} == {
        ("s3:PutObject", Verdict.USED, (UPLOADER,)),
        ("s3:GetObject", Verdict.UNUSED, ()),
    }
    assert kinds(proposal) == [FindingKind.CROSS_ACCOUNT]


def test_an_account_stays_where_a_caller_of_it_is_not_told_by_name() -> None:
    policy = on(BUCKET, grant(PARTNER, "s3:PutObject", f"{BUCKET}/*"))
    seen = evidence(
        caller(OTHER, "uploader", use("s3:PutObject", OBJECT)),
        account_only(OTHER, use("s3:PutObject", OBJECT)),
        strangers=[(OTHER, "s3.amazonaws.com")],
    )
    proposal = propose_for(policy, seen)
    assert proposal.status is Status.UNCHANGED
    assert proposal.notes == (
        f"arn:aws:iam::{OTHER}:root stays: calls by {OTHER} do not tell a principal that a policy can name",
    )


def test_a_call_that_two_accounts_logged_is_the_role_s() -> None:
    policy = on(BUCKET, grant(PARTNER, "s3:PutObject", f"{BUCKET}/*"))
    seen = evidence(
        caller(OTHER, "uploader", use("s3:PutObject", OBJECT)), account_only(OTHER, use("s3:PutObject", OBJECT))
    )
    assert statements_of(propose_for(policy, seen))[0]["Principal"] == {"AWS": UPLOADER}


def test_an_account_stays_where_calls_need_not_have_shown() -> None:
    policy = on(BUCKET, grant(PARTNER, "s3:PutObject", f"{BUCKET}/*"))
    seen = evidence(caller(OTHER, "uploader", use("s3:PutObject", OBJECT)), selectors=MANAGEMENT_ONLY)
    proposal = propose_for(policy, seen)
    assert proposal.status is Status.UNCHANGED
    assert "need not have shown" in proposal.notes[0]


def test_everybody_becomes_those_who_called() -> None:
    policy = on(QUEUE, grant("*", "sqs:SendMessage", QUEUE))
    seen = evidence(
        caller(ACCOUNT, "sender", use("sqs:SendMessage", QUEUE)), caller(OTHER, "far", use("sqs:SendMessage", QUEUE))
    )
    proposal = propose_for(policy, seen)
    (statement,) = statements_of(proposal)
    named = [f"arn:aws:iam::{ACCOUNT}:role/sender", f"arn:aws:iam::{OTHER}:role/far"]
    assert statement["Principal"] == {"AWS": named}
    assert kinds(proposal) == [FindingKind.PUBLIC]


def test_a_role_that_is_there_no_more_cannot_be_named() -> None:
    policy = on(QUEUE, grant("*", "sqs:SendMessage", QUEUE))
    proposal = propose_for(policy, evidence(caller(ACCOUNT, "sender", use("sqs:SendMessage", QUEUE))), roles=[])
    assert proposal.status is Status.UNCHANGED
    assert "is not there any more" in proposal.notes[0]


def test_what_anonymous_callers_use_stays_public_and_is_told() -> None:
    policy = on(BUCKET, grant("*", "s3:GetObject", f"{BUCKET}/*"))
    proposal = propose_for(policy, evidence(anonymous(use("s3:GetObject", OBJECT))))
    assert proposal.status is Status.UNCHANGED
    (finding,) = proposal.findings
    assert (finding.kind, finding.text) == (FindingKind.PUBLIC, "anybody may, and anonymous callers did in 3 calls")


def test_more_principals_than_can_be_named_become_the_organization() -> None:
    policy = on(QUEUE, grant("*", "sqs:SendMessage", QUEUE))
    seen = evidence(*(caller(OTHER, f"r{n}", use("sqs:SendMessage", QUEUE)) for n in range(21)))
    organization = Organization(id="o-abc", accounts=frozenset({ACCOUNT, OTHER}))
    (statement,) = statements_of(propose_for(policy, seen, organization=organization))
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "o-abc"}}
    assert statement["Principal"] == "*"
    stays = propose_for(policy, seen, organization=Organization(id="o-abc", accounts=frozenset({ACCOUNT})))
    assert stays.status is Status.UNCHANGED


def test_a_principal_that_was_not_seen_goes() -> None:
    policy = on(QUEUE, grant({"AWS": [UPLOADER, f"arn:aws:iam::{OTHER}:role/idle"]}, "sqs:SendMessage", QUEUE))
    proposal = propose_for(policy, evidence(caller(OTHER, "uploader", use("sqs:SendMessage", QUEUE))))
    assert statements_of(proposal)[0]["Principal"] == {"AWS": [UPLOADER]}
    assert FindingKind.UNUSED_PRINCIPAL in kinds(proposal)


def test_a_policy_that_nobody_uses_goes() -> None:
    proposal = propose_for(on(QUEUE, grant({"AWS": UPLOADER}, "sqs:SendMessage", QUEUE)), evidence())
    assert (proposal.status, proposal.new_text) == (Status.TIGHTENED, None)


def test_a_wildcard_becomes_the_actions_that_were_used() -> None:
    policy = on(QUEUE, grant({"AWS": UPLOADER}, "sqs:*", QUEUE))
    proposal = propose_for(policy, evidence(caller(OTHER, "uploader", use("sqs:SendMessage", QUEUE))))
    assert statements_of(proposal)[0]["Action"] == "sqs:SendMessage"


def test_a_service_and_an_account_part_where_a_condition_is_for_one_of_them() -> None:
    both = {"Service": S3, "AWS": UPLOADER}
    policy = on(QUEUE, grant(both, "sqs:SendMessage", QUEUE, Sid="Send"))
    seen = evidence(caller(OTHER, "uploader", use("sqs:SendMessage", QUEUE)))
    first, second = statements_of(propose_for(policy, seen, links=[(S3, BUCKET, QUEUE)]))
    assert (first["Sid"], first["Principal"], "Condition" in first) == ("Send", {"Service": S3}, True)
    assert (second["Sid"], second["Principal"], "Condition" in second) == ("Send2", {"AWS": UPLOADER}, False)


@pytest.mark.parametrize(
    "statement",
    [
        grant({"AWS": UPLOADER}, "sqs:SendMessage", QUEUE, Sid="KeepPartner"),
        {"Effect": "Allow", "NotPrincipal": {"AWS": UPLOADER}, "Action": "sqs:SendMessage", "Resource": QUEUE},
        grant({"AWS": f"arn:aws:sts::{OTHER}:assumed-role/uploader/one"}, "sqs:SendMessage", QUEUE),
        {"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage", "Resource": QUEUE},
    ],
)
def test_what_cannot_be_judged_is_left_alone(statement: dict[str, object]) -> None:
    assert propose_for(on(QUEUE, statement), evidence()).status is Status.UNCHANGED


def test_a_key_stays_in_the_hands_of_its_account() -> None:
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234"
    policy = on(key, grant({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "kms:*", "*"))
    proposal = propose_for(policy, evidence())
    assert proposal.status is Status.UNCHANGED
    assert all(v.kept for v in proposal.verdicts)


def test_a_policy_that_was_put_in_place_lately_is_too_new() -> None:
    policy = on(BUCKET, grant(PARTNER, "s3:GetObject", f"{BUCKET}/*"))
    put = use("s3:PutBucketPolicy", BUCKET, last_seen=NOON + timedelta(days=30))
    proposal = propose_for(policy, evidence(caller(ACCOUNT, "admin", put)))
    assert [v.verdict for v in proposal.verdicts] == [Verdict.TOO_NEW]
    assert proposal.status is Status.UNCHANGED


def test_thin_evidence_changes_nothing_unless_asked() -> None:
    policy = on(QUEUE, grant({"AWS": UPLOADER}, "sqs:SendMessage", QUEUE))
    assert propose_for(policy, evidence(), Options(minimum_days=90)).status is Status.INSUFFICIENT_EVIDENCE
    asked = propose_for(policy, evidence(), Options(minimum_days=90, ignore_guards=True))
    assert asked.status is Status.TIGHTENED
