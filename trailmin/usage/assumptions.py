"""Who assumed which role, with what only the events tell: external ids, and the subjects of web identities.

Source: CloudTrail User Guide, "Logging IAM and AWS STS API calls with AWS CloudTrail"; STS API Reference, AssumeRole,
AssumeRoleWithSAML, AssumeRoleWithWebIdentity.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from trailmin.catalog import Catalog
from trailmin.lake import Lake
from trailmin.trail.event import PrincipalKind
from trailmin.usage.authorization import Outcome
from trailmin.usage.outcome import outcome_of_code

_ASSUMED = """
    WITH assumed AS (
        SELECT DISTINCT identity, event_id, event_time, account, event_name, error_code, principal_kind, principal_arn,
               principal_account, principal_name, shared_event_id,
               CASE WHEN json_valid(request_parameters) THEN request_parameters::JSON END AS parameters
        FROM events
        WHERE event_source = 'sts.amazonaws.com' AND starts_with(event_name, 'AssumeRole')
          AND date BETWEEN ? AND ?),
    known AS (
        SELECT DISTINCT shared_event_id FROM assumed
        WHERE principal_kind <> 'account' AND principal_arn IS NOT NULL AND shared_event_id IS NOT NULL)
    SELECT principal_kind, principal_arn, principal_account, principal_name, event_name, error_code,
           json_extract_string(parameters, '$.roleArn') AS role_arn,
           json_extract_string(parameters, '$.externalId') AS external_id,
           json_extract_string(parameters, '$.principalArn') AS provider,
           json_extract_string(parameters, '$.sourceIdentity') AS source_identity,
           coalesce(json_array_length(parameters, '$.tags'), 0) > 0 AS has_tags,
           count(DISTINCT identity)::BIGINT AS count, min(event_time) AS first_seen, max(event_time) AS last_seen,
           list_slice(list_sort(list_distinct(list(event_id))), 1, 3) AS event_ids
    FROM assumed
    WHERE principal_kind <> 'account' OR shared_event_id IS NULL OR shared_event_id NOT IN (FROM known)
    GROUP BY ALL
    ORDER BY ALL
"""

_STRANGERS = """
    SELECT DISTINCT principal_account, event_source FROM events AS seen
    WHERE principal_kind = 'account' AND principal_account IS NOT NULL AND date BETWEEN ? AND ?
      AND (shared_event_id IS NULL OR shared_event_id NOT IN (
        SELECT shared_event_id FROM events
        WHERE principal_kind <> 'account' AND principal_arn IS NOT NULL AND shared_event_id IS NOT NULL
          AND date BETWEEN ? AND ?))
    ORDER BY ALL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """Calls by which one principal assumed a role in one way."""

    role_arn: str
    event_name: str
    """`AssumeRole`, `AssumeRoleWithSAML` or `AssumeRoleWithWebIdentity`."""
    outcome: Outcome
    kind: PrincipalKind
    arn: str | None
    account: str | None
    """The principal's; of a principal of another account whose own log is not in the lake all that is known."""
    name: str | None
    """Of a service its name, of a web identity the subject of its token."""
    provider: str | None
    """ARN of the SAML provider."""
    external_id: str | None
    source_identity: str | None
    has_tags: bool
    count: int
    first_seen: datetime
    last_seen: datetime
    event_ids: tuple[str, ...]


def read_assumptions(lake: Lake, catalog: Catalog, since: date, until: date) -> tuple[Assumption, ...]:
    """Return who assumed which role from `since` to `until`, both included, each call once.

    Of the two records of a call between accounts the caller's own counts, which names the principal.

    Raises:
        LakeError: The lake cannot be read.
    """
    rows = lake.query(_ASSUMED, (since, until)).to_pylist()
    return tuple(_assumption(row, catalog) for row in rows if row["role_arn"] is not None)


def read_strangers(lake: Lake, since: date, until: date) -> frozenset[tuple[str, str]]:
    """Return the accounts whose principals called and are not told by name, each with the event source.

    The log of a resource's account names only the account of a caller from another one. Where the caller's own log is
    in the lake too, its record of the same call (`sharedEventID`) names the principal.

    Raises:
        LakeError: The lake cannot be read.
    """
    rows = lake.query(_STRANGERS, (since, until, since, until)).to_pylist()
    return frozenset((row["principal_account"], row["event_source"]) for row in rows)


def _assumption(row: Mapping[str, Any], catalog: Catalog) -> Assumption:
    return Assumption(
        role_arn=row["role_arn"],
        event_name=row["event_name"],
        outcome=outcome_of_code(row["error_code"], catalog.outcome_of_error),
        kind=PrincipalKind(row["principal_kind"]),
        arn=row["principal_arn"],
        account=row["principal_account"],
        name=row["principal_name"],
        provider=row["provider"],
        external_id=row["external_id"],
        source_identity=row["source_identity"],
        has_tags=row["has_tags"],
        count=row["count"],
        first_seen=_aware(row["first_seen"]),
        last_seen=_aware(row["last_seen"]),
        event_ids=tuple(row["event_ids"]),
    )


def _aware(time: datetime) -> datetime:
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)
