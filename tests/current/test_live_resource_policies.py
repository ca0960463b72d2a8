"""Resource-based policies asked of AWS: moto's server answers, over HTTP."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer
from typer.testing import CliRunner

from tests.current.written import details, snapshot
from trailmin.cli.app import build_app
from trailmin.current.live_clients import aws_client
from trailmin.current.live_resource_policies import fetch_resource_policies
from trailmin.current.snapshot import read_snapshot
from trailmin.current.source_links import EVENTS, S3, SNS
from trailmin.errors import CurrentError

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
    yield f"http://{host}:{port}"
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


def test_a_refusal_names_the_permissions() -> None:
    class Refusing:
        def __getattr__(self, name: str) -> Any:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, name)

    with pytest.raises(CurrentError) as raised:
        fetch_resource_policies(lambda _service, _region: Refusing(), [REGION])
    assert "s3:GetBucketPolicy" in str(raised.value.hint)
