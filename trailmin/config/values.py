"""Readers of one TOML value each, from the value and the file's folder.

The message of their ValueError says what the value must be.
"""

import re
from collections.abc import Callable
from pathlib import Path

from trailmin.config.model import GuardedRequest

_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9]+")
_CONTEXT_KEYS = ("source-vpce", "source-vpc", "requested-region")


def one_path(value: object, folder: Path) -> Path:
    """A path, relative to the folder."""
    if not isinstance(value, str) or not value:
        raise ValueError("must be a path in quotes")
    return folder / Path(value).expanduser()


def lake_place(value: object, folder: Path) -> Path:
    """A path, or `s3://bucket/prefix`, of which a `Path` keeps one slash: `lake.storage.open_folder` knows."""
    return Path(value) if isinstance(value, str) and value.startswith("s3://") else one_path(value, folder)


def paths(value: object, folder: Path) -> tuple[Path, ...]:
    """Paths, relative to the folder."""
    return tuple(one_path(text, folder) for text in texts(value, folder))


def places(value: object, folder: Path) -> tuple[Path, ...]:
    """Paths, or `aws` for AWS itself, as it stands."""
    return tuple(Path(text) if text == "aws" else one_path(text, folder) for text in texts(value, folder))


def sources(value: object, folder: Path) -> tuple[Path | str, ...]:
    """Paths of log objects, and the sources that are no paths as texts."""
    found = tuple(_source(text, folder) for text in texts(value, folder))
    if not found:
        raise ValueError("must name at least one path or s3://BUCKET")
    return found


def _source(text: str, folder: Path) -> Path | str:
    if text.startswith("sqs://"):
        raise ValueError("must not name a queue: run `trailmin ingest sqs://… --follow` beside the job")
    is_path = not text.startswith("s3://") and text.removesuffix("://") != "lookup-events"
    return one_path(text, folder) if is_path else text


def text(value: object, _folder: Path) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value:
        raise ValueError("must be a text in quotes")
    return value


def texts(value: object, _folder: Path) -> tuple[str, ...]:
    """Texts of which none is empty."""
    if not isinstance(value, list) or not all(isinstance(element, str) and element for element in value):
        raise ValueError('must be a list of texts: ["…"]')
    return tuple(value)


def requests(value: object, _folder: Path) -> tuple[GuardedRequest, ...]:
    """Requests that must always or never be allowed."""
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
    roles = texts(element.get("roles", ["*"]), Path())
    return GuardedRequest(action=action, resource=resource, roles=roles, context=tuple(sorted(context.items())))


def flag(value: object, _folder: Path) -> bool:
    """`true` or `false`."""
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def whole(minimum: int) -> Callable[[object, Path], int]:
    """Return the reader of a whole number that is not below the minimum."""

    def read(value: object, _folder: Path) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < minimum:
            raise ValueError(f"must be a whole number, {minimum} or more")
        return value

    return read


def share(value: object, _folder: Path) -> float:
    """A number from 0 to 1."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        raise ValueError("must be a number from 0 to 1")
    return float(value)


def context_keys(value: object, folder: Path) -> tuple[str, ...]:
    """Names of context keys that conditions may be added on."""
    names = texts(value, folder)
    if unknown := [name for name in names if name not in _CONTEXT_KEYS]:
        raise ValueError(f"must list some of {', '.join(_CONTEXT_KEYS)}, not {unknown[0]}")
    return names


def one_of(*known: str) -> Callable[[object, Path], str]:
    """Return the reader of one of the texts."""

    def read(value: object, _folder: Path) -> str:
        if value not in known:
            raise ValueError(f"must be one of {', '.join(known)}, in quotes")
        return str(value)

    return read
