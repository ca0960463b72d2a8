"""One event's request, read once: parameters by name in any letter case, listed resources, and scope."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple, Protocol
from urllib.parse import unquote

from trailmin.trail import decode_json
from trailmin.trail.event import PrincipalKind
from trailmin.usage.request import Request

_PARTITIONS = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("us-iso-", "aws-iso"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
)
_REGION = re.compile(r"[a-z0-9-]{2,32}\Z")
_ACCOUNT = re.compile(r"[0-9]{12}\Z")
_REDACTED = re.compile(r"HIDDEN_DUE_TO_SECURITY_REASONS\Z|\*{3,}\Z")
_MAX_DEPTH = 24
_MAX_INNER = 4
_LIST_KEYS = frozenset({"items", "item", "member"})
_FREE_MAPS = frozenset(
    {
        "attributes", "encryptioncontext", "environment", "filter", "filters", "filterset", "labels", "metadata",
        "parameters", "policy", "requestparameters", "tag", "tags", "tagset", "tagspecificationset", "tagspecification",
        "variables",
    }
)  # fmt: skip
"""Parameters whose content is the caller's own, or is compared and not acted on."""
UNKNOWN = "*"
"""Stands for a part of an ARN that the record does not tell."""


@lru_cache(maxsize=256)
def partition_of(region: str | None) -> str:
    """The AWS partition of a region; `aws` for an unknown one."""
    for start, partition in _PARTITIONS:
        if region is not None and region.startswith(start):
            return partition
    return "aws"


class ListedResource(NamedTuple):
    """One entry of a record's `resources`; a tuple, because events have several and tuples are made fast."""

    arn: str
    """Unescaped, as the record has it."""
    is_prefix: bool
    """Whether the record gives an `ARNPrefix`: everything that starts with it."""


class Probe(Protocol):
    """Notes which readers read a call while the shape of its request is compiled."""

    def admit(self, reader: object) -> None:
        """Note one."""


@dataclass(slots=True, kw_only=True)
class Call:
    """What the resolver reads of one event. Not to be changed; a frozen class takes three times as long to make."""

    partition: str
    region: str
    """`*` where the record has none."""
    account: str
    """The caller's account, where names without an account live; `*` where the record has none."""
    parameters: dict[str, Any]
    """Keys in lower case at every depth."""
    listed: tuple[ListedResource, ...]
    caller_arn: str | None
    """Of an IAM user who calls; None for every other principal."""
    spelled: Any
    """The parameters with their keys as the record spells them, for maps whose keys are names of resources."""
    probe: Probe | None = None
    """Of a call that stands for all of its shape."""

    _inner: dict[str, list[str]] | None = field(default=None, repr=False, compare=False)
    """The texts inside of parameters, by name; made when first asked for."""

    def inner_texts(self, name: str) -> list[str]:
        """Values of parameters of that name inside of others (not on the top level), in the order of the keys.

        `name` may have its parent's before it (`databaseinput.name`). Maps that callers fill as they like, such as
        tags, are not looked into.
        """
        if self._inner is None:
            self._inner = {}
            # Texts on the top level are passed over: that they are gone through here is no reading of them.
            for key, value in sorted(dict.items(self.parameters)):
                _index(value, key, self._inner, 0)
        return self._inner.get(name, [])

    def keys_of(self, name: str) -> list[str]:
        """The keys of a map at a top-level parameter, as spelled, sorted; empty where it is no map."""
        if not isinstance(self.parameters.get(name), dict):
            return []
        return sorted(key for top in self.spelled if top.lower() == name for key in _keys(self.spelled[top]))

    def texts(self, path: str) -> list[str]:
        """Values at a parameter path (`a.b[].c`, lower case) that are there and not redacted, in the record's order."""
        value = self.parameters.get(path)
        if value is not None:
            return list(_texts(value))
        if "." not in path and "[" not in path:
            return []
        return [text for value in values_at(self.parameters, path) for text in _texts(value)]

    def text(self, path: str) -> str | None:
        """The first of `texts`, or None."""
        return next(iter(self.texts(path)), None)


def read_call(event: Request) -> Call:
    """The request of an event. Unreadable parameters or resources count as absent; never raises."""
    partition, region = scope_of(event.region)
    who = event.principal
    spelled = None if event.request_parameters is None else decoded(event.request_parameters)
    return Call(
        partition=partition,
        region=region,
        account=account_of(who.account or event.account),
        parameters=_unwrapped(_fold(spelled, 0)) if isinstance(spelled, dict) else {},
        listed=listed_in(event.resources),
        caller_arn=who.arn if who.kind is PrincipalKind.USER else None,
        spelled=spelled,
    )


@lru_cache(maxsize=256)
def scope_of(region: str | None) -> tuple[str, str]:
    """Partition and region, `*` for one that is none."""
    known = region if region and _REGION.match(region) else None
    return partition_of(known), known or UNKNOWN


@lru_cache(maxsize=4096)
def account_of(account: str | None) -> str:
    """An account id; `*` for what is none."""
    return account if account and _ACCOUNT.match(account) else UNKNOWN


def values_at(value: Any, path: str) -> Iterator[Any]:
    """Values at a path of lower-case keys; `[]` behind a key: each element of its list, `{}`: each value of a map.

    A list in the way without `[]` is gone through too, and EC2's `{"items": [...]}` and `{"item": [...]}` are lists.
    """
    if isinstance(value, dict) and path in value:
        yield value[path]
        return
    if "." not in path and "[" not in path and isinstance(value, dict):
        return
    current = [value]
    for step in path.split("."):
        name = step.removesuffix("[]").removesuffix("{}")
        found = [element[name] for held in current for element in _elements(held) if name in element]
        current = [inner for held in found for inner in held.values()] if step.endswith("{}") else found
        if step.endswith("[]"):
            current = [inner for held in current for inner in as_list(held)]
    yield from current


def as_list(value: Any) -> list[Any]:
    """A list's elements, those of the forms in which EC2's and S3's XML lists are logged, or the one value itself."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        for key in ("items", "item", "member"):
            if isinstance(value.get(key), list):
                return list(value[key])
    return [value]


def _elements(value: Any) -> Iterator[dict[str, Any]]:
    for element in [value] if isinstance(value, dict) else as_list(value):
        if isinstance(element, dict):
            yield element


def _index(value: Any, name: str, found: dict[str, list[str]], depth: int) -> None:
    """Add the texts below a value by their parameters' names, and by their parents' and theirs."""
    if name in _FREE_MAPS or depth > _MAX_INNER:
        return
    if isinstance(value, list):
        for element in value:
            _index(element, name, found, depth)
    elif isinstance(value, dict):
        for key, inner in sorted(value.items()):
            if isinstance(inner, dict) or (isinstance(inner, list) and any(isinstance(one, dict) for one in inner)):
                _index(inner, name if key in _LIST_KEYS else key, found, depth + 1)
            else:
                texts = list(_texts(inner))
                found.setdefault(key, []).extend(texts)
                found.setdefault(f"{name}.{key}", []).extend(texts)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if value and not _REDACTED.match(value):
            yield unquote(value) if value[:6].lower() == "arn%3a" else value
    elif isinstance(value, list):
        for element in value:
            yield from _texts(element)
    elif isinstance(value, dict):
        inner = value.get("items", value.get("item", value.get("content")))
        if inner is not None:
            yield from _texts(inner)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield str(value)


def _keys(value: Any) -> list[str]:
    return list(value) if isinstance(value, dict) else []


def decoded(text: str) -> Any:
    """The value of a JSON text; None for one that is not JSON."""
    try:
        return decode_json(text)
    except (ValueError, RecursionError):
        return None


def _unwrapped(parameters: dict[str, Any]) -> dict[str, Any]:
    """With what stands in EC2's or S3 Control's `<Operation>Request` wrapper on the top level too."""
    wrappers = [key for key in parameters if key.endswith("request") and isinstance(parameters[key], dict)]
    return {**parameters[wrappers[0]], **parameters} if len(wrappers) == 1 else parameters


def _fold(value: Any, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        return None
    if isinstance(value, dict):
        deeper = depth + 1
        folded = {
            key.lower(): _fold(inner, deeper) if isinstance(inner, dict | list) else inner
            for key, inner in value.items()
        }
        # Where two keys differ in letter case only, the first in text order wins, whatever order the record has.
        return folded if len(folded) == len(value) else _fold_alike(value, deeper)
    if isinstance(value, list):
        return [_fold(element, depth + 1) if isinstance(element, dict | list) else element for element in value]
    return value


def _fold_alike(value: dict[str, Any], depth: int) -> dict[str, Any]:
    folded: dict[str, Any] = {}
    for key in sorted(value):
        folded.setdefault(key.lower(), _fold(value[key], depth))
    return folded


def leaves_out_parameters(parameters: Any) -> bool:
    """Whether a record says that it has no room for the parameters, or for all of them: what they are is not known.

    Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
    """
    return isinstance(parameters, dict) and parameters.get("omitted") is True


def listed_in(resources: str | None) -> tuple[ListedResource, ...]:
    """The entries of a record's `resources`, given as JSON text, that name an ARN or a prefix of one."""
    return () if resources is None else tuple(_listed(decoded(resources)))


def _listed(resources: Any) -> Iterator[ListedResource]:
    for entry in as_list(resources):
        if not isinstance(entry, dict):
            continue
        arn = entry.get("ARN")
        if isinstance(arn, str) and arn:
            yield ListedResource(arn=arn, is_prefix=False)
            continue
        folded = {key.lower(): value for key, value in sorted(entry.items(), reverse=True)}
        arn, prefix = folded.get("arn"), folded.get("arnprefix")
        if isinstance(arn, str) and arn:
            yield ListedResource(arn=arn, is_prefix=False)
        elif isinstance(prefix, str) and prefix:
            yield ListedResource(arn=prefix, is_prefix=True)
