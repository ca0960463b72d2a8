"""What the trail's digests vouch for: the part of coverage that nobody who can write into the bucket can make up."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from trailmin.lake import Lake

_ACCOUNT = "regexp_extract(key, '(?:^|/)AWSLogs/(?:o-[a-z0-9]+/)?([0-9]{12})/', 1)"

_LOG_OBJECTS = f"""
    SELECT {_ACCOUNT} AS account, coalesce(digest, 'not-asked') AS status, count(*)::BIGINT AS count
    FROM latest_log_objects
    WHERE state NOT IN ('digest', 'planned') AND day BETWEEN ? AND ?
    GROUP BY ALL ORDER BY ALL
"""  # noqa: S608 - our own text

# Backfill digests tell of log objects that their hour's digest left out: they make no hour whole.
_GAPS = rf"""
    WITH digests AS (
        SELECT {_ACCOUNT} AS account, regexp_extract(key, 'CloudTrail-Digest/([^/]+)/', 1) AS region,
            regexp_replace(key, '[0-9]{{4}}/[0-9]{{2}}/[0-9]{{2}}/(.*)_[0-9]{{8}}T[0-9]{{6}}Z.json.gz$', '\1') AS chain,
            first_event, last_event
        FROM latest_log_objects
        WHERE state = 'digest' AND digest = 'valid' AND NOT ends_with(key, '_backfill.json.gz')),
    followed AS (SELECT *, lead(first_event) OVER (PARTITION BY chain ORDER BY last_event) AS next FROM digests)
    SELECT DISTINCT account, region, last_event AS since, next AS until FROM followed
    WHERE next > last_event AND next::DATE >= ? AND last_event::DATE <= ? ORDER BY ALL
"""  # noqa: S608 - our own text


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestGap:
    """A time whose deliveries no valid digest vouches for, between two that are vouched for."""

    region: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Integrity:
    """What digests say of one account's log objects."""

    log_objects: Mapping[str, int] = field(default_factory=dict)
    """`verified`, `unverified`, `altered`, `deleted`, or `not-asked` → how many."""
    gaps: tuple[DigestGap, ...] = ()


def measure_integrity(lake: Lake, since: date, until: date) -> dict[str, Integrity]:
    """Return by account what digests say of what was delivered in a window; nothing where they were never asked.

    Raises:
        LakeError: The lake cannot be read.
    """
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for row in lake.query(_LOG_OBJECTS, (since, until)).to_pylist():
        counts[row["account"]][row["status"]] = row["count"]
    gaps: dict[str, list[DigestGap]] = defaultdict(list)
    for row in lake.query(_GAPS, (since, until)).to_pylist():
        gaps[row["account"]].append(DigestGap(region=row["region"], since=row["since"], until=row["until"]))
    asked = {account for account, of_status in counts.items() if set(of_status) != {"not-asked"}} | set(gaps)
    return {
        account: Integrity(log_objects=counts[account], gaps=tuple(gaps[account])) for account in sorted(asked - {""})
    }
