"""`--current aws` and `snapshot take`: three accounts of moto's server over HTTP, by assumed roles."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner, Result

from tests.aws_server import CREDENTIALS, moto_server
from tests.cli.records import record, write_log
from tests.current.accounts import OWN, Front, account_proxy
from tests.current.calls import actions_called
from trailmin.cli.app import build_app
from trailmin.current import Access, LiveRequest, PolicyKind, load_current
from trailmin.current.live import PERMISSIONS, fetch_accounts
from trailmin.current.live_clients import assumed, clients_of
from trailmin.current.live_resource_policies import POLICY_ACTIONS
from trailmin.errors import CurrentError

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs" / "current.md"
OTHERS = ("111122223333", "444455556666")
ACCOUNTS = tuple(sorted((*OTHERS, OWN)))
REGION = "eu-west-1"
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """Three accounts, each with a role, a managed policy, a function, a queue and a trail."""
    with pytest.MonkeyPatch.context() as environment, moto_server() as url:
        for name, value in CREDENTIALS.items():
            environment.setenv(name, value)
        for account in ACCOUNTS:
            _fill(account, url)
        boto3.client("organizations", endpoint_url=url).create_organization(FeatureSet="ALL")
        yield url


def _fill(account: str, url: str) -> None:
    access = Access(endpoint_url=url)
    clients = clients_of(access if account == OWN else assumed(access, f"arn:aws:iam::{account}:role/audit", None))
    iam = clients("iam", None)
    role = iam.create_role(RoleName="worker", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName="worker", PolicyName="own", PolicyDocument=json.dumps(POLICY))
    arn = iam.create_policy(PolicyName="shared", PolicyDocument=json.dumps(POLICY))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="worker", PolicyArn=arn)
    clients("lambda", REGION).create_function(
        FunctionName="resize", Role=role, Runtime="python3.12", Handler="a.b", Code={"ZipFile": b"x"},
        Environment={"Variables": {"PASSWORD": "hunter2"}},
    )  # fmt: skip
    queue = clients("sqs", REGION)
    address = queue.create_queue(QueueName="jobs", tags={"team": "pay"})["QueueUrl"]
    source = queue.get_queue_attributes(QueueUrl=address, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    clients("lambda", REGION).create_event_source_mapping(FunctionName="resize", EventSourceArn=source)
    clients("s3", "us-east-1").create_bucket(Bucket=f"logs-{account}")
    clients("cloudtrail", REGION).create_trail(Name="all", S3BucketName=f"logs-{account}", IsMultiRegionTrail=True)


@pytest.fixture
def front(moto: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with account_proxy(moto) as running:
        yield running


def request(front: Front, **more: Any) -> LiveRequest:
    given = {"accounts": ACCOUNTS, "assume_role_name": "audit", "regions": (REGION,)} | more
    return LiveRequest(access=Access(endpoint_url=front.url), **given)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(build_app(), [str(a) for a in arguments])


def test_three_accounts_are_read_by_assumed_roles_and_in_pages(front: Front) -> None:
    state = load_current([Path("aws")], live=request(front, external_id="e-1"))
    assert state.missing == ()
    assert [(role.account, role.name) for role in state.roles] == [(account, "worker") for account in ACCOUNTS]
    for role in state.roles:
        assert {policy.kind for policy in role.policies} == {PolicyKind.INLINE, PolicyKind.CUSTOMER_MANAGED}
        assert role.trust is not None
    assert front.pages == 3
    assert front.external_ids == {"e-1"}
    assert {account for account, operation in front.asked if operation == "AssumeRole"} == {OWN}
    for account in ACCOUNTS:
        snapshot = state.accounts[account]
        assert [(f.name, f.role_arn) for f in snapshot.functions or ()] == [
            ("resize", f"arn:aws:iam::{account}:role/worker")
        ]
        assert [m.source_arn for m in snapshot.event_source_mappings or ()] == [f"arn:aws:sqs:{REGION}:{account}:jobs"]
        assert (snapshot.resource_tags or {})[f"arn:aws:sqs:{REGION}:{account}:jobs"] == {"team": "pay"}
        assert snapshot.event_selectors
        assert snapshot.trails
        assert snapshot.vpc_endpoints == {}


def test_what_is_taken_as_a_snapshot_reads_as_what_is_asked_live(front: Front, tmp_path: Path) -> None:
    done = run(
        "snapshot", "take", "--account", OTHERS[0], "--assume-role-name", "audit", "--region", REGION,
        "--endpoint-url", front.url, "-o", tmp_path,
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    asked = replace(request(front, accounts=OTHERS[:1]), resource_policies=True)
    taken, live = load_current([tmp_path]), load_current([Path("aws")], live=asked)
    assert [role.name for role in taken.roles] == [role.name for role in live.roles]
    assert taken.accounts == live.accounts
    assert not [p for p in tmp_path.rglob("*.json") if "hunter2" in p.read_text(encoding="utf-8")]


def test_a_region_that_is_named_is_enough(front: Front, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    named = ("--region", REGION, "--endpoint-url", front.url)
    role = ("--account", OTHERS[0], "--assume-role-name", "audit")
    done = run("snapshot", "take", *role, *named, "-o", tmp_path)
    assert done.exit_code == 0, done.stderr
    assert [role.name for role in load_current([tmp_path]).roles] == ["worker"]


def test_a_permission_that_one_account_lacks_is_told_and_the_others_go_on(front: Front, tmp_path: Path) -> None:
    front.refused = {(OTHERS[0], "GetAccountAuthorizationDetails"), (OTHERS[1], "GET functions")}
    accounts = [part for account in ACCOUNTS for part in ("--account", account)]
    old = tmp_path / OTHERS[1] / "functions.json"
    old.parent.mkdir()
    old.write_text('{"Functions": []}', encoding="utf-8")
    done = run(
        "snapshot", "take", *accounts, "--assume-role-name", "audit", "--region", REGION,
        "--endpoint-url", front.url, "-o", tmp_path,
    )  # fmt: skip
    assert done.exit_code == 4, done.stderr
    assert f"account {OTHERS[0]}: AccessDenied (GetAccountAuthorizationDetails); it is left out" in done.stderr
    assert f"account {OTHERS[1]}: functions.json is not known (lambda:ListFunctions)" in done.stderr
    state = load_current([tmp_path])
    assert sorted(state.accounts) == sorted((OTHERS[1], OWN))
    assert state.accounts[OTHERS[1]].functions is None
    assert state.accounts[OTHERS[1]].event_source_mappings is not None
    assert state.accounts[OWN].functions is not None


def test_the_proposals_of_the_others_come_out_with_exit_code_4(front: Front, tmp_path: Path) -> None:
    write_log(tmp_path / "logs" / "a.json.gz", record("worker", recipientAccountId=OWN))
    run("ingest", tmp_path / "logs", "--lake", tmp_path / "lake", "--workers", "1")
    front.refused = {(OTHERS[0], "GetAccountAuthorizationDetails")}
    (tmp_path / "trailmin.toml").write_text(
        f"""[trail]
sources = ["logs"]
[lake]
path = "lake"
[output]
path = "out"
[current]
paths = ["aws"]
[aws]
accounts = {json.dumps(ACCOUNTS)}
assume_role_name = "audit"
regions = ["{REGION}"]
endpoint_url = "{front.url}"
"""
    )
    done = run(
        "tighten", "--current", "aws", "-c", tmp_path / "trailmin.toml", "--lake", tmp_path / "lake",
        "-o", tmp_path / "out", "--json",
    )  # fmt: skip
    assert done.stdout, done.stderr
    shown = json.loads(done.stdout)
    assert 4 in shown["exit_codes"]
    assert f"note: account {OTHERS[0]}: AccessDenied" in done.stderr
    assert {role["account"] for role in shown["roles"]} >= {OTHERS[1], OWN}
    job = run("run", "-c", tmp_path / "trailmin.toml", "--json")
    assert 4 in json.loads(job.stdout)["exit_codes"]
    assert OTHERS[0] in json.loads(job.stdout)["missing"][0]


def test_an_organization_names_its_accounts(front: Front) -> None:
    client = boto3.client("organizations", endpoint_url=front.url)
    made = client.create_account(AccountName="more", Email="a@example.com")["CreateAccountStatus"]["AccountId"]
    found = fetch_accounts(request(front, accounts=(), organization=True))
    assert [one.account for one in found] == sorted((OWN, made))
    organization = json.loads(json.dumps(next(o for o in found if o.account == OWN).files["organization.json"]))
    assert [one["Id"] for one in organization["Accounts"]] == sorted((OWN, made))


def test_the_documented_permissions_are_those_that_the_calls_need(front: Front) -> None:
    client = boto3.client("sso-admin", region_name=REGION, endpoint_url=front.url)
    client.create_permission_set(Name="Team", InstanceArn=client.list_instances()["Instances"][0]["InstanceArn"])
    with actions_called() as called:
        (own, *_) = fetch_accounts(request(front, accounts=(OTHERS[0],), organization=True, regions=()))
    assert own.files
    documented = _documented()
    # Whoever has credentials may ask whose they are; the role to assume is a resource of its own. What policies on
    # resources take is held to the calls in test_live_resource_policies.
    assert {*(called - {"sts:GetCallerIdentity"}), *POLICY_ACTIONS} == documented
    assert documented - {"sts:AssumeRole"} == {action for actions in PERMISSIONS.values() for action in actions}


def _documented() -> set[str]:
    """The actions of the policies in the document's section on live accounts."""
    text = DOCUMENT.read_text(encoding="utf-8").partition("## AWS itself")[2]
    blocks = re.findall(r"```json\n(.*?)```", text.partition("\n## ")[0], re.DOTALL)
    statements = [statement for block in blocks for statement in json.loads(block)["Statement"]]
    return {action for statement in statements for action in statement["Action"]}


def test_accounts_without_a_role_to_assume_are_a_mistake(front: Front) -> None:
    with pytest.raises(CurrentError, match="not that of the credentials"):
        fetch_accounts(request(front, assume_role_name=None))


def test_no_account_at_all_is_an_error(front: Front) -> None:
    front.refused = {(account, "GetAccountAuthorizationDetails") for account in ACCOUNTS}
    with pytest.raises(CurrentError, match="no account tells of its roles"):
        load_current([Path("aws")], live=request(front))
