"""Permission sets of moto's server over HTTP: the account that administers them tells, a member account does not."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.aws_server import CREDENTIALS, moto_server
from tests.current.accounts import OWN, Front, account_proxy
from trailmin.current import Access, LiveRequest, ManagedPolicyOfSet, load_current
from trailmin.current.permission_sets import with_permission_sets

REGION = "eu-west-1"
MEMBER = "111122223333"
INLINE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}
VIEW = "arn:aws:iam::aws:policy/ReadOnlyAccess"
SETS = [f"Team{number}" for number in range(3)]


@pytest.fixture(scope="module")
def moto() -> Iterator[tuple[str, str]]:
    """The server's address and the ARN of the permission set that holds something."""
    with pytest.MonkeyPatch.context() as environment, moto_server() as url:
        for name, value in CREDENTIALS.items():
            environment.setenv(name, value)
        client = boto3.client("sso-admin", region_name=REGION, endpoint_url=url)
        instance = client.list_instances()["Instances"][0]["InstanceArn"]
        arns = [
            client.create_permission_set(Name=name, InstanceArn=instance)["PermissionSet"]["PermissionSetArn"]
            for name in SETS
        ]
        asked = {"InstanceArn": instance, "PermissionSetArn": arns[0]}
        client.put_inline_policy_to_permission_set(InlinePolicy=json.dumps(INLINE), **asked)
        client.attach_managed_policy_to_permission_set(ManagedPolicyArn=VIEW, **asked)
        reference = {"Name": "Team", "Path": "/ops/"}
        client.attach_customer_managed_policy_reference_to_permission_set(
            CustomerManagedPolicyReference=reference, **asked
        )
        client.provision_permission_set(TargetType="ALL_PROVISIONED_ACCOUNTS", **asked)
        yield url, arns[0]


@pytest.fixture
def front(moto: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with account_proxy(moto[0]) as running:
        yield running


def request(front: Front, **more: Any) -> LiveRequest:
    return LiveRequest(access=Access(endpoint_url=front.url), regions=(REGION,), **more)


def test_what_identity_center_says_of_each_permission_set_is_read(front: Front, moto: tuple[str, str]) -> None:
    front.boundaries[moto[1]] = {"CustomerManagedPolicyReference": {"Name": "Ceiling", "Path": "/"}}
    state = load_current([Path("aws")], live=request(front))
    assert state.missing == ()
    assert [one.name for one in state.permission_sets] == SETS
    first, second, _ = state.permission_sets
    assert (first.arn, first.account, first.accounts) == (moto[1], OWN, (OWN,))
    assert first.inline is not None
    assert json.loads(first.inline.text) == INLINE
    assert first.managed == (
        ManagedPolicyOfSet(name="ReadOnlyAccess", arn=VIEW),
        ManagedPolicyOfSet(name="Team", path="/ops/"),
    )
    assert first.boundary == ManagedPolicyOfSet(name="Ceiling")
    assert first.created is not None
    assert (second.inline, second.managed, second.boundary, second.accounts) == (None, (), None, ())
    made = {role.name for role in with_permission_sets(state).roles}
    assert {f"AWSReservedSSO_{name}" for name in SETS} <= made


def test_a_member_account_that_may_not_see_them_lacks_nothing(front: Front) -> None:
    front.refused = {(MEMBER, "ListPermissionSets")}
    front.owner = OWN
    state = load_current([Path("aws")], live=request(front, accounts=(MEMBER, OWN), assume_role_name="audit"))
    assert state.missing == ()
    assert [one.name for one in state.permission_sets] == SETS


def test_the_owner_that_may_not_see_them_is_told_of(front: Front) -> None:
    front.refused = {(OWN, "ListPermissionSets")}
    state = load_current([Path("aws")], live=request(front))
    assert state.permission_sets == ()
    (missing,) = state.missing
    assert "permission-sets.json is not known (sso:ListInstances and" in missing
    assert "AccessDeniedException (ListPermissionSets)" in missing


def test_a_delegated_administrator_that_lacks_a_permission_is_told_of(front: Front) -> None:
    front.owner = "999999999999"
    front.refused = {(OWN, "DescribePermissionSet")}
    state = load_current([Path("aws")], live=request(front))
    assert state.permission_sets == ()
    (missing,) = state.missing
    assert "AccessDeniedException (DescribePermissionSet)" in missing
