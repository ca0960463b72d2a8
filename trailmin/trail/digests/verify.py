"""Verifying the log objects of one task: the digests of their days are read where the log objects lie."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from trailmin.errors import TrailError
from trailmin.trail.digests.chain import Finding, check_digests
from trailmin.trail.digests.digest import DigestFile, chain_of, fingerprint_of
from trailmin.trail.digests.index import DigestIndex, index_digests
from trailmin.trail.digests.keys import PublicKeys, read_public_keys
from trailmin.trail.digests.nearby import access_to, list_nearby, read_digest
from trailmin.trail.sources import AwsAccess, LogObject, Source

_LOG: Final = re.compile(r"(?P<account>(?:.*/)?)CloudTrail/(?P<region>[^/]+)/(?P<day>\d{4}/\d\d/\d\d)/[^/]+")
_DAYS_AFTER: Final = 2
"""A log object's digest ends on the next day at the latest; the digest after that has its signature."""


OFF: Final = "off"
"""Digests are not looked at."""


class VerifyMode(StrEnum):
    """What becomes of log objects that digests do not vouch for."""

    REQUIRE = "require"
    """They are set aside."""
    WARN = "warn"
    """They are read and told of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """How log objects are verified."""

    mode: VerifyMode
    keys: PublicKeys


def open_verification(mode: str, public_keys: Sequence[Path]) -> Verification | None:
    """How log objects are verified, as a command line says: `require`, `warn` or `off`, which is None.

    Args:
        mode: one of the three.
        public_keys: files of `aws cloudtrail list-public-keys`; of regions that they lack, keys are asked of AWS where
            the log objects are in S3.

    Raises:
        TrailError: a file of keys cannot be read.
    """
    if mode == OFF:
        return None
    return Verification(mode=VerifyMode(mode), keys=read_public_keys(public_keys))


class _Region(NamedTuple):
    """A trail's folder of one account and region."""

    account: str
    """Stable key, with its `/` at the end."""
    name: str

    def digests(self, day: date) -> str:
        return f"{self.account}CloudTrail-Digest/{self.name}/{day:%Y/%m/%d}/"

    def log_objects(self, day: date) -> str:
        return f"{self.account}CloudTrail/{self.name}/{day:%Y/%m/%d}/"


_Anchor = tuple[LogObject, Source]


def index_nearby(pairs: Sequence[_Anchor], keys: PublicKeys) -> DigestIndex:
    """What the digests say of log objects, found beside them: those of their days and of two days more.

    Also told is what is wrong with these digests, and which log objects of these days they list that are not there.

    Raises:
        TrailError: a digest cannot be read, a folder of them cannot be listed, or no public keys can be had.
    """
    try:
        return _index(_days_to_check(pairs), keys)
    except OSError as error:
        raise TrailError(
            f"the trail's digests cannot be read: {error}",
            hint="check the permissions, or ingest with --verify-digests off; the same command goes on from here",
        ) from error


def _index(days: Sequence[tuple["_Region", date, _Anchor]], keys: PublicKeys) -> DigestIndex:
    digests: list[DigestFile] = []
    for region, day, (anchor, source) in days:
        listed = list_nearby(source, anchor, region.digests(day))
        read = [read_digest(source, found) for found in listed if chain_of(found.key) is not None]
        if read and (access := access_to(source, anchor)) is not None:
            keys = _with_keys_of(keys, read, access, region.name, day)
        digests += read
    checked, findings = check_digests(digests, keys)
    index = index_digests(checked, findings)
    gone: list[Finding] = []
    for region, day, (anchor, source) in days:
        folder = region.log_objects(day)
        gone += index.deleted_in(folder, {found.key for found in list_nearby(source, anchor, folder)})
    return replace(index, findings=(*findings, *gone))


def _with_keys_of(
    keys: PublicKeys, digests: Sequence[DigestFile], access: AwsAccess, region: str, day: date
) -> PublicKeys:
    """The keys, with those of the region where a digest names one that is not among them."""
    if all(fingerprint in keys.by_fingerprint for file in digests if (fingerprint := fingerprint_of(file.content))):
        return keys
    from trailmin.trail.digests.nearby_s3 import region_keys  # noqa: PLC0415 - boto3 takes a while to load

    # A month's first day, so that few requests serve a long time.
    return keys.joined(region_keys(access, region, day.replace(day=1)))


def _days_to_check(pairs: Sequence[_Anchor]) -> list[tuple[_Region, date, _Anchor]]:
    """The folders of days that matter to log objects, each with one that shows the way there; sorted."""
    days: dict[tuple[_Region, date], _Anchor] = {}
    for found, source in pairs:
        match = _LOG.fullmatch(found.key)
        if match is None:
            continue
        first = date(*map(int, match["day"].split("/")))
        for after in range(_DAYS_AFTER + 1):
            place = _Region(match["account"], match["region"]), first + timedelta(days=after)
            days.setdefault(place, (found, source))
    return [(region, day, days[region, day]) for region, day in sorted(days)]
