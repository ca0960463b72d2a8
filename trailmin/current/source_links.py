"""What makes services call resources, from a snapshot's outputs of the AWS CLI: notifications, rules, subscriptions.

Files, each optional: `bucket-notifications/<bucket>.json` (s3api get-bucket-notification-configuration), `rules.json`
(events list-rules, of every event bus), `rule-targets/[<region>/][<bus>/]<rule>.json` (events list-targets-by-rule) and
`subscriptions.json` (sns list-subscriptions). Shapes: AWS CLI reference. Beside their lists the last two may name under
`Regions` those that were asked; otherwise the regions of what they list count as asked.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from trailmin.current.json_file import read_object
from trailmin.current.resource_policy import SourceLink
from trailmin.errors import CurrentError

BUCKET_NOTIFICATIONS = "bucket-notifications"
RULES = "rules.json"
RULE_TARGETS = "rule-targets"
SUBSCRIPTIONS = "subscriptions.json"

S3, EVENTS, SNS = "s3.amazonaws.com", "events.amazonaws.com", "sns.amazonaws.com"

_ALL_REGIONS = "*"

_TARGETS = {
    S3: frozenset({"lambda", "sqs", "sns"}),
    EVENTS: frozenset({"lambda", "sqs", "sns"}),
    SNS: frozenset({"lambda", "sqs"}),
}
"""What these configurations lead to; why a service reaches anything else (keys, buckets), no file tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLinks:
    """The links that are known, and of which services all of the account's are."""

    links: tuple[SourceLink, ...] = ()
    known: frozenset[tuple[str, str]] = frozenset()
    """Service principals and regions (`*` for all) whose configuration the snapshot has whole."""

    def services_known(self, resource: str) -> frozenset[str]:
        """Services of which no link to a resource means that there is none."""
        service, region = resource.split(":")[2:4]
        return frozenset(
            principal
            for principal, asked in self.known
            if asked in {_ALL_REGIONS, region} and service in _TARGETS[principal]
        )


def read_source_links(folder: Path, account: str, partition: str) -> SourceLinks:
    """Return what a snapshot tells of the sources behind services' calls, sorted.

    Raises:
        CurrentError: A file is not what the AWS CLI writes.
    """
    found: set[tuple[str, str, str]] = set()
    known: set[tuple[str, str]] = set()
    for service, path, read in _parts(folder):
        try:
            links, regions = read(path, partition)
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            raise CurrentError(
                f"{path} is not the output of the AWS CLI ({error!r})", hint="save the output of the AWS CLI as it is"
            ) from error
        found.update((service, source, target) for source, target in links)
        known.update((service, region) for region in regions)
    return SourceLinks(
        links=tuple(
            SourceLink(service=service, source=source, account=_account_of(source) or account, target=target)
            for service, source, target in sorted(found)
        ),
        known=frozenset(known),
    )


def rule_targets_path(rule: str) -> PurePosixPath:
    """Where below `rule-targets/` the targets of a rule are, from the rule's ARN."""
    _, _, _, region, _, resource = rule.split(":", 5)
    return PurePosixPath(region, *resource.replace("..", "__").split("/")[1:-1], _file_of(rule))


_Links = tuple[set[tuple[str, str]], frozenset[str]]
"""Pairs of source and target, and the regions whose links they all are."""


def _parts(folder: Path) -> Iterator[tuple[str, Path, Callable[[Path, str], _Links]]]:
    if (folder / BUCKET_NOTIFICATIONS).is_dir():
        yield S3, folder / BUCKET_NOTIFICATIONS, _notifications
    if (folder / RULES).is_file():
        yield EVENTS, folder / RULES, _rules
    if (folder / SUBSCRIPTIONS).is_file():
        yield SNS, folder / SUBSCRIPTIONS, _subscriptions


def _notifications(folder: Path, partition: str) -> _Links:
    kinds = {
        "LambdaFunctionConfigurations": "LambdaFunctionArn",
        "QueueConfigurations": "QueueArn",
        "TopicConfigurations": "TopicArn",
    }
    links = {
        (f"arn:{partition}:s3:::{path.stem}", one[arn])
        for path in sorted(folder.glob("*.json"))
        for output in [read_object(path)]
        for configurations, arn in kinds.items()
        for one in output.get(configurations, ())
    }
    return links, frozenset({_ALL_REGIONS})


def _rules(path: Path, _partition: str) -> _Links:
    output = read_object(path)
    rules = [rule["Arn"] for rule in output.get("Rules", ())]
    links: set[tuple[str, str]] = set()
    untold: set[str] = set()
    for rule in rules:
        places = [path.parent / RULE_TARGETS / rule_targets_path(rule), path.parent / RULE_TARGETS / _file_of(rule)]
        place = next((place for place in places if place.is_file()), None)
        if place is None:
            untold.add(_region_of(rule))
        else:
            links |= {(rule, target["Arn"]) for target in read_object(place).get("Targets", ())}
    return links, _asked(output, rules) - untold


def _file_of(rule: str) -> str:
    return f"{rule.rpartition('/')[2]}.json"


def _subscriptions(path: Path, _partition: str) -> _Links:
    output = read_object(path)
    subscriptions = output.get("Subscriptions", ())
    links = {(one["TopicArn"], one["Endpoint"]) for one in subscriptions if one["Protocol"] in {"lambda", "sqs"}}
    return links, _asked(output, [one["TopicArn"] for one in subscriptions])


def _asked(output: Mapping[str, Any], arns: Iterable[str]) -> frozenset[str]:
    return frozenset(output["Regions"]) if "Regions" in output else frozenset(_region_of(arn) for arn in arns)


def _region_of(arn: str) -> str:
    return arn.split(":")[3]


def _account_of(arn: str) -> str | None:
    account = arn.split(":")[4]
    return account if account.isdigit() else None
