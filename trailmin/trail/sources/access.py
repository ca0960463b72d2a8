"""How AWS is reached."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsAccess:
    """How to reach AWS; it crosses process borders and holds no secret."""

    profile: str | None = None
    role_arn: str | None = None
    """A role to assume with the profile's credentials; its session is renewed as long as the work takes."""
    external_id: str | None = None
    endpoint_url: str | None = None
    """In place of AWS's own, of every service."""
    requester_pays: bool = False
    read_timeout: float = 60
    """Seconds without a byte after which a request is made again."""
