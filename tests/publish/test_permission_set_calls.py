"""What is made of a proposal for a permission set: its scripts run against an `aws` that keeps one permission set."""

import json
import os
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.synth.situation import allow, aws_managed, use
from tests.synth.test_permission_sets import ACCOUNTS, SET_ARN, did, of_account, operators, proposals, texts_of
from trailmin.current import AccountSnapshot, ManagedPolicyOfSet, PermissionSet
from trailmin.publish import write_proposals
from trailmin.synth.model import Proposal
from trailmin.usage import Use

FAKE_AWS = """#!/usr/bin/env python3
import json, os, sys
from pathlib import Path
service, operation, *options = sys.argv[1:]
given = dict(option[2:].partition("=")[::2] for option in options)
state = Path(os.environ["STATE"])
held = json.loads(state.read_text())
assert service == "sso-admin", sys.argv
if operation == "get-inline-policy-for-permission-set":
    print(json.dumps(held["inline"]))
else:
    held["calls"].append([operation, {k: v for k, v in given.items() if k != "inline-policy"}])
    if operation == "put-inline-policy-to-permission-set":
        held["inline"] = Path(given["inline-policy"].removeprefix("file://")).read_text(encoding="utf-8")
    elif operation == "delete-inline-policy-from-permission-set":
        held["inline"] = ""
    state.write_text(json.dumps(held))
"""

READ_ONLY = aws_managed(allow(["ec2:StopInstances", "ec2:RebootInstances"]), name="Ec2Operator")


def run(folder: Path, script: str, inline: str) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    """The script's end, and the permission set after it."""
    tools = folder / "bin"
    tools.mkdir(exist_ok=True)
    (tools / "aws").write_text(FAKE_AWS)
    (tools / "aws").chmod(0o755)
    state = folder / "state.json"
    state.write_text(json.dumps({"inline": inline, "calls": []}))
    (path,) = folder.rglob(script)
    environment = {"PATH": f"{tools}:{os.environ['PATH']}", "STATE": str(state)}
    done = subprocess.run(["bash", str(path)], env=environment, capture_output=True, text=True, check=False)
    return done, json.loads(state.read_text())


def written(proposed: Proposal, out: Path) -> dict[str, Any]:
    write_proposals([proposed], out)
    (changes,) = out.rglob("changes.json")
    found: dict[str, Any] = json.loads(changes.read_text())
    return found


def proposed(
    one: PermissionSet, snapshots: dict[str, AccountSnapshot] | None = None, uses: Iterable[Use] = ()
) -> Proposal:
    usage = [did(ACCOUNTS[0], use("ec2:StopInstances"), *uses)]
    return proposals([one], [], usage, accounts=snapshots)["AWSReservedSSO_Operators"]


MANAGED = ManagedPolicyOfSet(name="Ec2Operator", arn=READ_ONLY.arn)


def test_the_scripts_change_the_set_provision_it_and_bring_it_back(tmp_path: Path) -> None:
    one = operators(allow(["sns:Subscribe", "dynamodb:ListTables"]), managed=(MANAGED,))
    found = proposed(one, texts_of(READ_ONLY), [use("dynamodb:ListTables")])
    told = written(found, tmp_path)
    assert told["permission_set"]["accounts"] == list(ACCOUNTS)
    assert [call["operation"] for call in told["apply"]] == [
        "sso-admin:PutInlinePolicyToPermissionSet",
        "sso-admin:DetachManagedPolicyFromPermissionSet",
        "sso-admin:ProvisionPermissionSet",
    ]
    before = one.inline.text if one.inline else ""
    done, after = run(tmp_path, "apply.sh", before)
    assert done.returncode == 0, done.stderr
    ids = {"instance-arn": one.instance_arn, "permission-set-arn": SET_ARN}
    assert after["calls"] == [
        ["put-inline-policy-to-permission-set", ids],
        ["detach-managed-policy-from-permission-set", {**ids, "managed-policy-arn": READ_ONLY.arn}],
        ["provision-permission-set", {**ids, "target-type": "ALL_PROVISIONED_ACCOUNTS"}],
    ]
    statements = json.loads(after["inline"])["Statement"]
    assert [statement["Action"] for statement in statements] == [["dynamodb:ListTables"], ["ec2:StopInstances"]]
    back, restored = run(tmp_path, "rollback.sh", after["inline"])
    assert back.returncode == 0, back.stderr
    assert restored["inline"] == before
    assert [name for name, _ in restored["calls"]] == [
        "attach-managed-policy-to-permission-set",
        "put-inline-policy-to-permission-set",
        "provision-permission-set",
    ]


def test_a_set_that_was_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    written(proposed(operators(allow(["ec2:StopInstances", "ec2:RebootInstances"]))), tmp_path)
    done, after = run(tmp_path, "apply.sh", '{"Version": "2012-10-17", "Statement": []}')
    assert done.returncode == 1
    assert "not the one that was looked at" in done.stderr
    assert after["calls"] == []


def test_a_set_without_an_inline_policy_gets_one_and_loses_it_again(tmp_path: Path) -> None:
    written(proposed(operators(managed=(MANAGED,)), texts_of(READ_ONLY)), tmp_path)
    done, after = run(tmp_path, "apply.sh", "")
    assert done.returncode == 0, done.stderr
    assert json.loads(after["inline"])["Statement"][0]["Action"] == ["ec2:StopInstances"]
    _, restored = run(tmp_path, "rollback.sh", after["inline"])
    assert restored["inline"] == ""


def test_what_it_refers_to_is_detached_once_by_path_and_name(tmp_path: Path) -> None:
    reference = ManagedPolicyOfSet(name="Team", path="/ops/")
    teams = [of_account(account, allow("sns:Subscribe")) for account in ACCOUNTS]
    snapshots = {str(p.account): AccountSnapshot(account=str(p.account), managed_policies=(p,)) for p in teams}
    one = operators(allow("ec2:StopInstances"), managed=(reference,))
    told = written(proposed(one, snapshots), tmp_path)
    detached = told["apply"][0]
    assert detached["operation"] == "sso-admin:DetachCustomerManagedPolicyReferenceFromPermissionSet"
    assert detached["parameters"]["CustomerManagedPolicyReference"] == {"Name": "Team", "Path": "/ops/"}
    assert len(told["apply"]) == 2
    done, after = run(tmp_path, "apply.sh", "unused")
    assert done.returncode == 0, done.stderr
    assert json.loads(after["calls"][0][1]["customer-managed-policy-reference"]) == {"Name": "Team", "Path": "/ops/"}


@pytest.mark.parametrize("known", [{"arn": None}, {"instance_arn": None}])
def test_without_its_arns_there_is_the_policy_and_no_script(tmp_path: Path, known: dict[str, Any]) -> None:
    one = replace(operators(allow(["ec2:StopInstances", "ec2:RebootInstances"])), **known)
    told = written(proposed(one), tmp_path)
    assert told["apply"] == []
    assert not list(tmp_path.rglob("*.sh"))
    (policy,) = tmp_path.rglob("inline-policy.json")
    assert json.loads(policy.read_text())["Statement"][0]["Action"] == ["ec2:StopInstances"]


def test_hostile_names_stay_data(tmp_path: Path) -> None:
    name = "x$(touch pwned)`id`'\";"
    one = replace(operators(allow(["ec2:StopInstances", "ec2:RebootInstances"]), name=name))
    usage = [did(ACCOUNTS[0], use("ec2:StopInstances"))]
    usage = [replace(p, name=f"AWSReservedSSO_{name}_0123456789abcdef") for p in usage]
    (found,) = proposals([one], [], usage).values()
    written(found, tmp_path)
    done, after = run(tmp_path, "apply.sh", one.inline.text if one.inline else "")
    assert done.returncode == 0, done.stderr
    assert len(after["calls"]) == 2
    assert not list(tmp_path.rglob("pwned"))
