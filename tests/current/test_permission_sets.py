import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from trailmin.current import ManagedPolicyOfSet, StateInForce, load_current
from trailmin.current.permission_sets import permission_set_of, with_permission_sets
from trailmin.errors import CurrentError, PolicyError

OWNER, FIRST, SECOND = "999999999999", "111122223333", "444455556666"
INSTANCE = "arn:aws:sso:::instance/ssoins-1111111111111111"
SET = "arn:aws:sso:::permissionSet/ssoins-1111111111111111/ps-2222222222222222"
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}
VIEW = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def sso_role(account: str, name: str = "Team", **more: Any) -> dict[str, Any]:
    role = f"AWSReservedSSO_{name}_{account}abcd"
    path = "/aws-reserved/sso.amazonaws.com/eu-west-1/"
    return {"Arn": f"arn:aws:iam::{account}:role{path}{role}", "RoleName": role, "Path": path, **more}


def managed(arn: str, policy: object = POLICY) -> dict[str, Any]:
    version = {"VersionId": "v1", "IsDefaultVersion": True, "Document": policy}
    return {"Arn": arn, "PolicyName": arn.rpartition("/")[2], "PolicyVersionList": [version]}


def snapshot(folder: Path, account: str, *roles: dict[str, Any], policies: Any = (), **files: object) -> None:
    details = {"RoleDetailList": list(roles), "Policies": list(policies)}
    (folder / account).mkdir()
    for name, content in {"authorization-details": details, **files}.items():
        (folder / account / f"{name.replace('_', '-')}.json").write_text(json.dumps(content), encoding="utf-8")


def told(**changes: Any) -> dict[str, Any]:
    one = {
        "InstanceArn": INSTANCE,
        "PermissionSet": {"Name": "Team", "PermissionSetArn": SET, "CreatedDate": "2025-01-01T00:00:00+01:00"},
        "InlinePolicy": json.dumps(POLICY),
        "AttachedManagedPolicies": [{"Name": "ViewOnlyAccess", "Arn": VIEW}],
        "CustomerManagedPolicyReferences": [{"Name": "Own", "Path": "/ops/"}],
        "AccountIds": [SECOND, FIRST],
    }
    instances = [{"InstanceArn": INSTANCE, "OwnerAccountId": OWNER}]
    return {"Instances": instances, "PermissionSets": [one | changes]}


@pytest.fixture
def state(tmp_path: Path) -> StateInForce:
    """Two accounts with the set's roles; one of them lacks what the set refers to."""
    own = managed(f"arn:aws:iam::{FIRST}:policy/ops/Own")
    snapshot(tmp_path, FIRST, sso_role(FIRST), policies=[own, managed(VIEW)])
    snapshot(tmp_path, SECOND, sso_role(SECOND), {"Arn": f"arn:aws:iam::{SECOND}:role/app", "RoleName": "app"})
    snapshot(tmp_path, OWNER, permission_sets=told())
    return load_current([tmp_path])


def test_a_snapshot_tells_of_permission_sets(state: StateInForce) -> None:
    (one,) = state.permission_sets
    assert (one.name, one.arn, one.instance_arn, one.account) == ("Team", SET, INSTANCE, OWNER)
    assert one.accounts == (FIRST, SECOND)
    assert one.created is not None
    assert one.created.isoformat() == "2024-12-31T23:00:00+00:00"
    assert one.managed == (
        ManagedPolicyOfSet(name="ViewOnlyAccess", path="/job-function/", arn=VIEW),
        ManagedPolicyOfSet(name="Own", path="/ops/"),
    )


def test_one_role_stands_for_those_of_all_accounts(state: StateInForce) -> None:
    folded = with_permission_sets(state)
    assert [role.name for role in folded.roles] == ["app", "AWSReservedSSO_Team"]
    role = folded.roles[1]
    assert [p.name for p in role.policies] == ["AwsSSOInlinePolicy", "ViewOnlyAccess", "Own"]
    assert [p.account for p in role.policies] == [None, None, FIRST]
    assert {one.account for one in role.provisioned} == {FIRST, SECOND}
    assert f"account {SECOND}: the text of /ops/Own is not known" in role.notes
    assert role.is_sso


def test_a_role_in_an_account_that_no_set_of_its_name_is_in_stays(tmp_path: Path) -> None:
    snapshot(tmp_path, FIRST, sso_role(FIRST))
    snapshot(tmp_path, OWNER, sso_role(OWNER), permission_sets=told(AccountIds=[FIRST]))
    names = [role.name for role in with_permission_sets(load_current([tmp_path])).roles]
    assert names == [f"AWSReservedSSO_Team_{OWNER}abcd", "AWSReservedSSO_Team"]


def test_folding_again_changes_nothing(state: StateInForce) -> None:
    folded = with_permission_sets(state)
    assert with_permission_sets(folded) == folded
    plain = replace(state, roles=(), permission_sets=())
    assert with_permission_sets(plain) is plain


@pytest.mark.parametrize(
    ("told_of", "known"),
    [((FIRST, SECOND), (FIRST, SECOND)), ((FIRST, SECOND, OWNER), None)],
)
def test_all_snapshots_of_an_organization_tell_where_a_set_is(
    tmp_path: Path, told_of: tuple[str, ...], known: tuple[str, ...] | None
) -> None:
    organization = {"Organization": {"Id": "o-1"}, "Accounts": [{"Id": account} for account in told_of]}
    held: dict[str, Any] = {"RolePolicyList": [{"PolicyName": "AwsSSOInlinePolicy", "PolicyDocument": POLICY}]}
    for account in (FIRST, SECOND):
        snapshot(tmp_path, account, sso_role(account, **held), organization=organization)
    (role,) = with_permission_sets(load_current([tmp_path])).roles
    assert role.permission_set is not None
    assert role.permission_set.accounts == known
    assert [p.name for p in role.policies] == ["AwsSSOInlinePolicy"]


@pytest.mark.parametrize(
    ("name", "of_set"),
    [
        ("AWSReservedSSO_Team_0123456789abcdef", "Team"),
        ("AWSReservedSSO_a_b=c_0123456789abcdef", "a_b=c"),
        ("AWSReservedSSO_Team", None),
        ("AWSReservedSSO_Team_0123456789ABCDEF", None),
        ("Team_0123456789abcdef", None),
    ],
)
def test_the_name_of_a_role_tells_its_set(name: str, of_set: str | None) -> None:
    assert permission_set_of(name) == of_set


def test_a_file_of_another_shape_is_refused_with_what_to_do(tmp_path: Path) -> None:
    snapshot(tmp_path, OWNER, permission_sets={"PermissionSets": [SET]})
    with pytest.raises(CurrentError, match=r"permission-sets\.json is not the output of the AWS CLI"):
        load_current([tmp_path])
    (tmp_path / OWNER / "permission-sets.json").write_text(json.dumps(told(InlinePolicy='{"Statement": 1}')))
    with pytest.raises(PolicyError, match=r"inline policy of permission set Team"):
        load_current([tmp_path])


def test_a_boundary_that_differs_between_accounts_is_not_known(tmp_path: Path) -> None:
    boundary = {"CustomerManagedPolicyReference": {"Name": "Ceiling", "Path": "/"}}
    deny = document({"Effect": "Deny", "Action": "*", "Resource": "*"})
    for account, policy in ((FIRST, POLICY), (SECOND, deny)):
        snapshot(
            tmp_path, account, sso_role(account), policies=[managed(f"arn:aws:iam::{account}:policy/Ceiling", policy)]
        )
    snapshot(tmp_path, OWNER, permission_sets=told(PermissionsBoundary=boundary))
    role = next(r for r in with_permission_sets(load_current([tmp_path])).roles if r.permission_set)
    assert role.boundary is not None
    assert role.boundary.policy is None
