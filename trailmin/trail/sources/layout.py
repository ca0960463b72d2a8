"""How CloudTrail names what it delivers, in a bucket or in a copy of one.

Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html (key names,
the folders beside `CloudTrail/`, the organization's folder); Control Tower puts the organization's id before `AWSLogs/`
as well.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

ROOT: Final = "AWSLogs"
LOG_FOLDERS: Final = frozenset({"CloudTrail", "CloudTrail-NetworkActivity"})
"""Folders of an account whose log objects tell of single calls."""
OTHER_LOGS: Final = frozenset({"CloudTrail-Digest", "CloudTrail-Insight", "CloudTrail-Aggregated", "Config"})
"""Folders beside them: nothing in them tells of a call."""

_SUFFIXES: Final = (".json", ".jsonl", ".ndjson", ".csv", ".gz")
"""CloudTrail's own names end in `.json.gz`; exports of Athena and CloudWatch Logs in `.gz` alone."""
_NOT_LOGS: Final = (".log.gz", ".tar.gz", "/result_sign.json")
"""Load balancers and flow logs, archives, the signature beside the results of a CloudTrail Lake query."""
_FIREHOSE: Final = re.compile(r".+-\d{4}(-\d\d){5}-[0-9a-f-]{36}")
"""What Firehose names its objects, which need no suffix: stream, version, time, random part."""
_PLACE: Final = re.compile(
    r"(?:^|/)AWSLogs/(?:o-[a-z0-9]+/)?(?P<account>\d+)/(?P<folder>CloudTrail[A-Za-z-]*)/(?P<region>[a-z0-9-]+)/"
    r"(?P<day>\d{4}/\d{2}/\d{2})/[^/]+$"
)
_ORGANIZATION: Final = re.compile(r"o-[a-z0-9]{4,32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a key tells of its log object."""

    account: str
    region: str
    day: date
    """Of the delivery, UTC: events are some minutes older, so those of a day's end lie under the next one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which log objects are asked for; what a key does not tell never excludes it."""

    since: date | None = None
    until: date | None = None
    """Itself included."""
    accounts: frozenset[str] = frozenset()
    """Empty: all."""
    regions: frozenset[str] = frozenset()
    """Empty: all."""
    relist: bool = False
    """Whether what is known to be settled is listed again as well."""

    def admits(self, key: str) -> bool:
        """Whether a log object is asked for, as far as its key tells."""
        place = place_of(key)
        return place is None or (
            self.admits_account(place.account) and self.admits_region(place.region) and self.admits_day(place.day)
        )

    def admits_account(self, account: str) -> bool:
        """Whether log objects of an account are asked for."""
        return not self.accounts or account in self.accounts

    def admits_region(self, region: str) -> bool:
        """Whether log objects of a region are asked for."""
        return not self.regions or region in self.regions

    def admits_day(self, day: date) -> bool:
        """Whether log objects delivered on a day are asked for."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


def place_of(key: str) -> Place | None:
    """What a key in CloudTrail's own layout tells; None for any other."""
    match = _PLACE.search(key)
    if match is None:
        return None
    try:
        day = date.fromisoformat(match["day"].replace("/", "-"))
    except ValueError:
        return None
    return Place(account=match["account"], region=match["region"], day=day)


def key_from_root(path: str) -> str | None:
    """The path from its last `AWSLogs/` on: the same for an object wherever it was copied to. None without one."""
    parts = path.split("/")
    if ROOT not in parts[:-1]:
        return None
    return "/".join(parts[len(parts) - 1 - parts[::-1].index(ROOT) :])


def is_organization(name: str) -> bool:
    """Whether a folder's name is an organization's id."""
    return _ORGANIZATION.fullmatch(name) is not None


def is_log(path: str) -> bool:
    """Whether a path may be a log object's, going by its name and folders."""
    *folders, name = path.split("/")
    if name.startswith(".") or not OTHER_LOGS.isdisjoint(folders) or f"/{name}".endswith(_NOT_LOGS):
        return False
    return name.lower().endswith(_SUFFIXES) or _FIREHOSE.fullmatch(name) is not None
