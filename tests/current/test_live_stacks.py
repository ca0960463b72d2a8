"""`--stack` and `snapshot stack`: what a template's expressions stand for, asked of moto's server over HTTP."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.aws_server import CREDENTIALS, moto_server
from tests.cli.records import record, write_log
from tests.current.accounts import OWN, Front, account_proxy
from tests.current.calls import actions_called
from trailmin.cli.app import build_app
from trailmin.current import Access, LiveRequest, StateInForce, load_current
from trailmin.current.live_clients import assumed, clients_of
from trailmin.current.live_stacks import STACK_PERMISSIONS, fetch_stacks
from trailmin.errors import CurrentError

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs" / "current.md"
OTHER = "111122223333"
REGION = "eu-west-1"

TEMPLATE = """AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Table: {Type: String, Default: orders-dev}
  Folder: {Type: String, Default: incoming}
  Secret: {Type: String, Default: none, NoEcho: true}
Resources:
  Jobs:
    Type: AWS::SQS::Queue
  Worker:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
      Policies:
        - PolicyName: work
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: dynamodb:*
                Resource: !Sub "arn:aws:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Table}"
              - Effect: Allow
                Action: sqs:*
                Resource: !GetAtt Jobs.Arn
              - Effect: Allow
                Action: s3:GetObject
                Resource: !Sub "arn:aws:s3:::data/${Folder}/${Secret}/x"
"""


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """The stack `orders` in two accounts, deployed with a table of its own and a hidden parameter."""
    with pytest.MonkeyPatch.context() as environment, moto_server() as url:
        for name, value in CREDENTIALS.items():
            environment.setenv(name, value)
        access = Access(endpoint_url=url)
        for account in (OWN, OTHER):
            mine = access if account == OWN else assumed(access, f"arn:aws:iam::{account}:role/audit", None)
            # moto echoes what AWS hides: so AWS's own words for it are what is given.
            given = {"Table": f"orders-{account}", "Secret": "****"}
            clients_of(mine)("cloudformation", REGION).create_stack(
                StackName="orders",
                TemplateBody=TEMPLATE,
                Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in given.items()],
                Capabilities=["CAPABILITY_IAM"],
            )
        yield url


@pytest.fixture
def front(moto: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    for name, value in (CREDENTIALS | {"AWS_DEFAULT_REGION": REGION}).items():
        monkeypatch.setenv(name, value)
    with account_proxy(moto) as running:
        yield running


def asked(front: Front, *stacks: str, **more: Any) -> LiveRequest:
    return LiveRequest(access=Access(endpoint_url=front.url), stacks=stacks, **more)


def template(folder: Path) -> Path:
    path = folder / "template.yaml"
    path.write_text(TEMPLATE, encoding="utf-8")
    return path


def arn_of_other(front: Front) -> str:
    client = clients_of(assumed(Access(endpoint_url=front.url), f"arn:aws:iam::{OTHER}:role/audit", None))
    return str(client("cloudformation", REGION).describe_stacks(StackName="orders")["Stacks"][0]["StackId"])


def resources(state: StateInForce) -> list[str]:
    (role,) = state.roles
    return [text for statement in role.policies[0].policy.statements for text in statement.resources]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(build_app(), [str(a) for a in arguments])


def test_a_stack_tells_parameters_defaults_and_physical_ids_but_nothing_hidden(front: Front, tmp_path: Path) -> None:
    state = load_current([template(tmp_path)], live=asked(front, "orders"))
    table, queue, objects = resources(state)
    assert table == f"arn:aws:dynamodb:{REGION}:{OWN}:table/orders-{OWN}"
    assert re.fullmatch(rf"arn:aws:sqs:{REGION}:{OWN}:orders-Jobs-\w+", queue)
    assert objects == "arn:aws:s3:::data/incoming/*/x"
    assert state.roles[0].name.startswith("orders-Worker-")


def test_an_arn_names_account_and_region_and_the_role_there_is_assumed(front: Front, tmp_path: Path) -> None:
    request = asked(front, arn_of_other(front), assume_role_name="audit")
    state = load_current([template(tmp_path)], live=request)
    assert resources(state)[0] == f"arn:aws:dynamodb:{REGION}:{OTHER}:table/orders-{OTHER}"
    assert state.roles[0].account == OTHER


def test_a_template_of_stacks_in_two_accounts_is_read_for_each(front: Front, tmp_path: Path) -> None:
    request = asked(front, "orders", accounts=(OWN, OTHER), assume_role_name="audit", regions=(REGION,))
    state = load_current([template(tmp_path)], live=request)
    assert sorted(role.account or "" for role in state.roles) == sorted((OWN, OTHER))


def test_what_is_asked_goes_before_files_beside_the_template(front: Front, tmp_path: Path) -> None:
    old = {"Stacks": [{"StackName": "old", "Parameters": [{"ParameterKey": "Table", "ParameterValue": "old"}]}]}
    (tmp_path / "stack.json").write_text(json.dumps(old))
    assert "table/old" in resources(load_current([template(tmp_path)]))[0]
    assert f"table/orders-{OWN}" in resources(load_current([tmp_path], live=asked(front, "orders")))[0]


def test_a_stack_that_no_template_is_deployed_as_is_said(front: Front, tmp_path: Path) -> None:
    path = template(tmp_path)
    path.write_text(TEMPLATE.replace("  Worker:", "  Other:").replace("Jobs", "Tasks"), encoding="utf-8")
    state = load_current([path], live=asked(front, "orders"))
    assert resources(state)[0] == "arn:aws:dynamodb:*:*:table/*"
    assert any("no template with policies is deployed as the stack orders" in note for note in state.notes)


def test_a_stack_that_is_not_there_and_one_that_may_not_be_read_are_errors(front: Front, tmp_path: Path) -> None:
    with pytest.raises(CurrentError, match="there is no stack missing"):
        load_current([template(tmp_path)], live=asked(front, "missing"))
    with pytest.raises(CurrentError, match="there is no template"):
        load_current([], live=asked(front, "orders"))
    front.refused = {(OWN, "ListStackResources")}
    with pytest.raises(CurrentError, match=r"AccessDenied \(ListStackResources\)") as error:
        load_current([template(tmp_path)], live=asked(front, "orders"))
    assert "cloudformation:ListStackResources" in (error.value.hint or "")


def test_a_saved_stack_reads_as_one_asked_now(front: Front, tmp_path: Path) -> None:
    saved = tmp_path / "template.stack.json"
    done = run("snapshot", "stack", "orders", "--endpoint-url", front.url, "-o", saved)
    assert done.exit_code == 0, done.stderr
    live = load_current([template(tmp_path)], live=asked(front, "orders"))
    assert resources(load_current([tmp_path / "template.yaml"])) == resources(live)


def test_tighten_asks_for_the_stack_and_keeps_its_references(front: Front, tmp_path: Path) -> None:
    of_other = asked(front, "orders", accounts=(OTHER,), assume_role_name="audit", regions=(REGION,))
    state = load_current([template(tmp_path)], live=of_other)
    queue = f"https://sqs.{REGION}.amazonaws.com/{OTHER}/{resources(state)[1].split(':')[5]}"
    call = {"eventSource": "sqs.amazonaws.com", "eventName": "GetQueueAttributes", "eventCategory": "Management"}
    write_log(
        tmp_path / "logs" / "a.json.gz",
        record(state.roles[0].name, **call, requestParameters={"queueUrl": queue}),
    )
    run("ingest", tmp_path / "logs", "--lake", tmp_path / "lake", "--workers", "1")
    (tmp_path / "trailmin.toml").write_text(
        f"""[trail]
sources = ["logs"]
[lake]
path = "lake"
[output]
path = "out"
[tighten]
drop_unobservable = ["sqs"]
[aws]
accounts = ["{OTHER}"]
assume_role_name = "audit"
endpoint_url = "{front.url}"
"""
    )
    done = run(
        "tighten", "--current", tmp_path / "template.yaml", "--stack", "orders", "-c", tmp_path / "trailmin.toml",
        "--lake", tmp_path / "lake", "-o", tmp_path / "out", "--ignore-guards",
    )  # fmt: skip
    assert done.exit_code == 10, done.stderr
    (patch,) = (tmp_path / "out" / "patches").glob("*.diff")
    text = patch.read_text(encoding="utf-8")
    assert "-                Action: sqs:*\n+                Action: sqs:GetQueueAttributes\n" in text
    assert "\n                 Resource: !GetAtt Jobs.Arn\n" in text


def test_the_documented_permissions_are_those_that_the_calls_need(front: Front) -> None:
    with actions_called() as called:
        assert fetch_stacks(asked(front, "orders"))
    text = DOCUMENT.read_text(encoding="utf-8").partition("### A stack, asked now")[2]
    block = re.search(r"```json\n(.*?)```", text, re.DOTALL)
    assert block is not None
    (statement,) = json.loads(block[1])["Statement"]
    assert called - {"sts:GetCallerIdentity"} == set(statement["Action"]) == set(STACK_PERMISSIONS)
    assert statement["Resource"] == "arn:aws:cloudformation:*:*:stack/orders-prod/*"
