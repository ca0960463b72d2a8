"""What `terraform show -json` tells of a deployment: attributes of resources, and variables.

Shape: Terraform documentation, "JSON Output Format" (state and plan representation). Of attributes, only those are kept
that name things, and policies; a state holds secrets.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trailmin.current.json_file import read_text

_NAMING = {
    "account_id",
    "arn",
    "bucket",
    "domain_name",
    "function_name",
    "id",
    "key_id",
    "name",
    "partition",
    "region",
    "stream_arn",
    "url",
    "user_pool_id",
}
_OF_IAM = {"assume_role_policy", "json", "path", "policy", "role"}
_SIZE_CAP = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One deployment."""

    modules: Mapping[str, Mapping[str, str]]
    """Address of a module (empty: the root) to the values of expressions in it."""
    variables: Mapping[str, str]
    """Of the root."""

    @property
    def arns(self) -> frozenset[str]:
        """What is there."""
        return frozenset(v for values in self.modules.values() for k, v in values.items() if k.endswith(".arn"))


def states_beside(folder: Path) -> tuple[State, ...]:
    """Return the deployments that files of a folder tell of; state and plan of one deployment are one."""
    found: list[State] = []
    for path in sorted(folder.glob("*.json")):
        if path.stat().st_size <= _SIZE_CAP and (state := parse_state(read_text(path))) is not None:
            same = [at for at, held in enumerate(found) if held.arns & state.arns]
            if same:
                found[same[0]] = _merged(found[same[0]], state)
            else:
                found.append(state)
    return tuple(found)


def parse_state(text: str) -> State | None:
    """Return what an output of `terraform show -json` tells, None where the text is no such output."""
    try:
        value = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return None
    if not isinstance(value, dict) or "terraform_version" not in value or "format_version" not in value:
        return None
    modules: dict[str, dict[str, str]] = {}
    try:
        for part in (value.get("prior_state") or {}, value):
            for name in ("planned_values", "values"):
                if isinstance(part.get(name), dict):
                    _read_module(part[name].get("root_module") or {}, "", modules)
        variables = {f"var.{k}": str(v["value"]) for k, v in (value.get("variables") or {}).items() if _is_text(v)}
    except (KeyError, TypeError, AttributeError):
        return None
    return State(modules={name: {**_deployment(modules), **values} for name, values in modules.items()},
                 variables=variables)  # fmt: skip


def _read_module(module: Mapping[str, Any], address: str, modules: dict[str, dict[str, str]]) -> None:
    values = modules.setdefault(address, {})
    prefix = f"{address}." if address else ""
    for resource in module.get("resources", ()):
        name = str(resource["address"]).removeprefix(prefix)
        kept = _NAMING | _kept_of(str(resource["type"]))
        attributes = resource.get("values") or {}
        values.update({f"{name}.{k}": v for k, v in attributes.items() if k in kept and isinstance(v, str) and v})
    for child in module.get("child_modules", ()):
        _read_module(child, str(child["address"]), modules)


def _kept_of(kind: str) -> set[str]:
    """Attributes of a type that hold what it grants."""
    if kind.startswith("aws_iam_"):
        return _OF_IAM
    return {"policy"} if kind.endswith("_policy") else set()


def _deployment(modules: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Where it is, where all that is known of it is in one account and region."""
    arns = [v.split(":", 5) for values in modules.values() for k, v in values.items() if k.endswith("arn")]
    parts = [arn for arn in arns if len(arn) == 6 and arn[0] == "arn"]
    found: dict[str, str] = {}
    for name, at in (("AWS::Partition", 1), ("AWS::Region", 3), ("AWS::AccountId", 4)):
        values = {arn[at] for arn in parts if arn[at] and arn[at] != "aws"} | (
            {"aws"} if at == 1 and any(arn[1] == "aws" for arn in parts) else set()
        )
        if len(values) == 1:
            found[name] = values.pop()
    for values_of in modules.values():
        for key, value in values_of.items():
            if key.startswith("data.aws_caller_identity.") and key.endswith(".account_id"):
                found["AWS::AccountId"] = value
    return found


def _is_text(variable: Mapping[str, Any]) -> bool:
    return isinstance(variable.get("value"), str | int) and not isinstance(variable.get("value"), bool)


def _merged(one: State, other: State) -> State:
    names: Iterator[str] = iter(sorted(one.modules.keys() | other.modules.keys()))
    return State(
        modules={n: {**one.modules.get(n, {}), **other.modules.get(n, {})} for n in names},
        variables={**one.variables, **other.variables},
    )
