"""Resource-based policies asked of AWS: moto's server answers, over HTTP."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer
from typer.testing import CliRunner

from tests.current.calls import actions_called
from tests.current.written import details, snapshot
from trailmin.cli.app import build_app
from trailmin.current.live_clients import aws_client
from trailmin.current.live_resource_policies import POLICY_ACTIONS, fetch_resource_policies
from trailmin.current.live_snapshot import write_files
from trailmin.current.resource_policy_files import NOT_TOLD, SERVICES
from trailmin.current.snapshot import read_snapshot
from trailmin.current.source_links import EVENTS, S3, SNS

REGION = "eu-west-1"
OURS = "123456789012"
"""Moto's account."""


@pytest.fixture
def moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    urlopen(Request(f"{url}/moto-api/reset", method="POST")).close()
    yield url
    server.stop()


def policy(action: str, resource: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": OURS}, "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def function_code() -> bytes:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", "def handler(event, context): pass\n")
    return code.getvalue()


def fill(endpoint: str) -> str:
    """Make one resource of each service; return the ARN of the function."""

    def client(service: str) -> Any:
        return aws_client(service, region=REGION, endpoint_url=endpoint)

    role = client("iam").create_role(RoleName="resize", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    function: str = client("lambda").create_function(
        FunctionName="resize",
        Runtime="python3.11",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": function_code()},
    )["FunctionArn"]
    client("lambda").add_permission(
        FunctionName="resize", StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com"
    )
    where = {"LocationConstraint": REGION}
    for name in ("photos", "bare"):
        client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=where)
    client("s3").put_bucket_policy(Bucket="photos", Policy=policy("s3:GetObject", "arn:aws:s3:::photos/*"))
    client("s3").put_bucket_notification_configuration(
        Bucket="photos",
        NotificationConfiguration={
            "LambdaFunctionConfigurations": [{"LambdaFunctionArn": function, "Events": ["s3:ObjectCreated:*"]}]
        },
    )
    queue = f"arn:aws:sqs:{REGION}:{OURS}:jobs"
    client("sqs").create_queue(QueueName="jobs", Attributes={"Policy": policy("sqs:SendMessage", queue)})
    client("sns").create_topic(Name="news")
    client("kms").create_key()
    secret = client("secretsmanager").create_secret(Name="team/db", SecretString="x")["ARN"]
    client("secretsmanager").put_resource_policy(
        SecretId=secret, ResourcePolicy=policy("secretsmanager:GetSecretValue", "*")
    )
    client("ecr").create_repository(repositoryName="team/app")
    client("ecr").set_repository_policy(repositoryName="team/app", policyText=policy("ecr:BatchGetImage", "*"))
    client("events").put_rule(Name="nightly", ScheduleExpression="rate(1 day)")
    client("events").put_targets(Rule="nightly", Targets=[{"Id": "1", "Arn": function, "Input": '{"secret": 1}'}])
    client("events").create_event_bus(Name="orders")
    client("events").put_rule(Name="nightly", EventBusName="orders", EventPattern='{"source": ["shop"]}')
    client("events").put_targets(Rule="nightly", EventBusName="orders", Targets=[{"Id": "1", "Arn": queue}])
    return function


def test_what_aws_tells_is_a_snapshot(moto: str, tmp_path: Path) -> None:
    function = fill(moto)
    folder = snapshot(tmp_path, details())
    arguments = ["snapshot", "resource-policies", str(folder), "--region", REGION, "--endpoint-url", moto]
    done = CliRunner().invoke(build_app(), arguments)
    assert done.exit_code == 0, done.stderr
    (account,) = read_snapshot(folder).accounts.values()
    services = [one.service for one in account.resource_policies or ()]
    assert {"s3", "lambda", "sqs", "sns", "kms", "secretsmanager", "ecr"} <= set(services)
    assert services.count("s3") == 1
    links = {(link.service, link.source.rpartition(":")[2], link.target) for link in account.source_links.links}
    assert links == {
        ("s3.amazonaws.com", "photos", function),
        ("events.amazonaws.com", "rule/nightly", function),
        ("events.amazonaws.com", "rule/orders/nightly", f"arn:aws:sqs:{REGION}:{OURS}:jobs"),
    }
    assert account.source_links.services_known(function) == {S3, EVENTS, SNS}
    assert not any("secret" in path.read_text() for path in folder.rglob("rule-targets/**/*.json"))


class Refusing:
    """A client of whom everything is refused, or one operation."""

    def __init__(self, client: Any = None, operation: str = "") -> None:
        self.client, self.operation = client, operation

    def __getattr__(self, name: str) -> Any:
        if self.client is not None and name != self.operation:
            return getattr(self.client, name)

        def refuse(**_asked: object) -> Any:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, name)

        return refuse if self.client is not None else refuse()


def test_a_refusal_names_the_permissions_of_every_part() -> None:
    told = fetch_resource_policies(lambda _service, _region: Refusing(), [REGION])
    assert told.files == {NOT_TOLD: {"Services": sorted(SERVICES)}}
    assert any("s3:ListAllMyBuckets and s3:GetBucketPolicy" in text for text in told.missing)
    assert len(told.missing) == len(SERVICES) + 3


def test_what_is_refused_does_not_keep_the_rest_from_being_told(moto: str) -> None:
    fill(moto)

    def client_of(service: str, region: str | None) -> Any:
        client = aws_client(service, region=region, endpoint_url=moto)
        return Refusing(client, "get_key_policy") if service == "kms" else client

    with actions_called() as called:
        told = fetch_resource_policies(client_of, [REGION])
    assert called | {"kms:GetKeyPolicy"} == set(POLICY_ACTIONS)
    (missing,) = told.missing
    needed = "kms:ListKeys and kms:GetKeyPolicy"
    assert missing.startswith(f"resource-policies/kms in {REGION} is not known of 1 ({needed})")
    assert told.files[NOT_TOLD] == {"Services": ["kms"]}
    assert any(name.startswith("resource-policies/lambda/") for name in told.files)


def test_a_snapshot_that_is_taken_again_has_nothing_old_and_keeps_a_team_s_documents(tmp_path: Path) -> None:
    old, own = tmp_path / "resource-policies/s3/old.json", tmp_path / "resource-policies/s3/own.json"
    write_files(tmp_path, {"resource-policies/s3/old.json": {"Policy": "{}"}})
    own.write_text(policy("s3:GetObject", "*"))
    write_files(tmp_path, {"resource-policies/s3/own.json": {"Policy": "{}"}, "rules.json": {"Rules": []}})
    assert not old.exists()
    assert "Statement" in json.loads(own.read_text())
