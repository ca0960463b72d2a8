import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.synth.situation import ACCOUNT, CATALOG, LONG_AGO, NOON, allow, document, inline, managed, role
from trailmin.current import PolicyInForce, PolicyVersion
from trailmin.current.documents import read_document
from trailmin.current.model import Boundary, RoleBefore
from trailmin.policy import parse_policy
from trailmin.synth.grants import allow_statements, grants_of
from trailmin.synth.since import grant_began
from trailmin.usage import PolicyChangeEvent
from trailmin.usage.policy_changes import policy_change

NARROW, WIDE = allow("s3:GetObject", "arn:aws:s3:::photos/*"), allow(["s3:GetObject", "s3:DeleteObject"])
LATER = NOON + timedelta(days=20)


def put(time: datetime, *statements: dict[str, Any], **changes: Any) -> PolicyChangeEvent:
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    given = {"roleName": "worker", "policyName": "Access", "policyDocument": text} | changes
    return policy_change(time, ACCOUNT, "PutRolePolicy", json.dumps(given))


def on_managed(time: datetime, name: str, **more: Any) -> PolicyChangeEvent:
    given = {"policyArn": f"arn:aws:iam::{ACCOUNT}:policy/Shared", "roleName": "worker"} | more
    return policy_change(time, ACCOUNT, name, json.dumps(given))


def began(
    policy: PolicyInForce, *changes: PolicyChangeEvent, action: str = "s3:DeleteObject", **more: Any
) -> datetime | None:
    refs = allow_statements([policy])
    (grant,) = [g for ref in refs for g in grants_of(ref, CATALOG) if g.action == action]
    return grant_began(grant, role(policy, **more), changes)


def version(created: datetime, *statements: dict[str, Any]) -> PolicyVersion:
    return PolicyVersion(created=created, policy=parse_policy(document(*statements)))


def test_a_grant_is_no_older_than_its_role() -> None:
    assert began(inline(WIDE), created=NOON) == NOON
    assert began(inline(WIDE), created=None) is None


def test_a_grant_began_with_the_change_that_added_it() -> None:
    changes = (put(NOON, NARROW), put(LATER, WIDE))
    assert began(inline(WIDE), *changes) == LATER
    assert began(inline(NARROW), *changes, action="s3:GetObject") == NOON


def test_a_change_that_kept_the_grant_did_not_begin_it() -> None:
    assert began(inline(WIDE), put(NOON, WIDE), put(LATER, WIDE)) == NOON


def test_a_change_whose_text_is_not_known_may_have_added_it() -> None:
    between = put(NOON + timedelta(days=5), policyDocument=None)
    assert began(inline(WIDE), put(NOON, WIDE), between, put(LATER, WIDE)) == LATER


def test_changes_of_others_do_not_count() -> None:
    others = (put(LATER, WIDE, roleName="other"), put(LATER, WIDE, policyName="Other"))
    assert began(inline(WIDE), *others) == LONG_AGO


def test_a_denial_that_was_taken_away_begins_the_grant() -> None:
    denied = allow("s3:*", "arn:aws:s3:::photos/*") | {"Effect": "Deny", "Sid": "Hold"}
    assert began(inline(WIDE), put(NOON, WIDE, denied), put(LATER, WIDE)) == LATER
    moved = denied | {"Sid": "Held"}
    assert began(inline(moved, WIDE), put(NOON, WIDE, denied), put(LATER, moved, WIDE)) == NOON
    other = denied | {"Action": "sqs:*"}
    assert began(inline(WIDE), put(NOON, WIDE, other), put(LATER, WIDE)) == NOON


def test_a_file_may_be_named_otherwise_than_the_policy(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_text(document(WIDE), encoding="utf-8")
    one = read_document(path, role_name="worker")
    assert began(one, put(NOON, NARROW), put(LATER, WIDE)) == LATER
    refs = allow_statements([one])
    (grant,) = [g for ref in refs for g in grants_of(ref, CATALOG) if g.action == "s3:DeleteObject"]
    beside = role(one, replace(one, name="Access"))
    assert grant_began(grant, beside, (put(LATER, WIDE),)) == LONG_AGO


def test_a_managed_policy_without_an_arn_goes_by_its_name() -> None:
    shared = managed(WIDE, arn=None)
    assert began(shared, on_managed(LATER, "AttachRolePolicy")) == LATER
    text = document(WIDE)
    assert began(shared, on_managed(LATER, "CreatePolicyVersion", policyDocument=text)) == LATER
    assert began(shared, put(LATER, WIDE, policyName="Shared")) == LONG_AGO


def test_a_version_that_was_taken_up_again_was_not_in_force_before() -> None:
    old = NOON - timedelta(days=300)
    held = managed(WIDE, created=old, earlier=(version(old - timedelta(days=1), WIDE),))
    switched = on_managed(LATER, "SetDefaultPolicyVersion", versionId="v2")
    assert began(held, switched) == LATER
    new = replace(held, created=LATER - timedelta(hours=2))
    assert began(new, switched) == old - timedelta(days=1)


def test_what_a_boundary_cut_until_it_was_changed_is_no_older_than_the_change() -> None:
    for name in ("DeleteRolePermissionsBoundary", "PutRolePermissionsBoundary"):
        changed = policy_change(LATER, ACCOUNT, name, json.dumps({"roleName": "worker"}))
        assert began(inline(WIDE), changed) == LATER
    bound = Boundary(arn=f"arn:aws:iam::{ACCOUNT}:policy/Shared", policy=None)
    assert began(inline(WIDE), on_managed(LATER, "CreatePolicyVersion"), boundary=bound) == LATER


def test_a_condition_that_was_taken_away_begins_the_grant() -> None:
    conditioned = WIDE | {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}
    assert began(inline(WIDE), put(NOON, conditioned), put(LATER, WIDE)) == LATER


def test_a_policy_version_begins_what_the_one_before_did_not_grant() -> None:
    policy = managed(WIDE, created=LATER, earlier=(version(LONG_AGO, NARROW),))
    assert began(policy) == LATER
    policy = managed(WIDE, created=LATER, earlier=(version(NOON, WIDE), version(LONG_AGO, NARROW)))
    assert began(policy) == NOON


def test_a_version_switched_to_begins_then() -> None:
    policy = managed(WIDE, created=LONG_AGO)
    assert began(policy) == LONG_AGO
    assert began(policy, on_managed(LATER, "SetDefaultPolicyVersion", versionId="v2")) == LATER


def test_a_version_whose_date_is_not_known_begins_with_the_event_that_made_it() -> None:
    policy = managed(WIDE, created=None)
    made = on_managed(LATER, "CreatePolicyVersion", policyDocument=document(WIDE))
    other = on_managed(LATER, "CreatePolicyVersion", policyDocument=document(NARROW))
    assert began(policy, made) == LATER
    assert began(policy, other) == LONG_AGO


def test_an_attachment_begins_all_that_the_policy_grants() -> None:
    policy = managed(WIDE, created=LONG_AGO)
    assert began(policy, on_managed(LATER, "AttachRolePolicy")) == LATER
    assert began(policy, on_managed(LATER, "AttachRolePolicy", roleName="other")) == LONG_AGO


def test_not_resource_and_not_action_are_compared_too() -> None:
    wide = {"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::secrets/*"}
    narrow = wide | {"NotAction": ["iam:*", "s3:Delete*"]}
    assert began(inline(wide), put(NOON, narrow), put(LATER, wide)) == LATER
    assert began(inline(wide), put(NOON, wide), put(LATER, wide)) == NOON


def before(day: int, next_day: int, *statements: dict[str, Any]) -> RoleBefore:
    policies = (parse_policy(document(*statements)),) if statements else ()
    return RoleBefore(day=date(2026, 9, day), next_day=date(2026, 9, next_day), policies=policies)


def test_a_grant_that_an_earlier_snapshot_lacks_began_by_the_next_one() -> None:
    lacking = (before(10, 20, WIDE), before(1, 10, NARROW))
    assert began(inline(WIDE), earlier=lacking) == datetime(2026, 9, 10, 23, 59, 59, 999999, UTC)
    assert began(inline(WIDE), earlier=(before(10, 20),)) == datetime(2026, 9, 20, 23, 59, 59, 999999, UTC)


def test_a_grant_that_all_earlier_snapshots_have_is_no_newer_for_them() -> None:
    assert began(inline(WIDE), earlier=(before(10, 20, WIDE), before(1, 10, WIDE))) == LONG_AGO
    assert began(inline(NARROW), action="s3:GetObject", earlier=(before(1, 10, NARROW, WIDE),)) == LONG_AGO


def test_a_change_after_the_snapshot_that_lacks_a_grant_tells_when_it_began() -> None:
    changed = put(datetime(2026, 9, 3, 12, tzinfo=UTC), WIDE)
    assert began(inline(WIDE), changed, earlier=(before(1, 20, NARROW),)) == changed.time
    later = before(5, 20, NARROW)
    assert began(inline(WIDE), changed, earlier=(later,)) == datetime(2026, 9, 20, 23, 59, 59, 999999, UTC)
