"""The Lambda examples that every tutorial has, from their bad to their good form through the whole pipeline."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.iac.case import read_source
from tests.iac.deployment import ACCOUNT, Call, write_logs, write_snapshot
from tests.iac.parsers import parse
from trailmin.cli.app import build_app
from trailmin.current import SourceFormat

S3, DYNAMODB, SQS = "s3.amazonaws.com", "dynamodb.amazonaws.com", "sqs.amazonaws.com"
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
LOGS = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": "*",
        }
    ],
}
FULL_S3 = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}

WORKER = """AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Uploads:
    Type: AWS::S3::Bucket
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: app.handler
      CodeUri: s3://code/app.zip
      Policies:
        # Everything, so that it works.
        - AmazonS3FullAccess
        - Statement:
            - Effect: Allow
              Action: dynamodb:*   # the table
              Resource: !GetAtt Orders.Arn
"""

PROCESSOR = """service: uploads
provider:
  name: aws
  runtime: nodejs20.x
  stage: ${opt:stage, 'dev'}
  region: eu-west-1
  iam:
    role:
      statements:
        # copies what comes in to the archive account
        - Effect: Allow
          Action: s3:*
          Resource: "*"
functions:
  copy:
    handler: index.copy
"""

API = """AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Items:
    Type: AWS::Serverless::SimpleTable
  Get:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: app.get
      CodeUri: s3://code/app.zip
      Policies:
        - DynamoDBCrudPolicy:
            TableName: !Ref Items   # the only one
      Events:
        Get: {Type: Api, Properties: {Path: "/items/{id}", Method: get}}
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(build_app(), [str(a) for a in arguments])


def tightened(folder: Path, role: str, calls: Sequence[Call], current: Sequence[Path], *more: str) -> dict[str, Any]:
    """Ingest the role's logs and tighten it; the JSON of the role."""
    logs, lake = write_logs(folder / "logs", role, calls), folder / "lake"
    assert run("ingest", logs, "--lake", lake, "--workers", "1").exit_code == 0
    options = [part for path in current for part in ("--current", path)]
    result = run("tighten", role, *options, "--lake", lake, "-o", folder / "out", "--json", *more)
    assert result.exit_code == 10, result.stdout + result.stderr
    (found,) = json.loads(result.stdout)["roles"]
    assert found["proof"]["proven"]
    assert found["replay"]["passed"]
    return dict(found)


def patched(folder: Path, source: Path) -> str:
    """The source after git applied the run's one patch."""
    (patch,) = (folder / "out" / "patches").glob("*.diff")
    subprocess.run(["git", "init", "-q"], cwd=source.parent, check=True)
    subprocess.run(["git", "apply", str(patch)], cwd=source.parent, check=True)
    return source.read_text(encoding="utf-8")


def statement(actions: str | list[str], *resources: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": list(resources)}


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")


def test_an_over_privileged_worker(tmp_path: Path) -> None:
    role, table = "shop-WorkerRole-1A2B3C4D5E6F", f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/shop-Orders-QWERTZ123456"
    source = tmp_path / "repo" / "template.yaml"
    source.parent.mkdir()
    source.write_text(WORKER, encoding="utf-8")
    snapshot = write_snapshot(
        tmp_path / "snapshot",
        role,
        {"WorkerRolePolicy1": {"Statement": [statement("dynamodb:*", table)]}},
        aws_managed={BASIC: LOGS, "arn:aws:iam::aws:policy/AmazonS3FullAccess": FULL_S3},
    )
    calls: list[Call] = [
        (S3, "GetObject", {"bucketName": "shop-uploads-abc", "key": "in/{day}.json"}),
        (DYNAMODB, "PutItem", {"tableName": "shop-Orders-QWERTZ123456"}),
    ]
    tightened(tmp_path, role, calls, [snapshot, source], "--drop-unobservable", "s3")
    text = patched(tmp_path, source)
    assert "# Everything, so that it works." in text
    assert "AmazonS3FullAccess" not in text
    assert "s3:GetObject" in text
    assert "Action: dynamodb:PutItem   # the table" in text
    assert "Resource: !GetAtt Orders.Arn" in text
    parse(source, SourceFormat.SAM, text)


def test_an_upload_processor_that_only_puts_into_another_accounts_bucket(tmp_path: Path) -> None:
    role = "uploads-prod-eu-west-1-lambdaRole"
    source = tmp_path / "repo" / "serverless.yml"
    source.parent.mkdir()
    source.write_text(PROCESSOR, encoding="utf-8")
    group = f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/aws/lambda/uploads-prod*"
    own = [
        statement(["logs:CreateLogStream", "logs:CreateLogGroup", "logs:TagResource"], f"{group}:*"),
        statement("logs:PutLogEvents", f"{group}:*:*"),
        statement("s3:*", "*"),
    ]
    document = {"Version": "2012-10-17", "Statement": own}
    snapshot = write_snapshot(tmp_path / "snapshot", role, {"uploads-prod-lambda": document})
    calls: list[Call] = [(S3, "PutObject", {"bucketName": "archive-of-others", "key": "incoming/{day}.bin"})]
    tightened(tmp_path, role, calls, [snapshot, source], "--drop-unobservable", "s3")
    text = patched(tmp_path, source)
    assert "# copies what comes in to the archive account" in text
    assert "Action: s3:PutObject" in text
    assert "arn:aws:s3:::archive-of-others/incoming/" in text
    assert 'Resource: "*"' not in text
    parse(source, SourceFormat.SERVERLESS, text)


def test_an_api_with_a_table(tmp_path: Path) -> None:
    role, table = "items-GetRole-1A2B3C4D5E6F", "items-Items-QWERTZ123456"
    source = tmp_path / "repo" / "template.yaml"
    source.parent.mkdir()
    source.write_text(API, encoding="utf-8")
    stack = {
        "StackResources": [
            {
                "StackName": "items",
                "StackId": f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/items/1",
                "LogicalResourceId": name,
                "PhysicalResourceId": physical,
                "ResourceType": kind,
            }
            for name, physical, kind in (
                ("Items", table, "AWS::DynamoDB::Table"),
                ("GetRole", role, "AWS::IAM::Role"),
                ("Get", "items-Get-ZXCVBNM12345", "AWS::Lambda::Function"),
            )
        ]
    }
    (source.parent / "stack-resources.json").write_text(json.dumps(stack), encoding="utf-8")
    ((policy,),) = [r.policies for r in read_source(source).roles]
    snapshot = write_snapshot(
        tmp_path / "snapshot", role, {"GetRolePolicy0": json.loads(policy.text)}, aws_managed={BASIC: LOGS}
    )
    calls: list[Call] = [(DYNAMODB, "GetItem", {"tableName": table}), (DYNAMODB, "Query", {"tableName": table})]
    tightened(tmp_path, role, calls, [snapshot, source.parent])
    text = patched(tmp_path, source)
    assert "DynamoDBCrudPolicy" not in text
    assert "- dynamodb:GetItem" in text
    assert "PutItem" not in text
    assert "!GetAtt Items.Arn" in text
    parse(source, SourceFormat.SAM, text)


def test_a_template_alone_is_tightened_and_finds_its_role_by_logical_id(tmp_path: Path) -> None:
    source = tmp_path / "repo" / "template.yaml"
    source.parent.mkdir()
    shutil.copyfile(Path(__file__).parent / "corpus" / "cfn-role-policy-resource.yaml", source)
    role = "live-Worker-1A2B3C4D5E6F"
    calls: list[Call] = [(SQS, "GetQueueUrl", {"queueName": "jobs"}), (S3, "ListBuckets", {})]
    found = tightened(tmp_path, role, calls, [source])
    assert found["role"] == role
    assert "sqs:*" not in patched(tmp_path, source)


SHARED = """Resources:
  Worker:
    Type: AWS::IAM::Role
    Properties: {RoleName: worker, AssumeRolePolicyDocument: {}}
  Other:
    Type: AWS::IAM::Role
    Properties: {RoleName: other, AssumeRolePolicyDocument: {}}
  Both:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: both
      Roles: [!Ref Worker, !Ref Other]
      PolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Action: [sqs:CreateQueue, sqs:DeleteQueue], Resource: "*"}]
"""


def test_a_role_that_is_named_alone_takes_nothing_from_one_that_shares_its_policy(tmp_path: Path) -> None:
    source = tmp_path / "template.yaml"
    source.write_text(SHARED, encoding="utf-8")
    calls = [(SQS, "CreateQueue", {"queueName": "jobs"})]
    found = tightened(tmp_path, "worker", calls, [source])
    assert found["status"] == "tightened"
    assert not (tmp_path / "out" / "patches").exists()
    (listed,) = (tmp_path / "out").rglob("changes.json")
    (refused,) = json.loads(listed.read_text(encoding="utf-8"))["sources"][0]["refused"]
    assert "make policies of several roles" in refused["reason"]
