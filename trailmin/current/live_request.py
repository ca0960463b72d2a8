"""Which accounts to ask AWS of, and as whom."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Of an assumed role."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """As whom AWS is asked, and where."""

    profile: str | None = None
    """None: the credentials of the environment."""
    endpoint_url: str | None = None
    """In place of AWS's own addresses."""
    credentials: Credentials | None = None
    """In place of the profile's."""
    region: str | None = None
    """Where services that answer alike everywhere are asked, if neither the environment nor the profile names one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRequest:
    """What to ask, and as whom."""

    access: Access = field(default_factory=Access)
    accounts: tuple[str, ...] = ()
    """Those named; none: that of the credentials."""
    organization: bool = False
    """All active accounts of the organization, by `organizations:ListAccounts`."""
    assume_role_name: str | None = None
    """Role to assume in each account but that of the credentials: its name, with its path."""
    external_id: str | None = None
    regions: tuple[str, ...] = ()
    """Where to ask for trails, functions, endpoints and tags; none named: all that an account has enabled. What is
    used in a region that is left out is taken for absent."""
    resource_policies: bool = False
    """Whether policies on resources are asked for too, and what makes services call."""
    stacks: tuple[str, ...] = ()
    """Stacks of CloudFormation that templates were deployed as: names or ARNs."""
