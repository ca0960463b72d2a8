"""What makes services call resources, from a snapshot's outputs of the AWS CLI: notifications, rules, subscriptions.

Files, each optional: `bucket-notifications/<bucket>.json` (s3api get-bucket-notification-configuration), `rules.json`
(events list-rules), `rule-targets/[<region>/]<rule>.json` (events list-targets-by-rule) and `subscriptions.json` (sns
list-subscriptions). Shapes: AWS CLI reference.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trailmin.current.json_file import read_object
from trailmin.current.resource_policy import SourceLink
from trailmin.errors import CurrentError

BUCKET_NOTIFICATIONS = "bucket-notifications"
RULES = "rules.json"
RULE_TARGETS = "rule-targets"
SUBSCRIPTIONS = "subscriptions.json"

S3, EVENTS, SNS = "s3.amazonaws.com", "events.amazonaws.com", "sns.amazonaws.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLinks:
    """The links that are known, and of which services all of the account's are."""

    links: tuple[SourceLink, ...] = ()
    services: frozenset[str] = frozenset()
    """Service principals whose configuration the snapshot has: no link of theirs means none."""


def read_source_links(folder: Path, account: str, partition: str) -> SourceLinks:
    """Return what a snapshot tells of the sources behind services' calls, sorted.

    Raises:
        CurrentError: A file is not what the AWS CLI writes.
    """
    found: set[tuple[str, str, str]] = set()
    services: set[str] = set()
    for service, path, links in _parts(folder, partition):
        services.add(service)
        try:
            found.update((service, source, target) for source, target in links)
        except (KeyError, TypeError, AttributeError) as error:
            raise CurrentError(
                f"{path} is not the output of the AWS CLI ({error!r})", hint="save the output of the AWS CLI as it is"
            ) from error
    return SourceLinks(
        links=tuple(
            SourceLink(service=service, source=source, account=_account_of(source) or account, target=target)
            for service, source, target in sorted(found)
        ),
        services=frozenset(services),
    )


def _parts(folder: Path, partition: str) -> Iterator[tuple[str, Path, Iterator[tuple[str, str]]]]:
    notifications = folder / BUCKET_NOTIFICATIONS
    if notifications.is_dir():
        yield S3, notifications, _notifications(notifications, partition)
    if (folder / RULES).is_file() and (folder / RULE_TARGETS).is_dir():
        yield EVENTS, folder / RULES, _rules(folder)
    if (folder / SUBSCRIPTIONS).is_file():
        yield SNS, folder / SUBSCRIPTIONS, _subscriptions(folder / SUBSCRIPTIONS)


def _notifications(folder: Path, partition: str) -> Iterator[tuple[str, str]]:
    kinds = {
        "LambdaFunctionConfigurations": "LambdaFunctionArn",
        "QueueConfigurations": "QueueArn",
        "TopicConfigurations": "TopicArn",
    }
    for path in sorted(folder.glob("*.json")):
        output = read_object(path)
        for configurations, arn in kinds.items():
            for one in output.get(configurations, ()):
                yield f"arn:{partition}:s3:::{path.stem}", one[arn]


def _rules(folder: Path) -> Iterator[tuple[str, str]]:
    for rule in read_object(folder / RULES).get("Rules", ()):
        name, region = f"{rule['Name']}.json", rule["Arn"].split(":")[3]
        paths = (folder / RULE_TARGETS / region / name, folder / RULE_TARGETS / name)
        path = next((path for path in paths if path.is_file()), None)
        targets: Mapping[str, Any] = read_object(path) if path is not None else {}
        for target in targets.get("Targets", ()):
            yield rule["Arn"], target["Arn"]


def _subscriptions(path: Path) -> Iterator[tuple[str, str]]:
    for one in read_object(path).get("Subscriptions", ()):
        if one["Protocol"] in {"lambda", "sqs"}:
            yield one["TopicArn"], one["Endpoint"]


def _account_of(arn: str) -> str | None:
    account = arn.split(":")[4]
    return account if account.isdigit() else None
