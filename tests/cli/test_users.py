"""`trailmin users` on the sample logs, and users and groups as the report tells them."""

import json
from dataclasses import replace
from pathlib import Path

from tests.cli.conftest import SAMPLES, Run
from tests.synth.situation import ACCOUNT, CATALOG, allow, inline, usage_of, use
from trailmin.current import AccountSnapshot, Holder, HolderKind, StateInForce, load_current
from trailmin.report.holders import holders_section
from trailmin.synth.holders import HolderReport, report_holders
from trailmin.trail import PrincipalKind
from trailmin.usage import Outcome, PrincipalUsage


def test_the_users_of_the_samples_are_told_with_what_they_did(run: Run, sample_lake: Path) -> None:
    result = run("users", "--lake", sample_lake, "--current", SAMPLES / "snapshots", "--json")
    assert result.exit_code == 0, result.stderr
    shown = json.loads(result.stdout)
    assert shown["schema"] == "trailmin/users/1"
    users = {one["name"]: one for one in shown["users_and_groups"]}
    assert {"metabase", "platform-admin"} <= users.keys()
    assert all(users[name]["in_snapshot"] for name in ("metabase", "platform-admin"))
    assert any(one["calls"] for one in users.values())
    assert "metabase" in run("users", "--lake", sample_lake, "--current", SAMPLES / "snapshots").stdout
    only = run("users", "--lake", sample_lake, "--account", "111122223333", "--json")
    assert {one["account"] for one in json.loads(only.stdout)["users_and_groups"]} <= {"111122223333"}


def test_a_snapshot_tells_users_groups_and_what_they_hold(tmp_path: Path) -> None:
    folder = tmp_path / ACCOUNT
    folder.mkdir()
    root = f"arn:aws:iam::{ACCOUNT}"
    queues = {"Version": "2012-10-17", "Statement": [allow("sqs:*")]}
    details = {
        "UserDetailList": [
            {
                "Arn": f"{root}:user/ann",
                "UserName": "ann",
                "GroupList": ["ops", "gone"],
                "UserPolicyList": [{"PolicyName": "Own", "PolicyDocument": queues}],
                "AttachedManagedPolicies": [{"PolicyName": "X", "PolicyArn": f"{root}:policy/X"}],
            }
        ],
        "GroupDetailList": [
            {
                "Arn": f"{root}:group/ops",
                "GroupName": "ops",
                "GroupPolicyList": [
                    {"PolicyName": "Topics", "PolicyDocument": {**queues, "Statement": [allow("sns:*")]}}
                ],
            }
        ],
    }
    (folder / "authorization-details.json").write_text(json.dumps(details))
    group, user = report_holders(load_current([folder]), [did("ann", "sqs:CreateQueue", "sns:Publish")], CATALOG)
    assert (user.kind, user.policies) == (HolderKind.USER, ("Own", "ops/Topics"))
    assert user.used == ("sns:Publish", "sqs:CreateQueue")
    assert user.notes == (
        f"the text of {root}:policy/X is not in the snapshot",
        "the group gone is not in the snapshot",
    )
    assert (group.kind, group.members, group.used) == (HolderKind.GROUP, ("ann",), ("sns:Publish",))
    assert group.granted == len(CATALOG.expand("sns:*"))


def did(name: str, *actions: str, denied: str | None = None) -> PrincipalUsage:
    uses = [use(action) for action in actions] + ([use(denied, outcome=Outcome.DENIED)] if denied else [])
    return replace(usage_of(uses, name, arn=f"arn:aws:iam::{ACCOUNT}:user/{name}"), kind=PrincipalKind.USER)


def holders(*held: Holder, usage: PrincipalUsage) -> dict[str, HolderReport]:
    state = StateInForce(accounts={ACCOUNT: AccountSnapshot(account=ACCOUNT, holders=held)})
    return {one.name: one for one in report_holders(state, [usage], CATALOG)}


def test_what_was_refused_or_is_granted_elsewhere_is_not_used() -> None:
    ann = Holder(
        kind=HolderKind.USER,
        name="ann",
        account=ACCOUNT,
        arn=f"arn:aws:iam::{ACCOUNT}:user/ann",
        policies=(inline(allow(["sqs:CreateQueue", "sqs:DeleteQueue"])),),
    )
    found = holders(ann, usage=did("ann", "sqs:CreateQueue", "s3:GetObject", denied="sqs:DeleteQueue"))["ann"]
    assert (found.granted, found.used) == (2, ("sqs:CreateQueue",))
    assert found.denied > 0


def test_a_user_that_no_snapshot_has_is_told_by_what_it_did() -> None:
    found = holders(usage=did("ghost", "s3:GetObject"))["ghost"]
    assert (found.is_known, found.used) == (False, ("s3:GetObject",))
    assert found.notes == ("no snapshot has it: what it holds is not known",)
    section = holders_section([found])
    assert all(len(row) == len(section.columns) for row in section.rows)
    assert section.rows[0][3] == "?"
