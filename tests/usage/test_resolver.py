"""Laws of the resolver: total, blind to what does not matter, and legal in all that it emits."""

import random
from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.usage.reading import event_of, is_legal, record
from tests.usage.test_explain import cases
from trailmin.catalog import load_catalog
from trailmin.usage.authorization import Basis, Outcome, Resolution
from trailmin.usage.resolver import Resolver

CATALOG = load_catalog()
RESOLVER = Resolver(CATALOG)

NUMBERS = st.integers(-(2**40), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | NUMBERS | st.text(max_size=12)
WORDS = st.sampled_from(
    [
        "bucketName", "key", "tableName", "functionName", "roleArn", "resourceArn", "name", "items", "queueUrl",
        "keyId", "secretId", "instancesSet", "instanceId", "logGroupName", "requestItems", "transactItems",
        "put", "topicArn", "indexName", "policyArn", "roleName", "path", "stackName", "logStreamName", "documentName",
        "x-amz-copy-source", "fullyQualifiedArn", "arnPrefix", "content", "cluster", "taskDefinition", "streamArn",
        "service", "eventBusName", "resourceId", "stateMachineArn", "aliasName", "targetKeyId", "qualifier",
    ]
)  # fmt: skip
TEXTS = st.sampled_from(
    [
        "arn:aws:s3:::b/k", "arn:aws:iam::1:role/", "arn:::::", "arn:aws:dynamodb:us-east-1:111122223333:table/T",
        "arn:aws:lambda:us-east-1:111122223333:function:f:g:h", "arn:aws:kms:r:a:alias/x", "/", "*", "${*}", "i-1", "",
        "a/index/b", "x:y", "a/b", "arn:aws:sns:us-east-1:111122223333:t:x:y",
        "arn:aws:logs:r:1:log-group:g:log-stream:s",
        "arn:aws:iam::111122223333:role/a/b", "arn:aws:ec2:us-east-1:1:instance/i-1", "arn:*:*:*:*:*", "alias/a/b",
    ]
)  # fmt: skip
JSON = st.recursive(
    SCALARS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
CALLS = st.sampled_from(
    [
        ("s3", "GetObject"), ("s3", "CopyObject"), ("s3", "PutBucketReplication"), ("dynamodb", "TransactWriteItems"),
        ("dynamodb", "BatchGetItem"), ("dynamodb", "Query"), ("dynamodb", "GetRecords"), ("lambda", "Invoke"),
        ("lambda", "CreateFunction20150331"), ("logs", "CreateLogStream"), ("sqs", "SendMessage"), ("sns", "Publish"),
        ("kms", "ReEncrypt"), ("kms", "CreateAlias"), ("secretsmanager", "GetSecretValue"), ("ssm", "SendCommand"),
        ("ssm", "StartAutomationExecution"), ("sts", "AssumeRole"), ("iam", "CreateRole"), ("iam", "GetUser"),
        ("ec2", "RunInstances"), ("ec2", "CreateTags"), ("ecs", "RunTask"), ("ecs", "UpdateService"),
        ("events", "PutTargets"), ("events", "PutEvents"), ("states", "StartExecution"), ("apigateway", "GetRestApi"),
        ("cloudformation", "CreateStack"), ("rds", "CreateDBInstance"), ("nosuch", "Thing"),
    ]
)  # fmt: skip


ANY_CALL = st.sampled_from([(prefix, name) for prefix in CATALOG.services() for name in CATALOG.operations(prefix)])


def shuffled(value: Any, seed: int) -> Any:
    """The same JSON with its keys in another order and another letter case, and with keys that nobody knows."""
    rng = random.Random(seed)
    if isinstance(value, Mapping):
        keys = list(value)
        rng.shuffle(keys)
        return {_recased(key, rng): shuffled(value[key], seed) for key in keys} | {"zzUnheardOf": "arn:aws:s3:::zz/zz"}
    return [shuffled(element, seed) for element in value] if isinstance(value, list) else value


def turned(value: Any, rng: random.Random) -> Any:
    """The same JSON with the keys of every object in another order."""
    if isinstance(value, Mapping):
        keys = list(value)
        rng.shuffle(keys)
        return {key: turned(value[key], rng) for key in keys}
    return [turned(element, rng) for element in value] if isinstance(value, list) else value


def _recased(key: str, rng: random.Random) -> str:
    return rng.choice([key, key.upper(), key.lower(), key.swapcase()]) if key.isascii() else key


@settings(max_examples=600)
@given(call=CALLS, parameters=JSON, resources=JSON)
def test_every_resolution_is_legal(call: tuple[str, str], parameters: Any, resources: Any) -> None:
    resolution = RESOLVER.resolve(event_of(record(*call, parameters, resources=resources)))
    assert isinstance(resolution, Resolution)
    for one in resolution.authorizations:
        assert one.resources == tuple(sorted(set(one.resources)))
        for resource in one.resources:
            assert is_legal(CATALOG, one.action, resource), (one.action, resource)


@settings(max_examples=400)
@given(call=ANY_CALL, parameters=JSON, seed=st.integers(0, 1000))
def test_any_operation_gets_legal_resources_whatever_the_order_of_its_request(
    call: tuple[str, str], parameters: Any, seed: int
) -> None:
    resolution = RESOLVER.resolve(event_of(record(*call, parameters)))
    for one in resolution.authorizations:
        assert all(is_legal(CATALOG, one.action, resource) for resource in one.resources), one
    rng = random.Random(seed)
    assert RESOLVER.resolve(event_of(record(*call, turned(parameters, rng)))) == resolution


@settings(max_examples=60)
@given(case=st.sampled_from(cases()), seed=st.integers(0, 1000))
def test_order_spelling_and_unknown_keys_do_not_matter(case: Any, seed: int) -> None:
    whole = dict(case.values[0])
    parameters = whole["requestParameters"]
    if isinstance(parameters, dict) and "requestItems" not in parameters:
        whole["requestParameters"] = shuffled(parameters, seed)
    assert RESOLVER.resolve(event_of(whole)) == RESOLVER.resolve(event_of(case.values[0]))


@settings(max_examples=200)
@given(source=st.text(max_size=20), name=st.text(min_size=1, max_size=20), code=st.none() | st.text(max_size=12))
def test_no_name_or_error_code_is_too_strange(source: str, name: str, code: str | None) -> None:
    named = {"eventSource": source.strip() or "x", "eventName": name.strip() or "y", "errorCode": code}
    assert isinstance(RESOLVER.resolve(event_of({**record("x", "y", {"a": 1}), **named})), Resolution)


def test_every_case_emits_legal_resources() -> None:
    for case in cases():
        for one in RESOLVER.resolve(event_of(case.values[0])).authorizations:
            assert all(is_legal(CATALOG, one.action, resource) for resource in one.resources), one


def test_deep_nesting_and_odd_types_are_survived() -> None:
    deep: Any = "arn:aws:s3:::b/k"
    for _ in range(200):
        deep = {"bucketName": deep}
    for parameters in (deep, [1, 2], "null", 7, True, {"bucketName": 5, "key": ["a"]}, {"bucketName": {"x": None}}):
        assert RESOLVER.resolve(event_of(record("s3", "GetObject", parameters))).outcome is Outcome.ALLOWED


def test_redacted_values_name_nothing() -> None:
    event = event_of(record("secretsmanager", "GetSecretValue", {"secretId": "HIDDEN_DUE_TO_SECURITY_REASONS"}))
    [one] = RESOLVER.resolve(event).authorizations
    assert one.resources == ("arn:aws:secretsmanager:us-east-1:111122223333:secret:*",)


def test_without_region_and_account_only_these_segments_are_unknown() -> None:
    whole = record("dynamodb", "GetItem", {"tableName": "T"}, recipientAccountId=None, awsRegion=None)
    whole["userIdentity"] = {"type": "AWSService", "invokedBy": "x.amazonaws.com"}
    [one] = RESOLVER.resolve(event_of(whole)).authorizations
    assert one.resources == ("arn:aws:dynamodb:*:*:table/T",)


def test_a_guess_says_so() -> None:
    for source, name in (("dynamodb", "DescribeTableV2"), ("lambda", "ListFunctionsV2")):
        resolution = RESOLVER.resolve(event_of(record(source, name, None)))
        assert resolution.unmapped
        assert all(one.basis is Basis.GUESS for one in resolution.authorizations)


def test_records_before_event_types_are_calls_and_insights_are_not() -> None:
    old = record("s3", "ListBuckets")
    del old["eventType"]
    assert RESOLVER.resolve(event_of(old)).outcome is Outcome.ALLOWED
    insight = {**record("s3", "ListBuckets"), "eventCategory": "Insight"}
    assert RESOLVER.resolve(event_of(insight)).outcome is Outcome.NOT_AN_API_CALL
