from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.current.written import ACCOUNT, READ, ROLE, SHARED, WRITE, details, snapshot, version, write
from trailmin.current import LastAccess, PolicyKind, Role
from trailmin.current.snapshot import read_snapshot
from trailmin.errors import CurrentError


def worker(folder: Path, **changes: object) -> Role:
    value = details()
    value["RoleDetailList"][0] |= changes
    (found,) = read_snapshot(snapshot(folder, value)).roles
    return found


def test_a_role_has_its_policies_boundary_trust_and_dates(tmp_path: Path) -> None:
    role = worker(tmp_path)
    assert (role.name, role.account, role.arn, role.path) == ("worker", ACCOUNT, ROLE, "/app/")
    assert role.created == datetime(2025, 1, 2, 2, 4, 5, tzinfo=UTC)
    assert [(p.kind, p.name) for p in role.policies] == [
        (PolicyKind.INLINE, "Access"),
        (PolicyKind.CUSTOMER_MANAGED, "Shared"),
    ]
    assert role.boundary is not None
    assert role.boundary.policy == role.policies[1].policy
    assert role.trust is not None
    assert role.trust.statements[0].principals[0].values == ("ec2.amazonaws.com",)


def test_the_default_version_is_in_force_and_only_older_ones_came_before(tmp_path: Path) -> None:
    shared = worker(tmp_path).policies[1]
    assert shared.policy.statements[0].actions == ("s3:PutObject",)
    assert shared.created == datetime(2026, 3, 1, tzinfo=UTC)
    assert [v.created.month for v in shared.earlier if v.created] == [2, 1]


def test_all_that_a_managed_policy_is_attached_to_and_bounds_is_known(tmp_path: Path) -> None:
    shared = worker(tmp_path).policies[1]
    assert shared.attached_to == (ROLE, f"arn:aws:iam::{ACCOUNT}:user/ann")
    assert shared.bounds == (ROLE,)


def test_a_policy_whose_text_is_missing_is_noted(tmp_path: Path) -> None:
    (note,) = read_snapshot(snapshot(tmp_path)).notes
    assert "lacks the text of arn:aws:iam::aws:policy/Gone" in note


def test_an_aws_managed_policy_is_told_by_its_arn(tmp_path: Path) -> None:
    arn = "arn:aws-cn:iam::aws:policy/Gone"
    value = details()
    value["RoleDetailList"][0]["AttachedManagedPolicies"] = [{"PolicyName": "Gone", "PolicyArn": arn}]
    value["Policies"].append(
        {"PolicyName": "Gone", "Arn": arn, "PolicyVersionList": [version(1, READ, "2020-01-01", default=True)]}
    )
    policy = read_snapshot(snapshot(tmp_path, value)).roles[0].policies[1]
    assert policy.kind is PolicyKind.AWS_MANAGED
    assert policy.created == datetime(2020, 1, 1, tzinfo=UTC)


def test_what_lies_beside_is_read_and_what_does_not_is_unknown(tmp_path: Path) -> None:
    function = {"FunctionName": "f", "FunctionArn": "arn:aws:lambda:r:1:function:f", "Role": ROLE}
    named = {
        **function,
        "FunctionName": "g",
        "LoggingConfig": {"LogGroup": "/own"},
        "TracingConfig": {"Mode": "Active"},
    }
    mappings = [{"FunctionArn": "arn:aws:lambda:r:1:function:f", "EventSourceArn": "arn:aws:sqs:r:1:q"}, {"UUID": "1"}]
    folder = snapshot(
        tmp_path,
        functions={"Functions": [function, named]},
        event_source_mappings={"EventSourceMappings": mappings},
        event_selectors=[],
    )
    account = read_snapshot(folder).accounts[ACCOUNT]
    assert [f.log_group for f in account.functions or ()] == ["/aws/lambda/f", "/own"]
    assert [f.is_traced for f in account.functions or ()] == [False, True]
    assert [m.source_arn for m in account.event_source_mappings or ()] == ["arn:aws:sqs:r:1:q"]
    assert account.event_selectors == []
    bare = read_snapshot(snapshot(tmp_path / "bare")).accounts[ACCOUNT]
    assert (bare.functions, bare.event_source_mappings, bare.event_selectors) == (None, None, None)


def test_the_account_is_that_of_the_arns_else_of_the_folder(tmp_path: Path) -> None:
    empty: dict[str, object] = {"RoleDetailList": [], "Policies": []}
    assert list(read_snapshot(snapshot(tmp_path / "444455556666", empty)).accounts) == ["444455556666"]
    with pytest.raises(CurrentError, match="its account is unknown"):
        read_snapshot(snapshot(tmp_path / "prod", empty))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{\n  "RoleDetailList": [,]\n}', r"authorization-details\.json:2:22: "),
        ("[]", "is not a JSON object"),
        ('{"RoleDetailList": [{"RoleName": "x"}]}', "is not the output of get-account-authorization-details"),
        ('{"RoleDetailList": 7}', "is not the output of get-account-authorization-details"),
        ("[" * 100_000, "authorization-details.json"),
    ],
)
def test_a_file_that_is_not_a_snapshot_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(CurrentError, match=message) as caught:
        read_snapshot(snapshot(tmp_path, text))
    assert caught.value.hint


@pytest.mark.parametrize(
    "changes",
    [
        {"CreateDate": "yesterday"},
        {"AttachedManagedPolicies": [{}]},
        {"RolePolicyList": [{"PolicyName": "Access", "PolicyDocument": "{"}]},
    ],
)
def test_a_role_in_another_shape_names_the_file(tmp_path: Path, changes: dict[str, object]) -> None:
    with pytest.raises(CurrentError, match=r"authorization-details\.json"):
        worker(tmp_path, **changes)


def test_a_policy_without_a_default_version_names_the_file(tmp_path: Path) -> None:
    broken = [{"PolicyName": "P", "Arn": SHARED, "PolicyVersionList": [version(1, WRITE, "2026-01-01")]}]
    with pytest.raises(CurrentError, match=r"authorization-details\.json"):
        read_snapshot(snapshot(tmp_path, details(Policies=broken)))


def test_a_document_in_it_that_is_no_policy_is_named(tmp_path: Path) -> None:
    policy = {"PolicyName": "Access", "PolicyDocument": {"Statement": [{"Effect": "Allow"}]}}
    with pytest.raises(CurrentError, match="inline policy Access of worker"):
        worker(tmp_path, RolePolicyList=[policy])


def test_a_broken_file_beside_it_is_the_one_that_is_named(tmp_path: Path) -> None:
    folder = snapshot(tmp_path, functions={"Functions": [{"FunctionName": "f"}]})
    with pytest.raises(CurrentError, match=r"functions\.json is not the output"):
        read_snapshot(folder)
    write(folder / "functions.json", "{")
    with pytest.raises(CurrentError, match=r"functions\.json:1:2"):
        read_snapshot(folder)


LAST_ACCESSED = {
    "JobStatus": "COMPLETED",
    "ServicesLastAccessed": [
        {"ServiceName": "AWS X-Ray", "ServiceNamespace": "xray", "TotalAuthenticatedEntities": 0},
        {
            "ServiceName": "Amazon S3",
            "ServiceNamespace": "s3",
            "TrackedActionsLastAccessed": [
                {"ActionName": "CreateBucket"},
                {
                    "ActionName": "DeleteBucket",
                    "LastAccessedEntity": ROLE,
                    "LastAccessedTime": "2026-09-20T10:00:00+02:00",
                    "LastAccessedRegion": "eu-west-1",
                },
            ],
        },
    ],
}


@pytest.mark.parametrize("value", [{ROLE: LAST_ACCESSED}, [{**LAST_ACCESSED, "Arn": ROLE}]], ids=["object", "list"])
def test_what_aws_has_accessed_is_read_in_both_forms(tmp_path: Path, value: object) -> None:
    (account,) = read_snapshot(snapshot(tmp_path, last_accessed=value)).accounts.values()
    assert account.last_accessed == (
        LastAccess(
            role_arn=ROLE, action="s3:DeleteBucket", time=datetime(2026, 9, 20, 8, tzinfo=UTC), region="eu-west-1"
        ),
    )


def test_without_the_file_nothing_is_known_of_last_accesses(tmp_path: Path) -> None:
    (account,) = read_snapshot(snapshot(tmp_path)).accounts.values()
    assert account.last_accessed is None


@pytest.mark.parametrize("value", [7, [{}], {ROLE: {}}, {ROLE: []}])
def test_last_accesses_in_another_form_are_an_error(tmp_path: Path, value: object) -> None:
    with pytest.raises(CurrentError, match=r"last-accessed\.json is not the output of the AWS CLI"):
        read_snapshot(snapshot(tmp_path, last_accessed=value))


def test_holders_that_are_counted_and_not_listed_are_known_to_be_there(tmp_path: Path) -> None:
    found = details()
    found["Policies"][0] |= {"AttachmentCount": 3, "PermissionsBoundaryUsageCount": 2}
    (role,) = read_snapshot(snapshot(tmp_path, found)).roles
    (shared,) = [policy for policy in role.policies if policy.name == "Shared"]
    assert len(shared.attached_to) == 2
    assert shared.bounds == (ROLE,)
    assert shared.unlisted_holders == 2
