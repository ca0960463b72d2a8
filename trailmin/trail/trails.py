"""Trails: which regions each of them logs.

Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Trail.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trailmin.errors import TrailError
from trailmin.trail.selectors import EventSelectors, parse_event_selectors

GLOBAL_REGION = "us-east-1"
"""Where CloudTrail logs the calls of services without regions (IAM, Organizations, Route 53, CloudFront)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """One trail."""

    arn: str | None
    home_region: str
    is_multi_region: bool
    has_global_services: bool = True
    """Whether it logs the events of services without regions; a trail of one region may leave them out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where an account's events are logged, and which of them."""

    everywhere: EventSelectors | None
    """Of the trails of all regions; None when there is none, or when their selectors are not known."""
    is_multi_region: bool
    """Whether there is a trail of all regions."""
    by_region: Mapping[str, EventSelectors | None]
    """Without a trail of all regions: each region with a trail and its selectors, where known."""
    omits_global_services: bool
    """Without a trail of all regions: whether none of these logs the events of services without regions.

    Source: CloudTrail user guide, cloudtrail-concepts, global service events: logged where they are processed.
    """
    documents: tuple[Mapping[str, Any], ...]
    """Of these trails, each as `get-event-selectors` prints it."""


def parse_trails(value: object) -> tuple[Trail, ...]:
    """The trails in the parsed output of `aws cloudtrail describe-trails`.

    Raises:
        TrailError: another form.
    """
    try:
        entries: Any = value["trailList"] if isinstance(value, dict) else value
        return tuple(
            Trail(
                arn=entry.get("TrailARN"),
                home_region=str(entry["HomeRegion"]),
                is_multi_region=entry.get("IsMultiRegionTrail") is True,
                has_global_services=entry.get("IncludeGlobalServiceEvents") is not False,
            )
            for entry in entries
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise TrailError(
            "the trails are not in the form of the AWS CLI", hint="write them with: aws cloudtrail describe-trails"
        ) from error


def reach_of(trails: tuple[Trail, ...], selectors: object | None) -> Reach:
    """Return where the trails of an account log what.

    Args:
        trails: At least one.
        selectors: The parsed output of `get-event-selectors`, of one trail or a list of several. Selectors that do
            not name a trail are those of each.

    Raises:
        TrailError: The selectors are not in the form of the AWS CLI.
    """
    documents: list[Any] = selectors if isinstance(selectors, list) else [] if selectors is None else [selectors]
    multi = [trail for trail in trails if trail.is_multi_region]
    if multi:
        own = _documents_of(multi, trails, documents)
        return Reach(
            everywhere=_parsed(own),
            is_multi_region=True,
            by_region={},
            omits_global_services=False,
            documents=tuple(own),
        )
    homes = sorted({trail.home_region for trail in trails})
    at_home = {home: [trail for trail in trails if trail.home_region == home] for home in homes}
    return Reach(
        everywhere=None,
        is_multi_region=False,
        by_region={home: _parsed(_documents_of(at_home[home], trails, documents)) for home in homes},
        omits_global_services=not any(trail.has_global_services for trail in at_home.get(GLOBAL_REGION, ())),
        documents=tuple(documents),
    )


def _documents_of(wanted: list[Trail], trails: tuple[Trail, ...], documents: list[Any]) -> list[Any]:
    others = {trail.arn for trail in trails if trail not in wanted}
    return [d for d in documents if not isinstance(d, dict) or d.get("TrailARN") is None or d["TrailARN"] not in others]


def _parsed(documents: list[Any]) -> EventSelectors | None:
    return parse_event_selectors(documents) if documents else None
