"""Trust policies: who assumed a role, and who may."""

import pytest

from tests.synth.access.scene import (
    ACCOUNT,
    GITHUB,
    OTHER,
    ROLE,
    SUBJECT,
    assumed,
    by_role,
    by_subject,
    evidence,
    grant,
    propose_trust,
    statements_of,
    trusting,
    use,
)
from tests.synth.situation import usage_of
from trailmin.synth.access import AccessProposal, FindingKind
from trailmin.synth.access.subjects import generalise_subjects, is_wide_subject
from trailmin.synth.model import Status, Verdict
from trailmin.trail.event import PrincipalKind
from trailmin.usage import Outcome

ROOT = {"AWS": f"arn:aws:iam::{OTHER}:root"}
VENDOR = f"arn:aws:iam::{OTHER}:role/scanner"
AUDIENCE = {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}
MAIN = "repo:octo-org/app:ref:refs/heads/main"


def kinds(proposal: AccessProposal) -> list[FindingKind]:
    return [finding.kind for finding in proposal.findings]


def web_identity(**condition: dict[str, object]) -> dict[str, object]:
    return grant({"Federated": GITHUB}, "sts:AssumeRoleWithWebIdentity", Condition={**AUDIENCE, **condition})


def test_a_third_party_with_an_external_id_is_held_to_it() -> None:
    seen = evidence(assumptions=[by_role(OTHER, "scanner", external_id="e-42")])
    proposal = propose_trust(trusting(grant(ROOT, "sts:AssumeRole")), seen)
    (statement,) = statements_of(proposal)
    assert statement["Principal"] == {"AWS": VENDOR}
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": "e-42"}}
    assert proposal.proof is not None
    assert proposal.proof.proven
    assert kinds(proposal) == [FindingKind.CROSS_ACCOUNT, FindingKind.NO_EXTERNAL_ID]


def test_a_third_party_without_an_external_id_is_a_finding() -> None:
    seen = evidence(assumptions=[by_role(OTHER, "scanner")])
    proposal = propose_trust(trusting(grant(ROOT, "sts:AssumeRole")), seen)
    (statement,) = statements_of(proposal)
    assert "Condition" not in statement
    (finding,) = [one for one in proposal.findings if one.kind is FindingKind.NO_EXTERNAL_ID]
    assert finding.advice is not None
    assert "sts:ExternalId" in finding.advice


def test_calls_with_and_without_an_external_id_leave_it_open() -> None:
    both = [by_role(OTHER, "scanner", external_id="e-42"), by_role(OTHER, "scanner")]
    (statement,) = statements_of(propose_trust(trusting(grant(ROOT, "sts:AssumeRole")), evidence(assumptions=both)))
    assert "Condition" not in statement


def test_an_external_id_that_is_asked_for_is_no_finding_and_stays() -> None:
    asked = {"StringEquals": {"sts:ExternalId": "e-42"}}
    seen = evidence(assumptions=[by_role(OTHER, "scanner", external_id="e-42")])
    proposal = propose_trust(trusting(grant({"AWS": VENDOR}, "sts:AssumeRole", Condition=asked)), seen)
    assert proposal.status is Status.UNCHANGED
    assert kinds(proposal) == [FindingKind.CROSS_ACCOUNT]


def test_an_unnamed_caller_of_another_account_keeps_the_account() -> None:
    seen = evidence(assumptions=[assumed(kind=PrincipalKind.ACCOUNT, account=OTHER, external_id="e-42")])
    (statement,) = statements_of(propose_trust(trusting(grant(ROOT, "sts:AssumeRole")), seen))
    assert statement["Principal"] == ROOT
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": "e-42"}}


def test_a_deploy_role_is_tied_to_the_subject_that_was_seen() -> None:
    proposal = propose_trust(trusting(web_identity()), evidence(assumptions=[by_subject(MAIN)]))
    (statement,) = statements_of(proposal)
    assert statement["Condition"]["StringEquals"][SUBJECT] == MAIN
    assert statement["Condition"]["StringEquals"]["token.actions.githubusercontent.com:aud"] == "sts.amazonaws.com"
    assert kinds(proposal) == [FindingKind.WIDE_SUBJECT]
    assert proposal.replay is not None
    assert proposal.replay.kept == proposal.replay.calls == 5


def test_a_wide_subject_is_narrowed_beside_the_condition_in_force() -> None:
    wide = web_identity(StringLike={SUBJECT: "repo:octo-org/*"})
    proposal = propose_trust(trusting(wide), evidence(assumptions=[by_subject(MAIN)]))
    (statement,) = statements_of(proposal)
    assert statement["Condition"]["StringLike"] == {SUBJECT: "repo:octo-org/*"}
    assert statement["Condition"]["StringEquals"][SUBJECT] == MAIN
    assert kinds(proposal) == [FindingKind.WIDE_SUBJECT]


def test_a_subject_that_is_tied_already_stays() -> None:
    tied = web_identity(StringLike={SUBJECT: MAIN})
    proposal = propose_trust(trusting(tied), evidence(assumptions=[by_subject(MAIN)]))
    assert proposal.status is Status.UNCHANGED
    assert proposal.findings == ()


@pytest.mark.parametrize(
    ("subjects", "patterns"),
    [
        ([MAIN], [MAIN]),
        ([f"repo:o/a:ref:refs/heads/b{n}" for n in range(4)], ["repo:o/a:ref:refs/heads/*"]),
        (["repo:o/a:ref:refs/tags/v1"], ["repo:o/a:ref:refs/tags/*"]),
        (
            ["repo:o/a:environment:prod", "repo:o/a:pull_request"],
            ["repo:o/a:environment:prod", "repo:o/a:pull_request"],
        ),
        (["repo:o/a:ref:refs/heads/*"], []),
    ],
)
def test_subjects_are_named_until_there_are_many(subjects: list[str], patterns: list[str]) -> None:
    assert list(generalise_subjects(subjects)) == patterns


@pytest.mark.parametrize(
    ("pattern", "is_wide"),
    [("*", True), ("repo:*", True), ("repo:octo-org/*", True), ("repo:octo-org/app:*", False), (MAIN, False)],
)
def test_a_subject_is_wide_when_it_lets_in_several_repositories(pattern: str, is_wide: bool) -> None:
    assert is_wide_subject(pattern) is is_wide


def test_every_branch_of_one_repository_is_a_finding_too() -> None:
    every = web_identity(StringLike={SUBJECT: "repo:octo-org/app:*"})
    proposal = propose_trust(trusting(every), evidence(assumptions=[by_subject(MAIN)]))
    assert [f.text for f in proposal.findings] == [
        "the subject repo:octo-org/app:* lets in every branch, tag and pull request"
    ]


def test_saml_stays_with_the_provider_that_was_used() -> None:
    okta, old = (f"arn:aws:iam::{ACCOUNT}:saml-provider/{name}" for name in ("okta", "old"))
    seen = assumed(event_name="AssumeRoleWithSAML", kind=PrincipalKind.FEDERATED, name="ann", provider=okta)
    held = trusting(grant({"Federated": [okta, old]}, "sts:AssumeRoleWithSAML"))
    (statement,) = statements_of(propose_trust(held, evidence(assumptions=[seen])))
    assert statement["Principal"] == {"Federated": [okta]}


def test_a_service_that_never_assumed_the_role_goes() -> None:
    both = {"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]}
    seen = assumed(kind=PrincipalKind.SERVICE, name="lambda.amazonaws.com")
    proposal = propose_trust(trusting(grant(both, "sts:AssumeRole")), evidence(assumptions=[seen]))
    assert statements_of(proposal)[0]["Principal"] == {"Service": ["lambda.amazonaws.com"]}


def test_a_service_that_is_tied_to_nothing_is_a_finding() -> None:
    seen = assumed(kind=PrincipalKind.SERVICE, name="events.amazonaws.com")
    held = trusting(grant({"Service": "events.amazonaws.com"}, "sts:AssumeRole"))
    assert kinds(propose_trust(held, evidence(assumptions=[seen]))) == [FindingKind.CONFUSED_DEPUTY]


def test_the_own_account_is_held_to_those_who_came_and_grants_nobody_by_itself() -> None:
    held = trusting(grant({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "sts:AssumeRole"))
    proposal = propose_trust(held, evidence(assumptions=[by_role(ACCOUNT, "deployer")]))
    (statement,) = statements_of(proposal)
    assert statement["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert statement["Condition"] == {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/deployer"}}


def test_a_role_that_works_without_ever_being_assumed_is_not_judged() -> None:
    held = trusting(grant({"Service": "ec2.amazonaws.com"}, "sts:AssumeRole"))
    proposal = propose_trust(held, evidence(usage_of([use("s3:GetObject", "arn:aws:s3:::photos/a")])))
    assert [v.verdict for v in proposal.verdicts] == [Verdict.NOT_OBSERVABLE]
    assert proposal.status is Status.UNCHANGED


def test_a_role_that_nobody_assumed_is_not_left_without_a_trust_policy() -> None:
    proposal = propose_trust(trusting(grant({"Service": "ec2.amazonaws.com"}, "sts:AssumeRole")), evidence())
    assert (proposal.status, proposal.new_text) == (Status.UNUSED_ROLE, None)


def test_refused_calls_are_seen_and_never_let_in() -> None:
    seen = evidence(assumptions=[by_role(OTHER, "scanner"), by_role(OTHER, "intruder", outcome=Outcome.DENIED)])
    proposal = propose_trust(trusting(grant(ROOT, "sts:AssumeRole")), seen)
    assert statements_of(proposal)[0]["Principal"] == {"AWS": VENDOR}
    assert {(c.name.rpartition("/")[2], c.denied) for c in proposal.callers} == {("scanner", 0), ("intruder", 5)}


def test_session_tags_stay_with_the_call_that_they_came_with() -> None:
    held = trusting(grant({"AWS": VENDOR}, ["sts:AssumeRole", "sts:TagSession", "sts:AssumeRoleWithSAML"]))
    proposal = propose_trust(held, evidence(assumptions=[by_role(OTHER, "scanner", has_tags=True)]))
    assert statements_of(proposal)[0]["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    assert proposal.policy.resource == ROLE
