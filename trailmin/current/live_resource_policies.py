"""Resource-based policies and what makes services call, asked of AWS itself, as the files of a snapshot."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from trailmin.current.resource_policy_files import RESOURCE_POLICIES
from trailmin.current.source_links import BUCKET_NOTIFICATIONS, RULE_TARGETS, RULES, SUBSCRIPTIONS, rule_targets_path
from trailmin.errors import CurrentError

_File = tuple[str, Mapping[str, Any]]
_Client = Any

_NONE = frozenset(
    {"NoSuchBucketPolicy", "ResourceNotFoundException", "RepositoryPolicyNotFoundException", "NoSuchConfiguration"}
)
"""Error codes that say that a resource has no policy, or is gone. Source: API references of S3, Lambda and ECR."""

_SAFE = re.compile(r"[\w.-]+", re.ASCII)
_NEEDED = (
    "lambda:ListFunctions, lambda:GetPolicy, s3:ListAllMyBuckets, s3:GetBucketPolicy, s3:GetBucketNotification, "
    "sqs:ListQueues, sqs:GetQueueAttributes, sns:ListTopics, sns:GetTopicAttributes, sns:ListSubscriptions, "
    "kms:ListKeys, kms:GetKeyPolicy, secretsmanager:ListSecrets, secretsmanager:GetResourcePolicy, "
    "ecr:DescribeRepositories, ecr:GetRepositoryPolicy, events:ListEventBuses, events:DescribeEventBus, "
    "events:ListRules, events:ListTargetsByRule, apigateway:GET"
)


def fetch_resource_policies(client_of: Callable[[str, str | None], _Client], regions: Sequence[str]) -> dict[str, Any]:
    """Return the files of a snapshot by their paths below its folder, sorted: outputs of the AWS CLI.

    Args:
        client_of: Gives boto3's client of a service in a region.
        regions: Where to look; buckets are asked for in the first.

    Raises:
        CurrentError: AWS refuses; the hint names the permissions.
    """
    try:
        found = dict(_buckets(client_of("s3", regions[0])))
        rules: list[Mapping[str, Any]] = []
        subscriptions: list[Mapping[str, Any]] = []
        for region in regions:
            for service, fetch in _FETCHERS.items():
                for name, output in fetch(client_of(service, region)):
                    found[f"{RESOURCE_POLICIES}/{service}/{region}/{_stem(name)}.json"] = output
            subscriptions += _pages(client_of("sns", region), "list_subscriptions", "Subscriptions")
            for rule, targets in _rules(client_of("events", region)):
                rules.append(rule)
                found[f"{RULE_TARGETS}/{rule_targets_path(rule['Arn'])}"] = targets
    except (ClientError, BotoCoreError) as error:
        raise CurrentError(
            f"AWS does not tell the resource-based policies: {error}", hint=f"allow {_NEEDED}"
        ) from error
    asked = sorted(regions)
    found[RULES] = {"Regions": asked, "Rules": sorted(rules, key=lambda rule: str(rule["Arn"]))}
    found[SUBSCRIPTIONS] = {
        "Regions": asked,
        "Subscriptions": sorted(subscriptions, key=lambda one: (str(one["TopicArn"]), str(one["SubscriptionArn"]))),
    }
    return dict(sorted(found.items()))


def _buckets(client: _Client) -> Iterator[_File]:
    for bucket in client.list_buckets()["Buckets"]:
        name = bucket["Name"]
        for output in _answer(client.get_bucket_policy, Bucket=name):
            yield f"{RESOURCE_POLICIES}/s3/{name}.json", output
        for output in _answer(client.get_bucket_notification_configuration, Bucket=name):
            yield f"{BUCKET_NOTIFICATIONS}/{name}.json", output


def _functions(client: _Client) -> Iterator[_File]:
    for function in _pages(client, "list_functions", "Functions"):
        name = function["FunctionName"]
        yield from ((name, output) for output in _answer(client.get_policy, FunctionName=name))


def _queues(client: _Client) -> Iterator[_File]:
    for url in _pages(client, "list_queues", "QueueUrls"):
        asked = {"QueueUrl": url, "AttributeNames": ["Policy", "QueueArn"]}
        yield from ((url.rpartition("/")[2], output) for output in _answer(client.get_queue_attributes, **asked))


def _topics(client: _Client) -> Iterator[_File]:
    for topic in _pages(client, "list_topics", "Topics"):
        arn = topic["TopicArn"]
        yield from ((arn.rpartition(":")[2], output) for output in _answer(client.get_topic_attributes, TopicArn=arn))


def _keys(client: _Client) -> Iterator[_File]:
    for key in _pages(client, "list_keys", "Keys"):
        asked = {"KeyId": key["KeyId"], "PolicyName": "default"}
        yield from ((key["KeyId"], output) for output in _answer(client.get_key_policy, **asked))


def _secrets(client: _Client) -> Iterator[_File]:
    for secret in _pages(client, "list_secrets", "SecretList"):
        arn = secret["ARN"]
        yield from ((secret["Name"], output) for output in _answer(client.get_resource_policy, SecretId=arn))


def _repositories(client: _Client) -> Iterator[_File]:
    for repository in _pages(client, "describe_repositories", "repositories"):
        name = repository["repositoryName"]
        yield from ((name, output) for output in _answer(client.get_repository_policy, repositoryName=name))


def _buses(client: _Client) -> Iterator[_File]:
    for bus in _all(client.list_event_buses, "EventBuses"):
        yield from ((bus["Name"], output) for output in _answer(client.describe_event_bus, Name=bus["Name"]))


def _apis(client: _Client) -> Iterator[_File]:
    for api in _pages(client, "get_rest_apis", "items"):
        yield from ((api["id"], output) for output in _answer(client.get_rest_api, restApiId=api["id"]))


def _rules(client: _Client) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    for bus in _all(client.list_event_buses, "EventBuses"):
        asked = {"EventBusName": bus["Name"]}
        for rule in _pages(client, "list_rules", "Rules", **asked):
            targets = list(_pages(client, "list_targets_by_rule", "Targets", Rule=rule["Name"], **asked))
            yield {"Name": rule["Name"], "Arn": rule["Arn"]}, {"Targets": [_target(one) for one in targets]}


def _target(target: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is needed of a target: its input may hold what is nobody's business."""
    return {"Id": target["Id"], "Arn": target["Arn"]}


def _pages(client: _Client, operation: str, items: str, **asked: object) -> Iterator[Any]:
    for page in client.get_paginator(operation).paginate(**asked):
        yield from page.get(items, ())


def _all(ask: Callable[..., Mapping[str, Any]], items: str) -> Iterator[Any]:
    """What an operation without a paginator lists."""
    token: Mapping[str, str] = {}
    while True:
        answer = ask(**token)
        yield from answer.get(items, ())
        if not answer.get("NextToken"):
            return
        token = {"NextToken": answer["NextToken"]}


def _answer(ask: Callable[..., Mapping[str, Any]], **asked: object) -> Iterator[Mapping[str, Any]]:
    """The answer without its metadata; nothing where there is no policy."""
    try:
        answer = dict(ask(**asked))
    except ClientError as error:
        if error.response["Error"]["Code"] in _NONE:
            return
        raise
    kept = {key: value for key, value in answer.items() if key != "ResponseMetadata"}
    yield {key: value for key, value in kept.items() if isinstance(value, str | dict | list)}


def _stem(name: str) -> str:
    """A file's name for a resource's; one that cannot be a file's name with a hash of it."""
    if _SAFE.fullmatch(name):
        return name
    tamed = re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)
    return f"{tamed}-{hashlib.sha256(name.encode()).hexdigest()[:10]}"


_FETCHERS: Mapping[str, Callable[[_Client], Iterable[_File]]] = {
    "lambda": _functions,
    "sqs": _queues,
    "sns": _topics,
    "kms": _keys,
    "secretsmanager": _secrets,
    "ecr": _repositories,
    "events": _buses,
    "apigateway": _apis,
}
