"""What a checked configuration holds."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardedRequest:
    """A request that must never, or must always, be allowed."""

    action: str
    resource: str = "*"
    """An ARN, in which `*` and `?` stand for any characters; `*` alone for actions without resources."""
    roles: tuple[str, ...] = ("*",)
    """Globs of role names and ARNs."""
    context: tuple[tuple[str, str], ...] = ()
    """Condition keys and their values, sorted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestConfig:
    """How proposals become commits and pull requests."""

    repo: Path | None = None
    """The git repository; with it `trailmin run` commits what it proposes."""
    per: str = "run"
    """`role`, `team` or `run`."""
    branch: str | None = None
    base: str | None = None
    remote: str = "origin"
    author: str | None = None
    """`Name <mail>`."""
    sign_off: bool = False
    labels: tuple[str, ...] = ()
    codeowners: str | None = None
    """Path of the CODEOWNERS file in the repository."""
    open: bool = False
    base_url: str | None = None
    """Of GitHub's REST API."""
    repository: str | None = None
    """`owner/name` on GitHub."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsConfig:
    """Which accounts `aws` among the paths of [current] stands for, and as whom they are asked."""

    accounts: tuple[str, ...] = ()
    organization: bool = False
    assume_role_name: str | None = None
    external_id: str | None = None
    regions: tuple[str, ...] = ()
    profile: str | None = None
    endpoint_url: str | None = None
    stacks: tuple[str, ...] = ()
    """Stacks that templates of [current] are deployed as, by name or ARN."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A configuration that was checked: paths hang on the file's folder, values have their type and range."""

    path: Path
    sources: tuple[Path | str, ...]
    """Folders and files of log objects; as texts `s3://bucket/prefix` and `lookup-events`."""
    days: int | None = None
    """Log objects delivered in the last so many days alone; None: all."""
    accounts: tuple[str, ...] = ()
    """Log objects of these accounts and regions alone; none: all."""
    regions: tuple[str, ...] = ()
    profile: str | None = None
    """This and the following: how AWS is reached for the logs, as `trailmin ingest` has them."""
    assume_role: str | None = None
    external_id: str | None = None
    endpoint_url: str | None = None
    requester_pays: bool = False
    workers: int | None = None
    """Processes that read them; None leaves the choice to the engine."""
    engine: str = "local"
    """`local` or `spark`."""
    verify_digests: str = "off"
    """`require`, `warn` or `off`."""
    public_keys: tuple[Path, ...] = ()
    """What `aws cloudtrail list-public-keys` prints."""
    lake: Path
    """Or `s3:/bucket/prefix`."""
    current: tuple[Path, ...] = ()
    """Snapshots and policy documents in force."""
    output: Path
    format: str | None = None
    """What new policies are written in beside JSON, a name of `report.render.RenderFormat`."""
    minimum_days: int | None = None
    """This and the next two are guards; None stands for the default of `synth.Options`."""
    minimum_active_days: int | None = None
    maximum_missing_days: float | None = None
    ignore_guards: bool = False
    resources: str | None = None
    """`exact`, `pattern` or `parent`."""
    mode: str | None = None
    """`observe`, `narrow-actions`, `narrow-resources` or `full`."""
    drop_unobservable: tuple[str, ...] = ()
    add_conditions: tuple[str, ...] = ()
    """Of `source-vpce`, `source-vpc` and `requested-region`."""
    abac: bool = False
    resource_policies: bool = False
    """Whether a run also proposes policies on resources."""
    trust: bool = False
    """Whether a run also proposes trust policies."""
    keep_roles: tuple[str, ...] = ()
    keep_actions: tuple[str, ...] = ()
    keep_resources: tuple[str, ...] = ()
    must_never: tuple[GuardedRequest, ...] = ()
    """Asked of every role and proposal: what is allowed all the same is a finding."""
    must_always: tuple[GuardedRequest, ...] = ()
    """A proposal that would deny one of them is withheld."""
    pull_request: PullRequestConfig = field(default_factory=PullRequestConfig)
    aws: AwsConfig = field(default_factory=AwsConfig)
