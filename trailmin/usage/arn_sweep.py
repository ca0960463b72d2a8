"""How far ARNs can be told at all: every operation resolved with every parameter of its model given.

The figure that `trailmin catalog coverage` prints. An operation counts when the ARN of each resource type that its
actions require is told by the parameters, or is of the thing that the call itself makes under an id of the service's.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from trailmin.catalog import Catalog, OperationRule
from trailmin.catalog.models import event_source_of, read_models, sample_parameters
from trailmin.trail.event import Event, Principal, PrincipalKind
from trailmin.usage.arn_form import ArnForm, ServiceForms, forms_for
from trailmin.usage.authorization import Authorization
from trailmin.usage.resolver import Resolver
from trailmin.usage.resources.action_resources import alternatives
from trailmin.usage.resources.ec2_ids import PREFIXES
from trailmin.usage.resources.generic import ONE_RESOURCE_KEYS, makes_own_id

ACCOUNT = "111122223333"


def _words(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


_EC2_IDS = {_words(kind): start for kind, start in PREFIXES.items()} | {"allocation": "eipalloc-", "group": "sg-"}
"""EC2 parameter without its `Id` → how ids of that kind begin."""

_ORGANIZATION_IDS = {
    "handshakeid": "h-examplehandshake", "organizationalunitid": "ou-abcd-exampleou", "parentid": "r-abcd",
    "policyid": "p-examplepolicy", "responsibilitytransferid": "rt-exampletransfer", "rootid": "r-abcd",
}  # fmt: skip
_WHOLE_ARNS = {"resourceidentifier", "resourceidentifiers", "resourcename"}
"""Names without `arn` under which requests give a resource's whole ARN."""

FOREIGN = "arn:${Partition}:another:${Region}:${Account}:thing/${Name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SweptOperation:
    """What the sweep says of one operation whose actions require resources."""

    prefix: str
    model: str
    operation: str
    missing: tuple[tuple[str, str], ...]
    """(action, resource type) that no parameter named; empty when all were told."""


def sweep(catalog: Catalog) -> Iterator[SweptOperation]:
    """Every botocore operation with an unconditional, required action that requires a resource type.

    Raises:
        CatalogError: botocore is not installed.
    """
    resolver = Resolver(catalog)
    forms: dict[str, ServiceForms] = {}
    for name, model in read_models():
        source = event_source_of(name, model["metadata"])
        prefix = catalog.prefix_of_source(source)
        if prefix is None:
            continue
        for operation in model["operations"]:
            rule = catalog.operation(source, operation)
            required = _required(catalog, rule) if isinstance(rule, OperationRule) and rule.basis != "guess" else []
            if not required:
                continue
            parameters = sample_parameters(model, operation, _Values(catalog, prefix, required, operation).value_of)
            found = resolver.resolve(_event(source, operation, parameters)).authorizations
            names = frozenset(key.lower() for key in parameters)
            if names & set(ONE_RESOURCE_KEYS):
                required = required[:1]
            ask = _Question(catalog=catalog, forms=forms, found=found, operation=operation, parameters=names)
            yield SweptOperation(
                prefix=prefix,
                model=name,
                operation=operation,
                missing=tuple(pair for pair in required if not _is_told(ask, *pair)),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """One operation that was resolved, and what it takes to judge the ARNs."""

    catalog: Catalog
    forms: dict[str, ServiceForms]
    found: tuple[Authorization, ...]
    operation: str
    parameters: frozenset[str]
    """Names in lower case."""


class _Values:
    """Values that look like what a parameter of that name holds."""

    def __init__(self, catalog: Catalog, prefix: str, required: list[tuple[str, str]], operation: str) -> None:
        self._kinds = {_words(kind.name): kind.arn_patterns[0] for kind in catalog.resource_types(prefix)}
        action, self._main = required[0]
        kind = catalog.resource_type(action.partition(":")[0], self._main)
        self._main_pattern = kind.arn_patterns[0] if kind else FOREIGN
        self._prefix = prefix
        self._operation = operation.lower()

    def value_of(self, name: str) -> str:
        words = _words(name)
        if words in _WHOLE_ARNS:
            return _filled(self._main_pattern)
        if words.endswith(("arn", "arns", "arnlist")):
            return self._arn(words)
        return ACCOUNT if words.endswith(("accountid", "accountids", "targetid")) else self._plain(words)

    def _arn(self, words: str) -> str:
        if words.endswith(("rolearn", "principalarn")):
            return f"arn:aws:iam::{ACCOUNT}:role/sample"
        return _filled(self._pattern(words.removesuffix("list").removesuffix("s").removesuffix("arn")))

    def _plain(self, words: str) -> str:
        if self._prefix == "organizations":
            return _ORGANIZATION_IDS.get(words, "sample")
        if self._prefix == "sqs" and words.endswith("url"):
            return f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/sample"
        if self._prefix == "ec2" and words.endswith(("id", "ids")):
            start = _EC2_IDS.get(words.removesuffix("s").removesuffix("id")) or _EC2_IDS.get(_words(self._main))
            return f"{start}0123456789abcdef0" if start else "sample"
        return "sample"

    def _pattern(self, stem: str) -> str:
        """Of the resource that an ARN parameter of that name most likely holds; one of another service's in doubt."""
        main = _words(self._main)
        last_word = re.split(r"[^A-Za-z0-9]|(?<=[a-z])(?=[A-Z])", self._main)[-1].lower()
        path = re.split(r"[/:]", self._main_pattern.split(":", 5)[-1])[0]
        if stem in {"", "resource", _words(path)} or main.endswith(stem) or stem.endswith(last_word) or main in stem:
            return self._main_pattern
        if stem in self._kinds:
            return self._kinds[stem]
        return self._main_pattern if stem in self._operation else FOREIGN


def _filled(pattern: str) -> str:
    known = {"${Partition}": "aws", "${Region}": "us-east-1", "${Account}": ACCOUNT}
    return re.sub(r"\$\{\w+\}", lambda found: known.get(found[0], "sample"), pattern)


def _required(catalog: Catalog, rule: OperationRule) -> list[tuple[str, str]]:
    actions = [catalog.action(part.action) for part in rule.actions if part.when is None and part.required]
    return [(one.full_name, kind.name) for one in actions if one for kind in one.resource_types if kind.required]


def _is_told(ask: "_Question", action: str, kind: str) -> bool:
    """Whether the call's ARNs say all of a resource type, or of one in its place, that can be known."""
    known = ask.catalog.action(action)
    if known is None:
        return False
    arns = [arn for one in ask.found if one.action == action for arn in one.resources]
    forms = forms_for(ask.catalog, ask.forms, known.prefix)
    return any(_is_type_told(ask, forms, arns, one) for one in alternatives(known)[kind.lower()])


def _is_type_told(ask: "_Question", forms: ServiceForms, arns: list[str], kind: str) -> bool:
    if _is_of_all(ask.operation, kind):
        return True
    for form in forms.of_type(kind):
        last = form.placeholders[-1:]
        if not last or makes_own_id(ask.operation, kind, last) or _is_made(ask, kind, last[0].lower()):
            return True
        # The ARN ends in an id of the service's, where the request has the name.
        if last[0].lower().endswith("id") and _has_name(ask, kind):
            return True
        own = _naming(form)
        for arn in arns:
            values = form.match(arn)
            if values is not None and any(values.get(name, "*") != "*" for name in own):
                return True
    return False


def _is_made(ask: "_Question", kind: str, last: str) -> bool:
    """Whether the operation, by its name, makes a resource of the type, whose id the request does not give."""
    if not re.match(r"Create|Allocate|Register|Request|Import|Provision|Start", ask.operation) or not last.endswith(
        "id"
    ):
        return False
    parts = [part for part in re.split(r"[^a-z0-9]+", re.sub(r"([A-Z])", r"-\1", kind).lower()) if len(part) > 3]
    names_it = any(part.rstrip("s") in ask.operation.lower() for part in parts)
    return names_it and ask.parameters.isdisjoint({last, f"{_words(kind)}id", f"{_words(kind)}identifier"})


def _has_name(ask: "_Question", kind: str) -> bool:
    """Whether the request gives the resource's name: `name`, `workgroupName`, `endpointName` of an endpoint access."""
    words = _words(kind)
    stems = [name.removesuffix("name") for name in ask.parameters if name.endswith("name")]
    return any(stem.endswith(words) or (words.startswith(stem) and (not stem or len(stem) > 5)) for stem in stems)


def _is_of_all(operation: str, kind: str) -> bool:
    """Whether the operation is about all resources of the type: `ListTrackers` of the type `tracker`."""
    found = re.match(r"(?:List|Search|Describe)(.*)", operation)
    words = _words(kind)
    return found is not None and words.removesuffix("s").removesuffix("y") in found[1].lower()


def _naming(form: ArnForm) -> tuple[str, ...]:
    """The placeholders that name the resource: the last, and the one before where that is only made more exact.

    `stack/${StackName}/${Id}`: the caller knows the name, the service makes up the id.
    """
    last = form.placeholders[-1:]
    is_made = (
        last[0]
        .lower()
        .endswith(("id", "uuid", "time", "timestamp", "version", "tamp", "hash", "type", "number", "revision"))
    )
    return form.placeholders[-2:] if is_made and len(form.text_before_last) == 1 else last


def _event(source: str, operation: str, parameters: dict[str, Any]) -> Event:
    role = f"arn:aws:iam::{ACCOUNT}:role/sample"
    return Event(
        time=datetime(2026, 10, 1, tzinfo=UTC),
        event_id=None,
        account=ACCOUNT,
        region="us-east-1",
        source=source,
        name=operation,
        event_type="AwsApiCall",
        category="Management",
        read_only=None,
        error_code=None,
        error_message=None,
        principal=Principal(kind=PrincipalKind.ROLE, arn=role, account=ACCOUNT, name="sample", session_name=None),
        invoked_by=None,
        source_ip=None,
        user_agent=None,
        vpc_endpoint=None,
        request_parameters=json.dumps(parameters) if parameters else None,
        resources=None,
        shared_event_id=None,
    )
