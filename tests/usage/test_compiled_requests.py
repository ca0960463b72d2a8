"""Laws of compiled requests: they say exactly what the readers say, whatever requests came before."""

import random
import re
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.usage.reading import event_of, record
from trailmin.catalog import OperationRule, load_catalog
from trailmin.trail import Event
from trailmin.usage.authorization import Outcome, Resolution
from trailmin.usage.call import read_call
from trailmin.usage.compiled_requests import Allowance, CompiledRequests
from trailmin.usage.plan import OperationPlan

CATALOG = load_catalog()
VALUES = (
    "i-0123456789abcdef0", "mi-0123456789abcdef0", "vpc-0a1b2c3d", "snap-0a1b2c3d", "111122223333", "prod", "7",
    "AWS-RunShellScript", "AmazonThing", "aws-service-role", "false", "true", "HIDDEN_DUE_TO_SECURITY_REASONS", "***",
    "*", "a*b", "${x}", "$LATEST", "alias/key", "ap-x-s3alias", "p--ol-s3", "b--use1-az4--x-s3", "job", "accesspoint",
    "storage-lens", "domain", "default", "parameter", "/app/db/password", "//x", "a/b", "a/", "/", "a:b",
    "2026/03/01/[$LATEST]0a", "arn:aws:iam::444455556666:role/team/x", "arn:aws:s3:::b/k", "arn%3Aaws%3As3%3A%3A%3Ab",
    "ARN%3Aaws:x", "anthropic.model-v1", "us.anthropic.model", "ou-abcd-12345678", "r-abcd", "example.com",
    "someone@example.com", "ecs:c_t_1", "aws:kms", "https://sqs.us-east-1.amazonaws.com/111122223333/q",
    "SELECT * FROM T", "é", "a b", "tab\there", 'q"uote', "\\", "",
)  # fmt: skip
SCALARS = st.sampled_from([*VALUES, 0, 7, 2**40, 1.5, True, False, None])
NESTED = st.sampled_from([{}, [], {"items": [{"name": "a", "values": ['}"]']}]}, ["a"], [{"a": []}]])
NAMES = (
    "bucketName", "key", "name", "tableName", "functionName", "qualifier", "secretId", "keyId", "logGroupName", "path",
    "logStreamName", "instanceId", "roleName", "userName", "indexName", "documentName", "resourceArn", "policyArn",
    "clusterName", "versionId", "tags", "filterSet", "nextToken", "maxResults", "roleArn", "bucket",
    "x-amz-server-side-encryption",
)  # fmt: skip
CALLS = (
    ("s3", "GetObject"), ("s3", "PutObject"), ("dynamodb", "PutItem"), ("dynamodb", "Query"), ("lambda", "Invoke"),
    ("lambda", "GetFunction"), ("secretsmanager", "GetSecretValue"), ("kms", "Decrypt"), ("kms", "CreateAlias"),
    ("logs", "CreateLogStream"), ("logs", "CreateLogGroup"), ("ssm", "GetParameter"), ("ssm", "SendCommand"),
    ("ssm", "UpdateInstanceInformation"), ("sts", "AssumeRole"), ("iam", "GetRole"), ("iam", "CreateRole"),
    ("ec2", "DescribeInstances"), ("ec2", "TerminateInstances"), ("ec2", "RunInstances"), ("ecs", "RunTask"),
    ("eks", "DescribeCluster"), ("glue", "GetTable"), ("bedrock", "InvokeModel"), ("appconfig", "GetEnvironment"),
    ("organizations", "DescribeAccount"), ("sqs", "SendMessage"), ("sns", "Publish"), ("iam", "GetUser"),
    ("apigateway", "GetRestApi"), ("dynamodb", "ExecuteStatement"), ("cloudformation", "CreateStack"),
)  # fmt: skip
LISTED = [{"ARN": "arn:aws:kms:us-east-1:111122223333:key/k", "type": "AWS::KMS::Key"}]


@cache
def plan_of(source: str, name: str) -> OperationPlan:
    rule = CATALOG.operation(source, name)
    assert isinstance(rule, OperationRule)
    return OperationPlan(CATALOG, rule, name, {})


def read_alone(event: Event) -> Resolution:
    """What the readers make of an event, without anything that other events taught."""
    plan = plan_of(event.source, event.name)
    return plan.resolution(Outcome.ALLOWED, plan.authorizations(read_call(event)))


@settings(max_examples=150)
@given(
    call=st.sampled_from(CALLS),
    first=st.dictionaries(st.sampled_from(NAMES), SCALARS, max_size=5),
    nested=st.dictionaries(st.sampled_from(NAMES), NESTED, max_size=2),
    others=st.lists(SCALARS, min_size=12, max_size=12),
    listed=st.sampled_from([None, LISTED]),
)
def test_a_request_is_resolved_as_if_it_was_the_only_one(
    call: tuple[str, str], first: dict[str, Any], nested: dict[str, Any], others: list[Any], listed: Any
) -> None:
    compiled = CompiledRequests(plan_of(f"{call[0]}.amazonaws.com", call[1]), Allowance())
    keys = list(first) or ["name"]
    changed = [{**first, keys[number % len(keys)]: value} for number, value in enumerate(others)]
    for request in [first] * 4 + changed + changed:
        event = event_of(record(*call, {**request, **nested}, resources=listed))
        assert compiled.resolution_of(event) in (None, read_alone(event))


def test_so_it_is_for_operations_of_all_services() -> None:
    rng = random.Random(5)
    compared = 0
    for prefix in CATALOG.services():
        patterns = [pattern for kind in CATALOG.resource_types(prefix) for pattern in kind.arn_patterns]
        names = sorted({name[0].lower() + name[1:] for text in patterns for name in re.findall(r"\$\{(\w+)\}", text)})
        for operation in rng.choices(CATALOG.operations(prefix) or [""], k=1):
            source = f"{prefix}.amazonaws.com"
            if isinstance(CATALOG.operation(source, operation), OperationRule):
                keys = rng.sample(names, k=min(3, len(names))) + rng.sample(NAMES, k=2)
                compared += compare(source, operation, keys, rng)
    assert compared > 500


def compare(source: str, operation: str, keys: list[str], rng: random.Random) -> int:
    """Resolve requests that differ in single values; returns how many were resolved by their shape."""
    compiled = CompiledRequests(plan_of(source, operation), Allowance())
    base = {key: f"name-{rng.randrange(9)}" for key in keys}
    found = 0
    for number in range(10):
        changed = {key: rng.choice(VALUES) for key in base if number > 3 and rng.random() < 0.5}
        event = event_of(record(source.removesuffix(".amazonaws.com"), operation, {**base, **changed}))
        resolution = compiled.resolution_of(event)
        found += resolution is not None
        assert resolution in (None, read_alone(event)), (operation, event.request_parameters)
    return found


@pytest.mark.parametrize(
    ("call", "first", "other"),
    [
        (("s3", "GetObject"), {"bucketName": "b", "key": "k"}, {"bucketName": "c", "key": "x/$a?b"}),
        (("ssm", "UpdateInstanceInformation"), {"instanceId": "i-0123456789abcdef0"}, {"instanceId": "i-1" + "0" * 16}),
        (("dynamodb", "GetItem"), {"tableName": "T", "key": {"id": "1"}}, {"tableName": "U", "key": {"id": "}{"}}),
        (("ec2", "DescribeVpcs"), {"nextToken": "a", "filterSet": []}, {"nextToken": "=", "filterSet": [{"x": 1}]}),
        (("secretsmanager", "GetSecretValue"), {"secretId": "app"}, {"secretId": "other"}),
        (
            ("logs", "CreateLogStream"),
            {"logGroupName": "/aws/x", "logStreamName": "s"},
            {"logGroupName": "/y", "logStreamName": "[$LATEST]"},
        ),
    ],
)  # fmt: skip
def test_the_third_request_of_a_shape_needs_no_reading(
    call: tuple[str, str], first: dict[str, Any], other: dict[str, Any]
) -> None:
    compiled = CompiledRequests(plan_of(f"{call[0]}.amazonaws.com", call[1]), Allowance())
    taught = [compiled.resolution_of(event_of(record(*call, first))) for _ in range(2)]
    assert taught == [None, None]
    event = event_of(record(*call, other))
    assert compiled.resolution_of(event) == read_alone(event)


@pytest.mark.parametrize("text", ['{"bucketName":"b","bucketName":"c"}', '{"key":"k","bucketName":"b"}', "[]", '"x"'])
def test_other_keys_are_another_shape(text: str) -> None:
    compiled = CompiledRequests(plan_of("s3.amazonaws.com", "ListObjects"), Allowance())
    for _ in range(4):
        compiled.resolution_of(event_of(record("s3", "ListObjects", {"bucketName": "b"})))
    event = replace(event_of(record("s3", "ListObjects")), request_parameters=text)
    assert compiled.resolution_of(event) is None


def test_no_more_is_compiled_than_is_allowed() -> None:
    compiled = CompiledRequests(plan_of("s3.amazonaws.com", "GetObject"), Allowance(shapes=1, templates=1))
    for number in range(64):
        compiled.resolution_of(event_of(record("s3", "GetObject", {"bucketName": "b", f"x{number // 8}": "y"})))
    event = event_of(record("s3", "GetObject", {"bucketName": "b", "x0": "y"}))
    assert compiled.resolution_of(event) == read_alone(event)
    elsewhere = event_of(record("s3", "GetObject", {"bucketName": "b", "x0": "y"}, awsRegion="eu-west-1"))
    assert compiled.resolution_of(elsewhere) in (None, read_alone(elsewhere))
    assert compiled.resolution_of(event_of(record("s3", "GetObject", {"bucketName": "b", "x5": "y"}))) is None
