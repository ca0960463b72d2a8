"""`trailmin.toml`: what the scheduled job reads, where it writes, and how far it may go.

Paths are relative to the file's own folder. An unknown key or a value of the wrong type is an error, never ignored: a
misspelt `keep_actions` would otherwise remove what someone meant to keep.
"""

import difflib
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trailmin.errors import ConfigError

DEFAULT_NAME = "trailmin.toml"

_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9]+")


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
    keep_roles: tuple[str, ...] = ()
    keep_actions: tuple[str, ...] = ()
    keep_resources: tuple[str, ...] = ()
    must_never: tuple[GuardedRequest, ...] = ()
    """Asked of every role and proposal: what is allowed all the same is a finding."""
    must_always: tuple[GuardedRequest, ...] = ()
    """A proposal that would deny one of them is withheld."""
    pull_request: PullRequestConfig = field(default_factory=PullRequestConfig)
    aws: AwsConfig = field(default_factory=AwsConfig)


def read_config(path: Path) -> Config:
    """Return the configuration in a TOML file.

    Raises:
        ConfigError: The file cannot be read, is not TOML, lacks a key that must be there, or holds a key or value that
            it must not; the message holds path, line and key.
    """
    text = _read_text(path)
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(
            f"{path} is not TOML: {error}", hint='texts stand in quotes, lists in brackets: sources = ["logs"]'
        ) from error
    values: dict[str, Any] = {"path": path}
    for section, name, value in _entries(document, path, text):
        key = _KEYS[section][name]
        try:
            values[key.field] = key.read(value, path.resolve().parent)
        except ValueError as error:
            raise _error(path, text, (section, name), str(error)) from error
    for section, keys in _KEYS.items():
        for name, key in keys.items():
            if key.is_required and key.field not in values:
                raise ConfigError(f"{path}: {section}.{name} is missing", hint=f"add [{section}] {name} = …")
    pull_request, aws = _nested(values, "pull_request"), _nested(values, "aws")
    return Config(**values, pull_request=PullRequestConfig(**pull_request), aws=AwsConfig(**aws))


def _nested(values: dict[str, Any], section: str) -> dict[str, Any]:
    """Take the values of a section that has a class of its own."""
    names = [name for name in values if name.startswith(f"{section}.")]
    return {name.partition(".")[2]: values.pop(name) for name in names}


def known_keys() -> dict[str, dict[str, tuple[str, bool]]]:
    """Return, by section and key, the field of `Config` that it sets, and whether it must be there."""
    return {
        section: {name: (key.field, key.is_required) for name, key in keys.items()} for section, keys in _KEYS.items()
    }


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError(f"{path} does not exist", hint="name the configuration: trailmin run -c FILE") from error
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}", hint="check its permissions") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text (byte {error.start})", hint="save it as UTF-8") from error


def _entries(document: dict[str, Any], path: Path, text: str) -> Iterator[tuple[str, str, Any]]:
    for section, table in document.items():
        if section not in _KEYS:
            raise _unknown(path, text, (section,), _KEYS)
        if not isinstance(table, dict):
            raise _error(path, text, (section,), "must be a table")
        for name, value in table.items():
            if name not in _KEYS[section]:
                raise _unknown(path, text, (section, name), _KEYS[section])
            yield section, name, value


def _unknown(path: Path, text: str, key: tuple[str, ...], known: dict[str, Any]) -> ConfigError:
    near = difflib.get_close_matches(key[-1], known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}"
    return ConfigError(f"{path}:{line_of(text, key)}: unknown key {'.'.join(key)}", hint=hint)


def _error(path: Path, text: str, key: tuple[str, ...], message: str) -> ConfigError:
    return ConfigError(f"{path}:{line_of(text, key)}: {'.'.join(key)} {message}", hint="correct the value")


def line_of(text: str, key: tuple[str, ...]) -> int:
    """Return the line, from 1, on which a key of a valid TOML text is set.

    `tomllib` keeps no positions. The shortest run of whole lines that is valid and has the key ends with the key's
    entry, and no run that ends inside an entry is valid; so the entry begins behind the last valid run before.
    """
    lines = [line + "\n" for line in text.split("\n")]
    begin = 1
    for end in range(1, len(lines) + 1):
        try:
            found: Any = tomllib.loads("".join(lines[:end]))
        except tomllib.TOMLDecodeError:
            continue
        for part in key:
            found = found.get(part) if isinstance(found, dict) else None
        if found is not None:
            return begin
        begin = end + 1
    return begin


def _one_path(value: object, folder: Path) -> Path:
    if not isinstance(value, str) or not value:
        raise ValueError("must be a path in quotes")
    return folder / Path(value).expanduser()


def _lake_place(value: object, folder: Path) -> Path:
    """A path, or `s3://bucket/prefix`, of which a `Path` keeps one slash: `lake.storage.open_folder` knows."""
    return Path(value) if isinstance(value, str) and value.startswith("s3://") else _one_path(value, folder)


def _paths(value: object, folder: Path) -> tuple[Path, ...]:
    return tuple(_one_path(text, folder) for text in _texts(value, folder))


def _places(value: object, folder: Path) -> tuple[Path, ...]:
    """Paths, or `aws` for AWS itself, as it stands."""
    return tuple(Path(text) if text == "aws" else _one_path(text, folder) for text in _texts(value, folder))


def _sources(value: object, folder: Path) -> tuple[Path | str, ...]:
    found = tuple(_source(text, folder) for text in _texts(value, folder))
    if not found:
        raise ValueError("must name at least one path or s3://BUCKET")
    return found


def _source(text: str, folder: Path) -> Path | str:
    if text.startswith("sqs://"):
        raise ValueError("must not name a queue: run `trailmin ingest sqs://… --follow` beside the job")
    is_path = not text.startswith("s3://") and text.removesuffix("://") != "lookup-events"
    return _one_path(text, folder) if is_path else text


def _text(value: object, _folder: Path) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("must be a text in quotes")
    return value


def _texts(value: object, _folder: Path) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(element, str) and element for element in value):
        raise ValueError('must be a list of texts: ["…"]')
    return tuple(value)


def _requests(value: object, _folder: Path) -> tuple[GuardedRequest, ...]:
    if not isinstance(value, list):
        raise ValueError('must be a list of requests: [{action = "…", resource = "…"}]')
    return tuple(_request(element) for element in value)


def _request(element: object) -> GuardedRequest:
    if not isinstance(element, dict):
        raise ValueError('must be a list of requests: [{action = "…", resource = "…"}]')
    if unknown := sorted(element.keys() - {"action", "resource", "roles", "context"}):
        raise ValueError(
            f"has a request with the unknown key {unknown[0]!r}: action, resource, roles and context are known"
        )
    action, resource = element.get("action"), element.get("resource", "*")
    if not isinstance(action, str) or not _ACTION.fullmatch(action):
        raise ValueError("has a request without an action such as iam:CreateUser, by its full name")
    if not isinstance(resource, str) or not (resource == "*" or resource.startswith("arn:")):
        raise ValueError(f"has a request for {action} whose resource is no ARN")
    context = element.get("context", {})
    if not isinstance(context, dict) or not all(isinstance(text, str) for text in context.values()):
        raise ValueError(f"has a request for {action} whose context is not a table of texts")
    roles = _texts(element.get("roles", ["*"]), Path())
    return GuardedRequest(action=action, resource=resource, roles=roles, context=tuple(sorted(context.items())))


def _flag(value: object, _folder: Path) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _whole(minimum: int) -> Callable[[object, Path], int]:
    def read(value: object, _folder: Path) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < minimum:
            raise ValueError(f"must be a whole number, {minimum} or more")
        return value

    return read


def _share(value: object, _folder: Path) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        raise ValueError("must be a number from 0 to 1")
    return float(value)


def _resources(value: object, _folder: Path) -> str:
    if value not in ("exact", "pattern", "parent"):
        raise ValueError('must be "exact", "pattern" or "parent"')
    return str(value)


def _context_keys(value: object, folder: Path) -> tuple[str, ...]:
    names = _texts(value, folder)
    if unknown := [name for name in names if name not in _CONTEXT_KEYS]:
        raise ValueError(f"must list some of {', '.join(_CONTEXT_KEYS)}, not {unknown[0]}")
    return names


def _one_of(*known: str) -> Callable[[object, Path], str]:
    def read(value: object, _folder: Path) -> str:
        if value not in known:
            raise ValueError(f"must be one of {', '.join(known)}, in quotes")
        return str(value)

    return read


_CONTEXT_KEYS = ("source-vpce", "source-vpc", "requested-region")
_MODES = ("observe", "narrow-actions", "narrow-resources", "full")


@dataclass(frozen=True, slots=True)
class _Key:
    field: str
    read: Callable[[object, Path], object]
    """From the TOML value and the file's folder; ValueError says what the value must be."""
    is_required: bool = False


_KEYS = {
    "trail": {
        "sources": _Key("sources", _sources, is_required=True),
        "days": _Key("days", _whole(1)),
        "accounts": _Key("accounts", _texts),
        "regions": _Key("regions", _texts),
        "profile": _Key("profile", _text),
        "assume_role": _Key("assume_role", _text),
        "external_id": _Key("external_id", _text),
        "endpoint_url": _Key("endpoint_url", _text),
        "requester_pays": _Key("requester_pays", _flag),
        "workers": _Key("workers", _whole(1)),
        "engine": _Key("engine", _one_of("local", "spark")),
        "verify_digests": _Key("verify_digests", _one_of("require", "warn", "off")),
        "public_keys": _Key("public_keys", _paths),
    },
    "lake": {"path": _Key("lake", _lake_place, is_required=True)},
    "current": {"paths": _Key("current", _places)},
    "aws": {
        "accounts": _Key("aws.accounts", _texts),
        "organization": _Key("aws.organization", _flag),
        "assume_role_name": _Key("aws.assume_role_name", _text),
        "external_id": _Key("aws.external_id", _text),
        "regions": _Key("aws.regions", _texts),
        "profile": _Key("aws.profile", _text),
        "endpoint_url": _Key("aws.endpoint_url", _text),
    },
    "output": {"path": _Key("output", _one_path, is_required=True)},
    "guards": {
        "minimum_days": _Key("minimum_days", _whole(0)),
        "minimum_active_days": _Key("minimum_active_days", _whole(0)),
        "maximum_missing_days": _Key("maximum_missing_days", _share),
        "ignore": _Key("ignore_guards", _flag),
    },
    "tighten": {
        "resources": _Key("resources", _resources),
        "mode": _Key("mode", _one_of(*_MODES)),
        "drop_unobservable": _Key("drop_unobservable", _texts),
        "add_conditions": _Key("add_conditions", _context_keys),
        "abac": _Key("abac", _flag),
        "keep_roles": _Key("keep_roles", _texts),
        "keep_actions": _Key("keep_actions", _texts),
        "keep_resources": _Key("keep_resources", _texts),
    },
    "pull_request": {
        "repo": _Key("pull_request.repo", _one_path),
        "per": _Key("pull_request.per", _one_of("role", "team", "run")),
        "branch": _Key("pull_request.branch", _text),
        "base": _Key("pull_request.base", _text),
        "remote": _Key("pull_request.remote", _text),
        "author": _Key("pull_request.author", _text),
        "sign_off": _Key("pull_request.sign_off", _flag),
        "labels": _Key("pull_request.labels", _texts),
        "codeowners": _Key("pull_request.codeowners", _text),
        "open": _Key("pull_request.open", _flag),
        "base_url": _Key("pull_request.base_url", _text),
        "repository": _Key("pull_request.repository", _text),
    },
    "guardrails": {
        "must_never": _Key("must_never", _requests),
        "must_always": _Key("must_always", _requests),
    },
}
