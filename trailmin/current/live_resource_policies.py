"""Resource-based policies and what makes services call, asked of AWS itself, as the files of a snapshot."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from trailmin.current.live_clients import reason_of
from trailmin.current.resource_policy_files import NOT_TOLD, RESOURCE_POLICIES
from trailmin.current.source_links import BUCKET_NOTIFICATIONS, RULE_TARGETS, RULES, SUBSCRIPTIONS, rule_targets_path

_File = tuple[str, Mapping[str, Any]]
_Client = Any

_NONE = frozenset(
    {"NoSuchBucketPolicy", "ResourceNotFoundException", "RepositoryPolicyNotFoundException", "NoSuchConfiguration"}
)
"""Error codes that say that a resource has no policy, or is gone. Source: API references of S3, Lambda and ECR."""

_SAFE = re.compile(r"[\w.-]+", re.ASCII)
_ACTIONS: Mapping[str, tuple[str, ...]] = {
    f"{RESOURCE_POLICIES}/s3": ("s3:ListAllMyBuckets", "s3:GetBucketPolicy"),
    BUCKET_NOTIFICATIONS: ("s3:ListAllMyBuckets", "s3:GetBucketNotification"),
    f"{RESOURCE_POLICIES}/lambda": ("lambda:ListFunctions", "lambda:GetPolicy"),
    f"{RESOURCE_POLICIES}/sqs": ("sqs:ListQueues", "sqs:GetQueueAttributes"),
    f"{RESOURCE_POLICIES}/sns": ("sns:ListTopics", "sns:GetTopicAttributes"),
    f"{RESOURCE_POLICIES}/kms": ("kms:ListKeys", "kms:GetKeyPolicy"),
    f"{RESOURCE_POLICIES}/secretsmanager": ("secretsmanager:ListSecrets", "secretsmanager:GetResourcePolicy"),
    f"{RESOURCE_POLICIES}/ecr": ("ecr:DescribeRepositories", "ecr:GetRepositoryPolicy"),
    f"{RESOURCE_POLICIES}/events": ("events:ListEventBuses", "events:DescribeEventBus"),
    f"{RESOURCE_POLICIES}/apigateway": ("apigateway:GET",),
    SUBSCRIPTIONS: ("sns:ListSubscriptions",),
    RULES: ("events:ListEventBuses", "events:ListRules", "events:ListTargetsByRule"),
}
"""What is asked for to the actions that it takes."""

POLICY_ACTIONS = tuple(sorted({action for actions in _ACTIONS.values() for action in actions}))
"""All that asking for policies on resources takes, each on `*`: which resources there are is not known before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldPolicies:
    """What AWS told, and what it did not."""

    files: Mapping[str, Any]
    """Files of a snapshot by their paths below its folder, sorted: outputs of the AWS CLI."""
    missing: tuple[str, ...]
    """What is not known, with the actions that it takes, a clause each."""


def fetch_resource_policies(client_of: Callable[[str, str | None], _Client], regions: Sequence[str]) -> ToldPolicies:
    """Return the policies on resources, and what makes services call, as the files of a snapshot.

    What AWS refuses is left out and told, and does not keep the rest from being asked. Of configuration all is told or
    nothing: a part of it would pass for the whole.

    Args:
        client_of: Gives boto3's client of a service in a region.
        regions: Where to look; buckets are asked for in the first.
    """
    asking = _Asking()
    asking.ask(f"{RESOURCE_POLICIES}/s3", lambda: _bucket_policies(client_of("s3", regions[0]), asking))
    asking.ask(BUCKET_NOTIFICATIONS, lambda: list(_notifications(client_of("s3", regions[0]))))
    for region in regions:
        for service, fetch in _FETCHERS.items():
            told = partial(_in_region, service, region, fetch, client_of, asking)
            asking.ask(f"{RESOURCE_POLICIES}/{service}", told, region)
    asking.ask(SUBSCRIPTIONS, lambda: [_subscriptions(client_of, regions)])
    asking.ask(RULES, lambda: list(_rules_of(client_of, regions)))
    if asking.not_told:
        asking.files[NOT_TOLD] = {"Services": sorted(asking.not_told)}
    return ToldPolicies(files=dict(sorted(asking.files.items())), missing=tuple(asking.missing))


@dataclass(slots=True)
class _Asking:
    files: dict[str, Any] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    not_told: set[str] = field(default_factory=set)
    """Services of which not every policy is known."""
    refused: list[ClientError] = field(default_factory=list)
    """Of single resources, of the part that is being asked for."""

    def ask(self, part: str, fetch: Callable[[], Iterable[_File]], region: str | None = None) -> None:
        """Ask for one part; what is refused is told."""
        self.refused = []
        failed: BaseException | None = None
        try:
            for name, output in fetch():
                self.files[name] = output
        except (ClientError, BotoCoreError) as error:
            failed = error
        if failed is None and not self.refused:
            return
        what = "" if failed is not None else f" of {len(self.refused):,}"
        where = f" in {region}" if region is not None else ""
        reason = reason_of(failed or self.refused[0])
        self.missing.append(f"{part}{where} is not known{what} ({' and '.join(_ACTIONS[part])}): {reason}")
        if part.startswith(RESOURCE_POLICIES):
            self.not_told.add(part.rpartition("/")[2])

    def answer(self, ask: Callable[..., Mapping[str, Any]], **asked: object) -> Iterator[Mapping[str, Any]]:
        """Yield what is told of one resource; nothing where it has no policy, or where that is refused."""
        try:
            yield from _answer(ask, **asked)
        except ClientError as error:
            self.refused.append(error)


def _in_region(
    service: str,
    region: str,
    fetch: "_Fetch",
    client_of: Callable[[str, str | None], _Client],
    asking: _Asking,
) -> Iterator[_File]:
    for name, output in fetch(client_of(service, region), asking):
        yield f"{RESOURCE_POLICIES}/{service}/{region}/{_stem(name)}.json", output


def _bucket_policies(client: _Client, asking: _Asking) -> Iterator[_File]:
    for bucket in client.list_buckets()["Buckets"]:
        for output in asking.answer(client.get_bucket_policy, Bucket=bucket["Name"]):
            yield f"{RESOURCE_POLICIES}/s3/{bucket['Name']}.json", output


def _notifications(client: _Client) -> Iterator[_File]:
    for bucket in client.list_buckets()["Buckets"]:
        for output in _answer(client.get_bucket_notification_configuration, Bucket=bucket["Name"]):
            yield f"{BUCKET_NOTIFICATIONS}/{bucket['Name']}.json", output


def _subscriptions(client_of: Callable[[str, str | None], _Client], regions: Sequence[str]) -> _File:
    found = [
        one for region in regions for one in _pages(client_of("sns", region), "list_subscriptions", "Subscriptions")
    ]
    ordered = sorted(found, key=lambda one: (str(one["TopicArn"]), str(one["SubscriptionArn"])))
    return SUBSCRIPTIONS, {"Regions": sorted(regions), "Subscriptions": ordered}


def _rules_of(client_of: Callable[[str, str | None], _Client], regions: Sequence[str]) -> Iterator[_File]:
    rules: list[Mapping[str, Any]] = []
    for region in regions:
        for rule, targets in _rules(client_of("events", region)):
            rules.append(rule)
            yield f"{RULE_TARGETS}/{rule_targets_path(rule['Arn'])}", targets
    yield RULES, {"Regions": sorted(regions), "Rules": sorted(rules, key=lambda rule: str(rule["Arn"]))}


def _functions(client: _Client, asking: _Asking) -> Iterator[_File]:
    for function in _pages(client, "list_functions", "Functions"):
        name = function["FunctionName"]
        yield from ((name, output) for output in asking.answer(client.get_policy, FunctionName=name))


def _queues(client: _Client, asking: _Asking) -> Iterator[_File]:
    for url in _pages(client, "list_queues", "QueueUrls"):
        asked = {"QueueUrl": url, "AttributeNames": ["Policy", "QueueArn"]}
        yield from ((url.rpartition("/")[2], output) for output in asking.answer(client.get_queue_attributes, **asked))


def _topics(client: _Client, asking: _Asking) -> Iterator[_File]:
    for topic in _pages(client, "list_topics", "Topics"):
        arn = topic["TopicArn"]
        yield from (
            (arn.rpartition(":")[2], output) for output in asking.answer(client.get_topic_attributes, TopicArn=arn)
        )


def _keys(client: _Client, asking: _Asking) -> Iterator[_File]:
    for key in _pages(client, "list_keys", "Keys"):
        asked = {"KeyId": key["KeyId"], "PolicyName": "default"}
        yield from ((key["KeyId"], output) for output in asking.answer(client.get_key_policy, **asked))


def _secrets(client: _Client, asking: _Asking) -> Iterator[_File]:
    for secret in _pages(client, "list_secrets", "SecretList"):
        arn = secret["ARN"]
        yield from ((secret["Name"], output) for output in asking.answer(client.get_resource_policy, SecretId=arn))


def _repositories(client: _Client, asking: _Asking) -> Iterator[_File]:
    for repository in _pages(client, "describe_repositories", "repositories"):
        name = repository["repositoryName"]
        yield from ((name, output) for output in asking.answer(client.get_repository_policy, repositoryName=name))


def _buses(client: _Client, asking: _Asking) -> Iterator[_File]:
    for bus in _all(client.list_event_buses, "EventBuses"):
        yield from ((bus["Name"], output) for output in asking.answer(client.describe_event_bus, Name=bus["Name"]))


def _apis(client: _Client, asking: _Asking) -> Iterator[_File]:
    for api in _pages(client, "get_rest_apis", "items"):
        yield from ((api["id"], output) for output in asking.answer(client.get_rest_api, restApiId=api["id"]))


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


_Fetch = Callable[[_Client, _Asking], Iterable[_File]]

_FETCHERS: Mapping[str, _Fetch] = {
    "lambda": _functions,
    "sqs": _queues,
    "sns": _topics,
    "kms": _keys,
    "secretsmanager": _secrets,
    "ecr": _repositories,
    "events": _buses,
    "apigateway": _apis,
}
