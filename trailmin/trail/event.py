"""What one CloudTrail record says, in the words of the record, before any interpretation of its permissions."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PrincipalKind(StrEnum):
    """Who made a call."""

    ROLE = "role"
    USER = "user"
    ROOT = "root"
    SERVICE = "service"
    ACCOUNT = "account"
    FEDERATED = "federated"
    ANONYMOUS = "anonymous"
    UNKNOWN = "unknown"


SOURCE_IDENTITY = "source-identity/"
"""Before a source identity; session names have no slash (STS API Reference, AssumeRole, RoleSessionName)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who made a call, keyed the way policies are attached."""

    kind: PrincipalKind
    arn: str | None
    """Role: the session issuer's ARN, with its path. Otherwise the identity's own ARN, where it has one."""
    account: str | None
    name: str | None
    """Role or user name without its path; the service's host name for a service."""
    session_name: str | None
    """Of a role's session: for Lambda the function's name, for EC2 the instance id. Where the session has a source
    identity, that one after `SOURCE_IDENTITY`: unlike a name it cannot be chosen anew when a role assumes another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One CloudTrail record. Texts are as the record has them, attacker-controlled."""

    time: datetime
    """Aware, UTC, in whole milliseconds."""
    event_id: str | None
    account: str | None
    """The recipient account, else the caller's."""
    region: str | None
    source: str
    """`eventSource`, such as `s3.amazonaws.com`."""
    name: str
    """`eventName`, stripped."""
    event_type: str | None
    category: str | None
    read_only: bool | None
    error_code: str | None
    error_message: str | None
    """Kept for denials only."""
    principal: Principal
    invoked_by: str | None
    source_ip: str | None
    user_agent: str | None
    vpc_endpoint: str | None
    request_parameters: str | None
    """JSON text without secrets; None where the record has none, null, `{}` or the string "null"."""
    resources: str | None
    """JSON text of the record's `resources` list, None where absent."""
    shared_event_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRecord:
    """A record, or with `index` None a whole log object, that was set aside."""

    log_object: str
    index: int | None
    reason: str
