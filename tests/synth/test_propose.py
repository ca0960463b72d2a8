import json
import sys
from datetime import date
from typing import Any

import pytest

from tests.synth.situation import (
    ACCOUNT,
    DAYS,
    EVERYTHING,
    allow,
    aws_managed,
    coverage_of,
    granted,
    inline,
    managed,
    proposal_for,
    proposals_for,
    role,
    select,
    text_of,
    usage_of,
    use,
    verdict_on,
)
from trailmin.current import AccountSnapshot, PolicyInForce
from trailmin.policy import Proven, action_matches, included_by_containment, parse_policy
from trailmin.synth import Proposal, Status, propose
from trailmin.synth.check import check
from trailmin.synth.model import ChangeKind, ProofResult, Verdict
from trailmin.usage import PrincipalUsage

OBJECT, OTHER = "arn:aws:s3:::photos/a.jpg", "arn:aws:s3:::films/a.mp4"
ARNS = tuple(f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("a", "b"))
READ = [use("s3:GetObject", OBJECT)]
IDLE = [use("s3:ListAllMyBuckets")]


def shared(*holders: str, **more: Any) -> PolicyInForce:
    return managed(allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]), attached_to=holders or ARNS, **more)


def pair(policy: PolicyInForce, first: PrincipalUsage, second: PrincipalUsage, **options: Any) -> list[Proposal]:
    found = proposals_for([role(policy, name="a"), role(policy, name="b")], [first, second], **options)
    return [found["a"], found["b"]]


def test_a_shared_policy_is_trimmed_to_the_union_of_use() -> None:
    first, second = pair(shared(), usage_of(READ, "a"), usage_of([use("s3:PutObject", OTHER)], "b"))
    expected = {"s3:GetObject": [OBJECT], "s3:PutObject": [OTHER]}
    for one, other in ((first, ARNS[1]), (second, ARNS[0])):
        assert granted(one, "Shared") == expected
        (change,) = one.changes
        assert (change.kind, change.shared_with) == (ChangeKind.CREATE_VERSION, (other,))
    assert text_of(first, "Shared") == text_of(second, "Shared")


def test_who_uses_nothing_of_a_shared_policy_is_detached_from_it() -> None:
    first, second = pair(shared(), usage_of(READ, "a"), usage_of(IDLE, "b"))
    assert granted(first, "Shared") == {"s3:GetObject": [OBJECT]}
    assert [c.kind for c in second.changes] == [ChangeKind.DETACH]


@pytest.mark.parametrize("holder", [f"arn:aws:iam::{ACCOUNT}:user/ann", f"arn:aws:iam::{ACCOUNT}:group/admins"])
def test_a_policy_that_a_user_or_group_holds_too_stays(holder: str) -> None:
    found = proposals_for([role(shared(*ARNS, holder), name="a")], [usage_of(READ, "a")])["a"]
    assert found.status is Status.UNCHANGED
    assert "which is not judged" in found.notes[0]


def test_a_policy_that_a_role_with_thin_evidence_holds_too_stays() -> None:
    first, second = pair(shared(), usage_of(READ, "a"), usage_of(READ, "b", dates=DAYS[:2]))
    assert first.status is Status.UNCHANGED
    assert f"{ARNS[1]} holds it too" in first.notes[0]
    assert second.status is Status.INSUFFICIENT_EVIDENCE


def test_a_policy_that_is_a_permissions_boundary_too_stays() -> None:
    bounded = f"arn:aws:iam::{ACCOUNT}:user/ann"
    found = proposals_for([role(shared(ARNS[0], bounds=(bounded,)), name="a")], [usage_of(READ, "a")])["a"]
    assert found.status is Status.UNCHANGED
    assert f"boundary of {bounded}" in found.notes[0]


def test_what_a_role_with_a_failed_check_holds_stays_for_the_others_too(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules[propose.__module__]

    def failing(texts, uses, catalog):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        proof, replayed = check(texts, uses, catalog)
        is_second = any(u.action == "s3:PutObject" for u in uses) and any(t.is_changed for t in texts)
        return (ProofResult(proven=False, method="", reason="told so") if is_second else proof), replayed

    monkeypatch.setattr(module, "check", failing)
    own = inline(allow("s3:PutObject"), role="b")
    roles = [role(shared(), name="a"), role(shared(), own, name="b")]
    found = proposals_for(roles, [usage_of(READ, "a"), usage_of([use("s3:PutObject", OTHER)], "b")])
    assert found["b"].status is Status.WITHHELD
    assert not found["b"].changes
    assert found["a"].status is Status.UNCHANGED
    assert "holds it too" in found["a"].notes[0]


def test_an_aws_managed_policy_is_replaced_by_an_inline_one() -> None:
    found = proposal_for(aws_managed(allow(["s3:Get*", "s3:List*"])), uses=READ)
    (change,) = found.changes
    assert (change.kind, change.name) == (ChangeKind.PUT_INLINE, "trailmin-ReadOnly")
    assert change.replaces == "arn:aws:iam::aws:policy/ReadOnly"


def test_an_aws_managed_policy_of_which_nothing_is_used_is_detached() -> None:
    found = proposal_for(aws_managed(allow("s3:GetObject")), inline(allow("s3:ListAllMyBuckets")), uses=IDLE)
    assert [(c.kind, c.name) for c in found.changes] == [(ChangeKind.DETACH, "ReadOnly")]


def test_a_policy_of_which_nothing_is_used_is_deleted_and_never_empty() -> None:
    found = proposal_for(inline(allow("s3:GetObject")), inline(allow("s3:ListAllMyBuckets"), name="B"), uses=IDLE)
    assert [(c.kind, c.name, c.new_text) for c in found.changes] == [(ChangeKind.DELETE_INLINE, "Access", None)]


def test_a_replacement_never_overwrites_another_policy() -> None:
    again = inline(allow("s3:ListAllMyBuckets"), name="trailmin-ReadOnly")
    twin = {"arn": "arn:aws:iam::aws:policy/service-role/ReadOnly"}
    policies = (again, aws_managed(allow("s3:*Object")), aws_managed(allow("sts:*"), **twin))
    found = proposal_for(*policies, uses=[*READ, *IDLE, use("sts:GetSessionToken")])
    names = [c.name for c in found.changes if c.replaces]
    assert names == ["trailmin-ReadOnly-2", "trailmin-ReadOnly-3"]


def test_everything_on_what_the_catalog_does_not_know_stays() -> None:
    unknown = managed(allow("*", "arn:aws:nosuchservice:::x"), attached_to=ARNS[:1])
    found = proposals_for([role(unknown, inline(allow("s3:*")), name="a")], [usage_of(READ, "a")])["a"]
    assert [c.name for c in found.changes] == ["Access"]


def test_a_shared_policy_with_a_deny_is_not_detached() -> None:
    deny = {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}
    policy = managed(allow("s3:GetObject"), deny, attached_to=ARNS)
    first, second = pair(policy, usage_of(READ, "a"), usage_of(IDLE, "b"))
    assert json.loads(str(text_of(second, "Shared")))["Statement"][-1] == deny
    assert text_of(first, "Shared") == text_of(second, "Shared")


def test_what_would_not_fit_the_quota_stays_as_it_is() -> None:
    uses = [use("s3:GetObject", f"arn:aws:s3:::bucket-number-{n:04}-of-a-great-many/k") for n in range(300)]
    policy = inline(allow("s3:GetObject", Sid="Wide"), allow(["s3:PutObject", "s3:ListAllMyBuckets"]))
    found = proposal_for(policy, uses=[*uses, *IDLE])
    assert found.status is Status.TIGHTENED
    assert granted(found) == {"s3:GetObject": ["*"], "s3:ListAllMyBuckets": ["*"]}
    assert "Access statement Wide stays as it is" in found.notes[0]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"path": "/aws-service-role/autoscaling.amazonaws.com/"}, "service-linked"),
        ({"path": "/aws-reserved/sso.amazonaws.com/eu-west-1/"}, "permission set"),
    ],
)
def test_roles_that_are_not_ours_to_edit_are_explained(changes: dict[str, str], word: str) -> None:
    held = role(inline(allow("*")), **changes)
    found = proposals_for([held], [usage_of(READ, held.name)])[held.name]
    assert found.status is Status.EXPLAINED
    assert word in found.reason
    assert not found.changes
    seen = usage_of(READ, held.name, arn=f"arn:aws:iam::{ACCOUNT}:role{held.path}{held.name}")
    of_the_log = proposals_for([], [seen])[held.name]
    assert of_the_log.status is Status.GENERATED
    assert word in of_the_log.notes[0]


@pytest.mark.parametrize("glob", ["work*", f"arn:aws:iam::{ACCOUNT}:role/*"])
def test_a_role_that_the_configuration_keeps_is_left_alone(glob: str) -> None:
    assert proposal_for(inline(allow("*")), uses=READ, keep_roles=(glob,)).status is Status.EXCLUDED
    assert proposals_for([], [usage_of(READ)], keep_roles=(glob,))["worker"].status is Status.EXCLUDED


def test_a_role_that_nobody_used_is_reported() -> None:
    found = proposals_for([role(inline(allow("s3:CreateBucket")))], [])["worker"]
    assert found.status is Status.UNUSED_ROLE
    assert "no call in 45 days" in found.reason
    assert "need not have shown" not in found.reason
    assert not found.changes


def test_a_role_whose_use_need_not_have_shown_is_not_called_unused_without_a_word() -> None:
    found = proposals_for([role(inline(allow("logs:PutLogEvents")))], [])["worker"]
    assert "1 of its 1 grants need not have shown" in found.reason


def test_a_role_without_policies_is_unchanged() -> None:
    assert proposals_for([role()], [usage_of(READ)])["worker"].status is Status.UNCHANGED


def test_a_role_of_the_log_alone_gets_what_it_used() -> None:
    found = proposals_for([], [usage_of(READ)])["worker"]
    assert found.status is Status.GENERATED
    assert "s3:GetObject" in str(found.changes[0].new_text)


def test_a_role_that_the_snapshot_does_not_have_gets_nothing() -> None:
    accounts = {ACCOUNT: AccountSnapshot(account=ACCOUNT)}
    found = proposals_for([], [usage_of(READ)], accounts=accounts)["worker"]
    assert (found.status, found.changes) == (Status.EXPLAINED, ())


def test_a_call_that_no_identity_policy_granted_forces_nothing() -> None:
    theirs = use("s3:PutObject", OTHER)
    found = proposal_for(inline(allow(["s3:GetObject", "s3:ListAllMyBuckets"])), uses=[*READ, theirs])
    assert found.replay is not None
    assert (found.replay.not_granted, found.replay.passed) == (3, True)
    assert "s3:PutObject" not in granted(found)


def test_a_proposal_says_what_it_rests_on() -> None:
    found = proposal_for(inline(allow(["s3:GetObject", "s3:DeleteObject"])), uses=READ)
    assert found.reason == "1 of 2 grants go, 1 is narrowed"
    assert found.proof is not None
    assert found.proof.proven
    assert (found.window.since, found.window.until) == (date(2026, 9, 1), date(2026, 10, 15))
    assert (found.activity.events, found.activity.active_days) == (3, 45)
    assert found.sizes["Access"] < 200
    assert isinstance(
        included_by_containment([parse_policy(str(text_of(found)))], [found.role.policies[0].policy]), Proven
    )


def test_no_logs_of_the_account_is_insufficient_evidence() -> None:
    elsewhere = coverage_of(EVERYTHING, account="444455556666")
    found = proposal_for(inline(allow("s3:*")), uses=READ, coverage=elsewhere)
    assert found.status is Status.INSUFFICIENT_EVIDENCE
    asked = proposal_for(inline(allow("s3:*")), uses=READ, coverage=elsewhere, ignore_guards=True)
    assert asked.status is Status.UNCHANGED
    assert "no logs of account" in verdict_on(asked, "s3:DeleteObject").reason


@pytest.mark.parametrize(
    "everything",
    [
        {"NotAction": ["iam:*", "organizations:*", "account:*"]},
        {"Action": "*"},
    ],
    ids=["NotAction", "administrator"],
)
def test_a_grant_of_everything_is_abridged_to_fit_the_quota(everything: dict[str, Any]) -> None:
    policy = inline({"Sid": "All", "Effect": "Allow", **everything, "Resource": "*"})
    found = proposal_for(policy, uses=[use("s3:GetObject", "arn:aws:s3:::photos/a.jpg"), *IDLE])
    assert found.status is Status.TIGHTENED
    assert found.proof is not None
    assert found.proof.proven
    assert found.sizes["Access"] <= 10_240
    assert "grants stay that would go or be narrowed" in found.notes[0]
    actions = granted(found)
    assert not any(action_matches(p, "s3:DeleteBucket") for p in actions)
    for verdict in found.verdicts:
        is_whole = any(action_matches(p, verdict.action) for p, on in actions.items() if "*" in on)
        assert is_whole or verdict.kept != ("*",), verdict


def test_what_could_be_seen_on_buckets_only_stays_on_access_points_only() -> None:
    beside = "arn:*:s3:*:*:accesspoint/*/object/*"
    objects = coverage_of(select("AWS::S3::Object"))
    seen = [use("s3:GetObject", "arn:aws:s3:::photos/a.jpg"), *IDLE]
    found = proposal_for(inline(allow(["s3:GetObject", "s3:PutObject"])), uses=seen, coverage=objects)
    assert granted(found) == {"s3:GetObject": [beside, "arn:aws:s3:::photos/a.jpg"], "s3:PutObject": [beside]}
    assert verdict_on(found, "s3:PutObject").verdict is Verdict.NOT_OBSERVABLE
    assert "uses need not have shown" in verdict_on(found, "s3:GetObject").reason


def test_a_policy_with_more_holders_than_the_snapshot_lists_is_left_alone() -> None:
    holder = f"arn:aws:iam::{ACCOUNT}:role/worker"
    found = proposal_for(shared(holder, unlisted_holders=1), uses=[use("s3:GetObject", OBJECT), *IDLE])
    assert found.status is Status.UNCHANGED
    assert found.notes == ("Shared stays as it is: 1 more hold it than the snapshot lists",)
