"""A permission set of three accounts, from their logs to one change: by its scripts, in a template, in Terraform."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.cli.records import record, write_log
from tests.iac.deployment import DAYS, FIRST
from tests.publish.pull_requests.repositories import commit_all, git
from trailmin.cli.app import build_app

OWNER = "999999999999"
ACCOUNTS = ("111122223333", "444455556666", "777788889999")
INSTANCE = "arn:aws:sso:::instance/ssoins-1111111111111111"
SET = "arn:aws:sso:::permissionSet/ssoins-1111111111111111/ps-2222222222222222"
EC2 = "arn:aws:iam::aws:policy/AmazonEC2FullAccess"
INLINE = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["sns:CreateTopic", "sns:DeleteTopic"], "Resource": "arn:aws:sns:*:*:*"}
    ],
}
FULL_EC2 = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["ec2:RebootInstances", "ec2:StopInstances"], "Resource": "*"}],
}
TEMPLATE = """Resources:
  Operators:
    Type: AWS::SSO::PermissionSet
    Properties:
      Name: Operators   # on call
      InstanceArn: arn:aws:sso:::instance/ssoins-1111111111111111
      ManagedPolicies:
        - arn:aws:iam::aws:policy/AmazonEC2FullAccess
      InlinePolicy:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Action: [sns:CreateTopic, sns:DeleteTopic]
            Resource: arn:aws:sns:*:*:*
"""

MODULE = """resource "aws_ssoadmin_permission_set" "operators" {
  name         = "Operators"
  instance_arn = var.instance
}

resource "aws_ssoadmin_permission_set_inline_policy" "operators" {
  instance_arn       = var.instance
  permission_set_arn = aws_ssoadmin_permission_set.operators.arn

  inline_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["sns:CreateTopic", "sns:DeleteTopic"]
        Resource = "arn:aws:sns:*:*:*"
      },
    ]
  })
}

resource "aws_ssoadmin_managed_policy_attachment" "ec2" {
  instance_arn       = var.instance
  permission_set_arn = aws_ssoadmin_permission_set.operators.arn
  managed_policy_arn = "arn:aws:iam::aws:policy/AmazonEC2FullAccess"
}
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(build_app(), [str(a) for a in arguments])


def role_of(account: str) -> str:
    return f"AWSReservedSSO_Operators_{account}abcd"


Call = tuple[str, str, Mapping[str, Any]]
"""Event name, service, request parameters."""


def event(account: str, day: int, number: int, call: Call) -> dict[str, Any]:
    name, service, parameters = call
    role, on = role_of(account), FIRST + timedelta(days=day)
    arn = f"arn:aws:iam::{account}:role/aws-reserved/sso.amazonaws.com/{role}"
    issuer = {"type": "Role", "arn": arn, "accountId": account, "userName": role}
    return record(
        eventTime=f"{on.isoformat()}T10:00:00Z",
        eventSource=f"{service}.amazonaws.com",
        eventName=name,
        eventCategory="Management",
        readOnly=False,
        eventID=f"{account}-{day}-{number}",
        recipientAccountId=account,
        requestParameters=dict(parameters),
        userIdentity={
            "type": "AssumedRole",
            "accountId": account,
            "arn": f"arn:aws:sts::{account}:assumed-role/{role}/ada@example.com",
            "sessionContext": {"sessionIssuer": issuer},
        },
    )


def write_logs(folder: Path) -> Path:
    """Forty days of three accounts; only the second one stops instances."""
    for account in ACCOUNTS:
        for day in range(DAYS):
            calls: list[Call] = [("CreateTopic", "sns", {"name": "alerts"})]
            if account == ACCOUNTS[1]:
                calls.append(("RebootInstances", "ec2", {"instancesSet": {"items": [{"instanceId": f"i-{day:017}"}]}}))
            on = FIRST + timedelta(days=day)
            events = [event(account, day, number, call) for number, call in enumerate(calls)]
            write_log(folder / account / f"{on:%Y%m%d}.json.gz", *events)
    return folder


def write_snapshots(folder: Path) -> Path:
    """What `trailmin snapshot take` keeps of the three accounts and of the one that owns the permission set."""
    path = "/aws-reserved/sso.amazonaws.com/"
    trail = {"TrailARN": "arn:aws:cloudtrail:eu-west-1:999999999999:trail/all", "HomeRegion": "eu-west-1"}
    selector = {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}
    for account in (*ACCOUNTS, OWNER):
        role = {
            "RoleName": role_of(account),
            "Arn": f"arn:aws:iam::{account}:role{path}{role_of(account)}",
            "Path": path,
            "CreateDate": "2025-01-01T00:00:00+00:00",
            "RolePolicyList": [{"PolicyName": "AwsSSOInlinePolicy", "PolicyDocument": INLINE}],
            "AttachedManagedPolicies": [{"PolicyName": "AmazonEC2FullAccess", "PolicyArn": EC2}],
        }
        version = {"Document": FULL_EC2, "VersionId": "v1", "IsDefaultVersion": True}
        managed = {"PolicyName": "AmazonEC2FullAccess", "Arn": EC2, "PolicyVersionList": [version]}
        files: dict[str, Any] = {
            "authorization-details.json": {
                "RoleDetailList": [role] if account != OWNER else [],
                "Policies": [managed] if account != OWNER else [],
            },
            "trails.json": {"trailList": [{**trail, "Name": "all", "IsMultiRegionTrail": True}]},
            "event-selectors.json": {"TrailARN": trail["TrailARN"], "AdvancedEventSelectors": [selector]},
        }
        if account == OWNER:
            described = {"Name": "Operators", "PermissionSetArn": SET, "CreatedDate": "2025-01-01T00:00:00+00:00"}
            one = {
                "InstanceArn": INSTANCE,
                "PermissionSet": described,
                "InlinePolicy": json.dumps(INLINE),
                "AttachedManagedPolicies": [{"Name": "AmazonEC2FullAccess", "Arn": EC2}],
                "CustomerManagedPolicyReferences": [],
                "PermissionsBoundary": None,
                "AccountIds": list(ACCOUNTS),
            }
            instance = {"InstanceArn": INSTANCE, "OwnerAccountId": OWNER}
            files["permission-sets.json"] = {"Instances": [instance], "PermissionSets": [one]}
        (folder / account).mkdir(parents=True)
        for name, content in files.items():
            (folder / account / name).write_text(json.dumps(content), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the lake of the logs, and the snapshots."""
    folder = tmp_path_factory.mktemp("told")
    write_snapshots(folder / "snapshots")
    done = run("ingest", write_logs(folder / "logs"), "--lake", folder / "lake", "--workers", "1")
    assert done.exit_code == 0, done.stderr
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        yield folder


def tightened(told: Path, out: Path, *current: Path) -> dict[str, Any]:
    options = [part for path in (told / "snapshots", *current) for part in ("--current", path)]
    done = run("tighten", "Operators", *options, "--lake", told / "lake", "-o", out, "--json")
    assert done.exit_code == 10, done.stdout + done.stderr
    (found,) = json.loads(done.stdout)["roles"]
    assert found["status"] == "tightened"
    assert found["proof"]["proven"]
    assert found["replay"]["passed"]
    assert found["permission_set"]["accounts"] == list(ACCOUNTS)
    assert [made["account"] for made in found["permission_set"]["roles"]] == list(ACCOUNTS)
    assert found["activity"]["events"] == 4 * DAYS
    return dict(found)


EXPECTED = [
    ("sns:CreateTopic", "arn:aws:sns:eu-west-1:*:alerts"),
    ("ec2:RebootInstances", "arn:aws:ec2:eu-west-1:444455556666:instance/*"),
]


def test_one_proposal_is_for_all_accounts_and_changes_the_set(told: Path, tmp_path: Path) -> None:
    tightened(told, tmp_path / "out")
    folder = tmp_path / "out" / OWNER / "AWSReservedSSO_Operators"
    put = json.loads((folder / "inline-policy.json").read_text(encoding="utf-8"))
    assert [(_one(s["Action"]), _one(s["Resource"])) for s in put["Statement"]] == EXPECTED
    script = (folder / "apply.sh").read_text(encoding="utf-8")
    assert "put-inline-policy-to-permission-set" in script
    assert "provision-permission-set" in script
    body = (folder / "PULL_REQUEST.md").read_text(encoding="utf-8")
    assert body.startswith("# Tighten permission set `Operators`\n")
    assert all(f"`{account}`" in body for account in ACCOUNTS)
    assert "unknown" not in body.split("Looked at")[0]
    shown = run("tighten", "--current", told / "snapshots", "--lake", told / "lake", "-o", tmp_path / "out").stdout
    assert "AWSReservedSSO_Operators (3 accounts)" in " ".join(shown.split())
    assert "AWSReservedSSO_Operators_" not in shown


def _one(values: str | list[str]) -> str:
    (value,) = [values] if isinstance(values, str) else values
    return value


@pytest.mark.parametrize(("name", "text"), [("template.yaml", TEMPLATE), ("main.tf", MODULE)])
def test_the_code_that_has_it_is_edited_in_place_and_committed(
    told: Path, tmp_path: Path, name: str, text: str
) -> None:
    repo, source = tmp_path / "repo", tmp_path / "repo" / name
    repo.mkdir()
    source.write_text(text, encoding="utf-8")
    git(repo, "init", "-q", "-b", "main")
    commit_all(repo, "what is in force")
    tightened(told, tmp_path / "out", repo)
    assert not list((tmp_path / "out").rglob("apply.sh")), "what is kept in code is changed there"
    done = run("pr", tmp_path / "out", "--repo", repo, "--json")
    assert done.exit_code == 0, done.stderr
    (made,) = json.loads(done.stdout)["pull_requests"]
    assert made["files"] == [name]
    git(repo, "checkout", "-q", made["branch"])
    new = source.read_text(encoding="utf-8")
    for word in ("sns:CreateTopic", "arn:aws:sns:eu-west-1:*:alerts", "ec2:RebootInstances"):
        assert word in new
    for word in ("sns:DeleteTopic", "AmazonEC2FullAccess"):
        assert word not in new
    again = run("tighten", "Operators", *_current(told, repo), "--lake", told / "lake", "-o", tmp_path / "2", "--json")
    assert again.stdout, again.stderr
    (found,) = json.loads(again.stdout)["roles"]
    assert [change["policy"] for change in found["changes"]] == ["AmazonEC2FullAccess"], "AWS has it attached still"


def test_an_inline_policy_that_is_kept_elsewhere_is_not_overwritten(told: Path, tmp_path: Path) -> None:
    """The file attaches the managed policy, and says nothing of the inline policy that AWS has."""
    repo = tmp_path / "repo"
    repo.mkdir()
    (repo / "template.yaml").write_text(TEMPLATE.partition("      InlinePolicy:")[0], encoding="utf-8")
    tightened(told, tmp_path / "out", repo)
    assert not list((tmp_path / "out" / "patches").glob("*"))
    (changes,) = (tmp_path / "out").rglob("changes.json")
    (source,) = json.loads(changes.read_text(encoding="utf-8"))["sources"]
    assert "kept elsewhere" in source["refused"][0]["reason"]


def _current(told: Path, repo: Path) -> list[object]:
    return ["--current", told / "snapshots", "--current", repo]
